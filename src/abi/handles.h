// The shells behind the opaque handles, and the wall: every exported function runs inside guarded(),
// which turns whatever is thrown into a status (promise C1).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <string>

#include "lightning.h"
#include "runtime/client_unit.h"
#include "runtime/config.h"
#include "runtime/loop_group.h"
#include "runtime/options.h"
#include "runtime/process.h"
#include "runtime/queue.h"
#include "runtime/server_group.h"

struct ltn_error {
    ltn::Error error;
    std::string display;
};

struct ltn_bytes {
    std::atomic<uint32_t> refs{1};
    ltn::SharedBytes bytes;
};

struct ltn_signer {
    uint64_t generation = ltn::runtime::fork_generation();
    std::shared_ptr<ltn::runtime::Signer> signer;
};

struct ltn_runtime {
    uint64_t generation = ltn::runtime::fork_generation();
    std::shared_ptr<ltn::runtime::LoopGroup> loops;
    ltn::runtime::OptionOrigins origins;
};

struct ltn_queue {
    uint64_t generation = ltn::runtime::fork_generation();
    std::shared_ptr<ltn::runtime::Queue> queue;
};

// Options are collected until start makes the unit; the shell stays until free, so that a closed handle
// can say so (promise L1).
struct ltn_client {
    static constexpr auto kSection = ltn::runtime::Section::client;
    uint64_t generation = ltn::runtime::fork_generation();
    bool private_loops = false;
    std::shared_ptr<ltn::runtime::LoopGroup> loops;
    std::shared_ptr<ltn::runtime::Signer> signer;
    ltn::runtime::ClientOptions options;
    ltn::runtime::OptionOrigins origins;
    ltn::runtime::EventTarget target;
    std::shared_ptr<ltn::runtime::ClientUnit> unit;
    std::atomic<bool> started{false};
    std::atomic<bool> stopped_early{false};  // stopped without ever having started

    bool closed() const { return stopped_early || (unit != nullptr && unit->stopping()); }
};

struct ltn_server {
    static constexpr auto kSection = ltn::runtime::Section::server;
    uint64_t generation = ltn::runtime::fork_generation();
    bool private_loops = false;
    std::shared_ptr<ltn::runtime::LoopGroup> loops;
    std::shared_ptr<ltn::runtime::ServerGroup> unit;
    std::shared_ptr<ltn::runtime::Signer> signer;
    ltn::runtime::ServerOptions options;
    ltn::runtime::OptionOrigins origins;
    ltn::runtime::EventTarget target;
    // What was said before start.
    struct Early {
        std::string type;
        bool any;
        ltn::runtime::ServerUnit::Handler handler;
    };
    std::vector<Early> early;
    std::optional<ltn::runtime::ServerUnit::Handler> permits_resolver;
    std::optional<ltn::runtime::ServerUnit::Handler> sources_resolver;
    ltn_observe_fn observe_fn = nullptr;
    ltn::runtime::HostDataPtr observe_data;
    std::optional<std::vector<ltn::crypto::PublicKey>> permits;
    std::optional<ltn::transport::SourcePolicy> sources;
    std::vector<ltn::transport::LearnedSource> learned;
    std::atomic<bool> started{false};
    std::atomic<bool> stopped_early{false};

    bool closed() const { return stopped_early || (unit != nullptr && unit->stopping()); }
};

namespace ltn::abi {

inline ltn_status status_of(Code code)
{
    return static_cast<ltn_status>(code);
}

// Puts the detail where the caller asked for it and returns the status.
ltn_status report(ltn_error* out, Error error);
ltn_status invalid(ltn_error* out, const char* expected);
ltn_status refuse_forked(ltn_error* out);
ltn_status refuse_closed(ltn_error* out);
void report_no_memory(ltn_error* out) noexcept;

template <class Body>
ltn_status guarded(ltn_error* error, Body&& body) noexcept
{
    try {
        return body();
    } catch (const std::bad_alloc&) {
        report_no_memory(error);
        return LTN_ERR_NO_MEMORY;
    } catch (...) {
        try {
            return report(error, {Code::internal, Category::local, "unexpected exception"});
        } catch (...) {
            return LTN_ERR_INTERNAL;
        }
    }
}

template <class Handle>
bool forked(const Handle* handle)
{
    return handle->generation != runtime::fork_generation();
}

inline Nanos timeout_ns(int64_t timeout_ms)
{
    return timeout_ms < 0 ? kNever : static_cast<Nanos>(timeout_ms) * kMillisecond;
}

// Takes charge of a host's pointer; destroy runs even when there is no memory (promise R3).
runtime::HostDataPtr host_data(void* user_data, ltn_destroy_fn destroy);

// For the pure rows, which take randomness as an argument.
class SystemRandom final : public Random {
public:
    void fill(MutableBytes out) override { runtime::fill_random(out); }
};

// Copies a text into a caller's buffer, always terminated.
ltn_status copy_text(char* out, size_t out_size, size_t* len, std::string_view text);

// The bytes of `data` and `len`, or of `shared`, checked and normalised to one MessagePack map.
Result<SharedBytes> checked_map(const uint8_t* data, size_t len, const ltn_bytes* shared,
                                uint64_t max, BufferPool& buffers);

// A wait on one of our loops that has to prove quiet afterwards.
ltn_status wait_closed(runtime::LoopGroup& loops, bool private_loops, int64_t timeout_ms,
                       const std::function<bool(Nanos)>& wait_released,
                       const std::function<bool()>& stopped);

}  // namespace ltn::abi
