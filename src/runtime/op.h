// One operation, in either direction: a call or connect of the host's, or a question put to it
// (sign this, handle this request). Every change of state happens under the lock of its loop; the
// outcome is published with release order, so reading it needs no lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/address.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/time.h"
#include "crypto/sr25519.h"
#include "runtime/op_stream.h"

namespace ltn::runtime {

class Loop;
class Op;
class Queue;
struct OpRegistry;

enum class OpKind : int32_t {
    call = 1,
    connect = 2,
    sign = 3,
    request = 4,
    stream = 5,
    registry = 6,
    stream_request = 7,
    permits = 8,
    sources = 9,
    password = 10,
};

// The client, server or signing desk behind an operation. Takes the loop's lock itself.
class OpOwner {
public:
    virtual ~OpOwner() = default;
    virtual void cancel_op(Op& op) = 0;
    virtual Error answer_op(Op& op, SharedBytes data) = 0;
    virtual Error refuse_op(Op& op, std::string_view text) = 0;
    // The host has freed a question that was withdrawn: now its handler has ended.
    virtual void withdrawn_op_freed(Op&) {}
    // Code::pending: nothing to read now; Code::empty: all was read and the stream has ended.
    virtual Result<SharedBytes> read_op(Op&) { return no_stream(); }
    // Code::full: no room now.
    virtual Error send_op(Op&, SharedBytes) { return no_stream(); }
    // No chunk follows a call.
    virtual Error end_op(Op&) { return no_stream(); }

protected:
    static Error no_stream()
    {
        return {Code::wrong_state, Category::local, "this operation carries no stream"};
    }
};

// What an operation knows of the peer and of its own course; filled before it is handed out or ends.
struct OpDetail {
    crypto::PublicKey peer{};
    bool has_peer = false;
    Address address;
    std::string type;
    std::string alpn;
    std::optional<std::array<uint8_t, 32>> fingerprint;
    std::optional<int64_t> queue_ns;
    std::optional<int64_t> network_ns;
    std::optional<int64_t> setup_ns;
    std::optional<int64_t> rtt_ns;
    std::optional<int64_t> deadline_left_ns;
    std::optional<int64_t> clock_offset_ms;
    std::optional<int64_t> answer_code;
    std::optional<int64_t> priority;
    Nanos begun_ns = 0;        // REQUEST: when it came; SIGN: when it was asked
    std::string_view counted;  // REQUEST: the name its handler is registered under
};

class Op {
public:
    Op(OpKind kind, std::shared_ptr<OpOwner> owner, std::shared_ptr<Loop> loop);

    void retain() { refs_.fetch_add(1, std::memory_order_relaxed); }
    void release();

    OpKind kind() const { return kind_; }
    bool is_question() const
    {
        switch (kind_) {
            case OpKind::call:
            case OpKind::connect:
            case OpKind::stream:
            case OpKind::registry: return false;
            default: return true;
        }
    }
    OpOwner& owner() const { return *owner_; }
    // None behind a question that is put outside of any loop (a password).
    const std::shared_ptr<Loop>& loop() const { return loop_; }
    uint64_t fork_generation() const { return fork_generation_; }

    // Code::pending until it has ended.
    Code outcome() const { return outcome_.load(std::memory_order_acquire); }
    bool done() const { return outcome() != Code::pending; }
    // First call wins; false for the others.
    bool finish(Error error, SharedBytes data);

    // Valid once done() (calls) or from the start (questions).
    const Error& error() const { return error_; }
    const SharedBytes& data() const { return data_; }
    void set_question_data(SharedBytes data) { data_ = std::move(data); }

    // Texts that are made when asked for; cached, so that a borrowed pointer stays valid. Any thread.
    const std::string& hotkey_text();
    const std::string& address_text();
    const std::string& fingerprint_text();

    // The host has freed its handle: no event may reach it any more.
    std::atomic<bool> freed_by_host{false};

    // A question that the host has been given: only then can it hear that it is withdrawn.
    std::atomic<bool> given_to_host{false};

    // Set before the operation is visible to another thread.
    uint64_t tag = 0;
    void* user_data = nullptr;
    bool unrouted = false;  // counted in its client
    uint64_t id = 0;        // RequestId or SignId of the core behind
    std::shared_ptr<Queue> queue;
    OpDetail detail;
    std::unique_ptr<OpStream> stream;      // STREAM, STREAM_REQUEST
    std::unique_ptr<OpRegistry> registry;  // REGISTRY

private:
    ~Op();

    std::atomic<uint32_t> refs_{1};
    std::atomic<Code> outcome_{Code::pending};
    const OpKind kind_;
    const uint64_t fork_generation_;
    Error error_;
    SharedBytes data_;
    std::shared_ptr<OpOwner> owner_;
    std::shared_ptr<Loop> loop_;
    // One byte, since there is one in every operation; nobody holds it for more than a microsecond.
    class TextLock;
    std::atomic<uint8_t> texts_in_use_{0};
    std::string hotkey_text_;
    std::string address_text_;
    std::string fingerprint_text_;
};

// Owns one reference.
class OpRef {
public:
    OpRef() = default;
    static OpRef adopt(Op* op)
    {
        OpRef ref;
        ref.op_ = op;
        return ref;
    }
    static OpRef share(Op* op)
    {
        if (op != nullptr) op->retain();
        return adopt(op);
    }
    OpRef(OpRef&& other) noexcept : op_(std::exchange(other.op_, nullptr)) {}
    OpRef& operator=(OpRef&& other) noexcept
    {
        std::swap(op_, other.op_);
        return *this;
    }
    OpRef(const OpRef& other) : op_(other.op_)
    {
        if (op_ != nullptr) op_->retain();
    }
    OpRef& operator=(const OpRef& other)
    {
        OpRef copy(other);
        std::swap(op_, copy.op_);
        return *this;
    }
    ~OpRef()
    {
        if (op_ != nullptr) op_->release();
    }

    Op* get() const { return op_; }
    Op* operator->() const { return op_; }
    Op& operator*() const { return *op_; }
    explicit operator bool() const { return op_ != nullptr; }
    // Gives the reference away.
    Op* leak() { return std::exchange(op_, nullptr); }

private:
    Op* op_ = nullptr;
};

}  // namespace ltn::runtime
