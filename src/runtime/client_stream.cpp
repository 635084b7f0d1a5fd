// Streamed answers on their way from the core to the host: kept with the operation until they are read.
#include "runtime/client_unit.h"

namespace ltn::runtime {

namespace {

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
    Event event;
    event.muted = muted_;
    event.has_place = false;
    event.kind = LTN_EVENT_READABLE;
    event.op = OpRef::share(&op);
    event.tag = op.tag;
    event.user_data = op.user_data;
    event.object = object;
    loop_->emit(target, std::move(event));
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
    if (!stream.collect && !op.done() && core_ != nullptr) {
        now_ = loop_->now();
        core_->taken(reinterpret_cast<transport::CallId>(&op), chunk.size(), now_);
        loop_->submitted(*this, Loop::Urgency::soon);
    }
    return chunk;
}

}  // namespace ltn::runtime
