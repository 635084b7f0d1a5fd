// Streamed answers on their way from the core to the host, kept with the operation until they are read;
// and chunks that follow a call, from the host to the core.
#include <algorithm>
#include <utility>

#include "runtime/client_unit.h"

namespace ltn::runtime {

namespace {

constexpr uint64_t kToldAtOnceMax = 16 << 10;

// 0 takes the default, below 0 is without limit.
Nanos limit_ns(int64_t ms, Nanos otherwise_ns)
{
    if (ms < 0) return kNever;
    return ms == 0 ? otherwise_ns : static_cast<Nanos>(ms) * kMillisecond;
}

}  // namespace

transport::StreamTerms ClientUnit::terms_of(const Submission& submission) const
{
    transport::StreamTerms terms;
    terms.first_chunk_ns =
        limit_ns(submission.first_chunk_timeout_ms, options_.stream_first_chunk_timeout_ns);
    terms.chunk_gap_ns = limit_ns(submission.chunk_timeout_ms, options_.stream_chunk_timeout_ns);
    terms.window_bytes =
        submission.window_bytes == 0 ? options_.stream_window_bytes : submission.window_bytes;
    terms.bytes_max = submission.max_bytes;
    terms.collected = submission.collect;
    // What is kept whole needs a limit; what is read on the way does not.
    if (submission.collect && terms.bytes_max == 0) terms.bytes_max = options_.stream_payload_max;
    return terms;
}

void ClientUnit::on_chunk(transport::CallId id, SharedBytes chunk)
{
    Op& op = *reinterpret_cast<Op*>(id);
    OpStream& stream = *op.stream;
    const size_t size = chunk.size();
    stream.put(std::move(chunk));
    if (stream.collect) {
        core_->taken(id, size, now_);
        return;
    }
    loop_->op_ended();  // somebody may wait in a read
    if (stream.told_readable || target.empty() ||
        op.freed_by_host.load(std::memory_order_acquire)) {
        return;
    }
    stream.told_readable = true;
    tell(op, LTN_EVENT_READABLE);
}

void ClientUnit::tell(Op& op, int32_t kind)
{
    Event event;
    event.muted = muted_;
    event.has_place = false;
    event.kind = kind;
    event.op = OpRef::share(&op);
    event.tag = op.tag;
    event.user_data = op.user_data;
    event.object = object;
    loop_->emit(target, std::move(event));
}

// The core has the call: what was asked for meanwhile is made up for.
void ClientUnit::begin_sending(Op& op)
{
    if (op.stream == nullptr || !op.stream->sends || core_ == nullptr) return;
    OpStream& stream = *op.stream;
    stream.with_core = true;
    if (op.done()) return;
    const auto id = reinterpret_cast<transport::CallId>(&op);
    if (stream.ended) (void)core_->end_chunks(id, now_);
    if (stream.full.load(std::memory_order_acquire)) on_writable(id);
}

Error ClientUnit::send_op(Op& op, SharedBytes chunk)
{
    if (op.stream == nullptr || !op.stream->sends) return no_stream();
    const std::lock_guard guard(loop_->lock());
    OpStream& stream = *op.stream;
    if (op.done()) {
        if (!op.error().ok()) return op.error();
        return {Code::closed, Category::stream, "the peer has answered and takes no more chunks"};
    }
    if (stream.ended) return {Code::wrong_state, Category::local, "the chunks were ended before"};
    if (core_ == nullptr) return {Code::closed, Category::local, "the client is closed"};
    Error error(Code::full, Category::stream, "the call is still on its way to the peer");
    if (stream.with_core) {
        now_ = loop_->now();
        error = core_->send_chunk(reinterpret_cast<transport::CallId>(&op), std::move(chunk), now_);
    }
    if (error.code == Code::full) stream.full.store(true, std::memory_order_release);
    loop_->submitted(*this, Loop::Urgency::soon);
    return error;
}

Error ClientUnit::end_op(Op& op)
{
    if (op.stream == nullptr || !op.stream->sends) return no_stream();
    const std::lock_guard guard(loop_->lock());
    OpStream& stream = *op.stream;
    if (stream.ended) return {Code::wrong_state, Category::local, "the chunks were ended before"};
    stream.ended = true;
    if (op.done() || !stream.with_core || core_ == nullptr) return {};
    now_ = loop_->now();
    // What the peer did meanwhile is told by the outcome.
    (void)core_->end_chunks(reinterpret_cast<transport::CallId>(&op), now_);
    loop_->submitted(*this, Loop::Urgency::soon);
    return {};
}

void ClientUnit::on_writable(transport::CallId id)
{
    Op& op = *reinterpret_cast<Op*>(id);
    if (!op.stream->full.exchange(false, std::memory_order_acq_rel)) return;
    loop_->op_ended();  // somebody may wait in a send
    if (target.empty() || op.freed_by_host.load(std::memory_order_acquire)) return;
    tell(op, LTN_EVENT_WRITABLE);
}

Result<SharedBytes> ClientUnit::read_op(Op& op)
{
    if (op.stream == nullptr) return no_stream();
    const std::lock_guard guard(loop_->lock());
    OpStream& stream = *op.stream;
    if (stream.chunks.empty()) {
        if (op.done()) return Error(Code::empty, Category::local, "the stream was read to its end");
        stream.told_readable = false;
        return Error(Code::pending, Category::local, "nothing to read yet");
    }
    // Collected chunks are shown once nothing can be added: they belong to one answer.
    if (stream.collect && !op.done()) {
        return Error(Code::pending, Category::local, "the stream is still being collected");
    }
    SharedBytes chunk = stream.take();
    if (stream.collect || op.done() || core_ == nullptr) return chunk;
    // Several at once: the core looks at clocks, windows and timers each time. What the last one here
    // leaves behind is told at once, because from then on the peer is waited for.
    stream.untold_bytes += chunk.size();
    const uint64_t at_once = std::min(kToldAtOnceMax, options_.stream_window_bytes / 8);
    if (stream.chunks.empty() || chunk.empty() || stream.untold_bytes >= at_once) {
        const auto id = reinterpret_cast<transport::CallId>(&op);
        now_ = loop_->now();
        const size_t told = std::exchange(stream.untold_bytes, 0);
        if (told > 0) core_->taken(id, told, now_);
        if (chunk.empty()) core_->taken(id, 0, now_);
        loop_->submitted(*this, Loop::Urgency::soon);
    }
    return chunk;
}

}  // namespace ltn::runtime
