// What is told to the host, and where it goes.
#pragma once

#include <memory>
#include <vector>

#include "lightning.h"
#include "runtime/host_data.h"
#include "runtime/op.h"

namespace ltn::runtime {

// The handle that the C interface shows for an operation.
inline ltn_op* to_handle(Op* op)
{
    return reinterpret_cast<ltn_op*>(op);
}
inline Op* from_handle(ltn_op* op)
{
    return reinterpret_cast<Op*>(op);
}
inline const Op* from_handle(const ltn_op* op)
{
    return reinterpret_cast<const Op*>(op);
}

// Raised when the host frees the object: nothing of it may be delivered any more.
using Muted = std::shared_ptr<std::atomic<bool>>;

struct Event {
    int32_t kind = 0;
    int32_t status = 0;
    OpRef op;
    uint64_t tag = 0;
    void* user_data = nullptr;
    void* object = nullptr;
    Muted muted;
    bool has_place = true;  // reserved in the queue; READABLE and WRITABLE come without

    // Nobody is left to be told.
    bool orphan() const;
};

// Delivery of one object: a queue, an upcall, or neither.
struct EventTarget {
    std::shared_ptr<Queue> queue;
    ltn_event_fn upcall = nullptr;
    HostDataPtr upcall_data;

    bool empty() const { return queue == nullptr && upcall == nullptr; }
};

// One accepted handshake, for the observer.
struct Observed {
    crypto::PublicKey key{};
    Address address;
};

// One upcall that waits for the loop's thread: an event, a question to a handler or signer, or news
// for the observer.
struct Delivery {
    Event event;
    ltn_event_fn event_fn = nullptr;
    ltn_question_fn question_fn = nullptr;
    ltn_observe_fn observe_fn = nullptr;
    std::unique_ptr<Observed> observed;
    HostDataPtr data;

    // Runs it, without any lock held.
    void run();
};

// Fills the public struct; a QUESTION gives the operation's reference away.
ltn_event to_public(Event&& event);

}  // namespace ltn::runtime
