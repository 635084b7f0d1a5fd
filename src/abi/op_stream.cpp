#include "abi/handles.h"
#include "base/buffer_pool.h"

using namespace ltn;
using runtime::from_handle;
using runtime::Op;

namespace {

bool forked(const Op& op)
{
    return op.fork_generation() != runtime::fork_generation();
}

bool may_send(const Op& op)
{
    if (op.stream == nullptr) return false;
    return op.is_question() ? op.kind() == runtime::OpKind::stream_request : op.stream->sends;
}

bool may_read(const Op& op)
{
    if (op.stream == nullptr) return false;
    return op.is_question() ? op.stream->incoming : op.kind() == runtime::OpKind::stream;
}

ltn_status send(Op& op, const SharedBytes& chunk, int64_t timeout_ms, ltn_error* error)
{
    if (forked(op)) return abi::refuse_forked(error);
    if (!may_send(op)) {
        return abi::report(error, {Code::wrong_state, Category::local,
                                   "expected a request for a stream, or a call made with "
                                   "LTN_CALL_SEND"});
    }
    const Nanos timeout_ns = abi::timeout_ns(timeout_ms);
    Nanos started_ns = kNever;  // most chunks find room, and the clock is not free
    for (;;) {
        Error sent = op.owner().send_op(op, chunk);
        if (sent.code != Code::full || timeout_ns == 0) return abi::report(error, std::move(sent));
        const Nanos now_ns = op.loop()->now().monotonic_ns;
        if (started_ns == kNever) started_ns = now_ns;
        const Nanos waited_ns = now_ns - started_ns;
        const Nanos left_ns =
            timeout_ns == kNever ? kNever : timeout_ns - std::min(timeout_ns, waited_ns);
        const Code waited = op.loop()->wait(
            [&op] { return op.done() || !op.stream->full.load(std::memory_order_acquire); },
            left_ns);
        if (waited == Code::pending) return abi::report(error, std::move(sent));
        if (waited != Code::ok) {
            return abi::report(error, {waited, Category::local, "expected a thread that may wait"});
        }
    }
}

}  // namespace

extern "C" {

ltn_status ltn_op_read(ltn_op* handle, ltn_bytes** out, int64_t timeout_ms)
{
    if (out != nullptr) *out = nullptr;
    if (handle == nullptr || out == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        Op& op = *from_handle(handle);
        if (forked(op)) return LTN_ERR_FORKED;
        if (!may_read(op)) return LTN_ERR_STATE;
        auto made = std::make_unique<ltn_bytes>();
        auto chunk = op.owner().read_op(op);
        if (!chunk && chunk.error().code == Code::pending && timeout_ms != 0) {
            const runtime::OpStream& stream = *op.stream;
            const Code waited = op.loop()->wait(
                [&op, &stream] {
                    return op.done() || stream.incoming_ended.load(std::memory_order_acquire) ||
                           (!stream.collect && stream.unread.load(std::memory_order_acquire) > 0);
                },
                abi::timeout_ns(timeout_ms));
            if (waited != Code::ok) return abi::status_of(waited);
            chunk = op.owner().read_op(op);
        }
        if (!chunk) return abi::status_of(chunk.error().code);
        made->bytes = std::move(chunk.value());
        *out = made.release();
        return LTN_OK;
    });
}

ltn_status ltn_op_send(ltn_op* handle, const uint8_t* data, size_t len, int64_t timeout_ms,
                       ltn_error* error)
{
    if (handle == nullptr || (data == nullptr && len > 0)) {
        return abi::invalid(error, "expected an operation and its data");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        Op& op = *from_handle(handle);
        // Outside of any loop no stream is asked for.
        SharedBytes chunk;
        if (op.loop() != nullptr) chunk = op.loop()->buffers().copy({data, len});
        return send(op, chunk, timeout_ms, error);
    });
}

ltn_status ltn_op_send_bytes(ltn_op* handle, ltn_bytes* bytes, int64_t timeout_ms, ltn_error* error)
{
    if (handle == nullptr || bytes == nullptr) {
        return abi::invalid(error, "expected an operation and bytes");
    }
    return abi::guarded(
        error, [&] { return send(*from_handle(handle), bytes->bytes, timeout_ms, error); });
}

ltn_status ltn_op_end(ltn_op* handle, ltn_error* error)
{
    if (handle == nullptr) return abi::invalid(error, "expected an operation");
    return abi::guarded(error, [&]() -> ltn_status {
        Op& op = *from_handle(handle);
        if (forked(op)) return abi::refuse_forked(error);
        if (op.is_question() || !may_send(op)) {
            return abi::report(error, {Code::wrong_state, Category::local,
                                       "expected a call made with LTN_CALL_SEND"});
        }
        return abi::report(error, op.owner().end_op(op));
    });
}

}  // extern "C"
