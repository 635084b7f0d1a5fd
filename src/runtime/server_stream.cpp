// Streamed answers on their way from the host to the core, and the chunks of requests on theirs.
#include "runtime/server_unit.h"

namespace ltn::runtime {

Error ServerUnit::send_op(Op& op, SharedBytes chunk)
{
    if (op.kind() != OpKind::stream_request) return no_stream();
    const std::lock_guard guard(loop_->lock());
    if (op.done()) return op.error();
    if (core_ == nullptr) return {Code::closed, Category::local, "the server is closed"};
    now_ = loop_->now();
    const Error error = core_->send_chunk(op.id, std::move(chunk), now_);
    if (error.code == Code::full) op.stream->full.store(true, std::memory_order_release);
    loop_->submitted(*this, Loop::Urgency::soon);
    return error;
}

void ServerUnit::on_request_writable(transport::RequestId id)
{
    const auto found = requests_.find(id);
    if (found == requests_.end()) return;
    Op& op = *found->second;
    if (!op.stream->full.exchange(false, std::memory_order_acq_rel)) return;
    loop_->op_ended();  // somebody may wait in a send
    if (!target.empty()) tell(found->second, LTN_EVENT_WRITABLE);
}

void ServerUnit::tell(const OpRef& op, int32_t kind)
{
    Event event;
    event.muted = muted_;
    event.has_place = false;
    event.kind = kind;
    event.op = op;
    event.tag = op->tag;
    event.user_data = op->user_data;
    event.object = object;
    loop_->emit(target, std::move(event));
}

void ServerUnit::tell_readable(const OpRef& op)
{
    loop_->op_ended();  // somebody may wait in a read
    if (op->stream->told_readable || target.empty()) return;
    op->stream->told_readable = true;
    tell(op, LTN_EVENT_READABLE);
}

void ServerUnit::on_request_chunk(transport::RequestId id, SharedBytes chunk)
{
    const auto found = requests_.find(id);
    if (found == requests_.end()) return;
    found->second->stream->put(std::move(chunk));
    tell_readable(found->second);
}

void ServerUnit::on_request_chunks_end(transport::RequestId id)
{
    const auto found = requests_.find(id);
    if (found == requests_.end()) return;
    found->second->stream->incoming_ended.store(true, std::memory_order_release);
    tell_readable(found->second);
}

Result<SharedBytes> ServerUnit::read_op(Op& op)
{
    if (op.stream == nullptr || !op.stream->incoming) return no_stream();
    const std::lock_guard guard(loop_->lock());
    OpStream& stream = *op.stream;
    // What a withdrawn request brought is nobody's any more.
    if (op.done() && !op.error().ok()) return op.error();
    if (stream.chunks.empty()) {
        if (op.done() || stream.incoming_ended.load(std::memory_order_acquire)) {
            return Error(Code::empty, Category::local, "the chunks were read to their end");
        }
        stream.told_readable = false;
        return Error(Code::pending, Category::local, "nothing to read yet");
    }
    SharedBytes chunk = stream.take();
    if (!op.done() && core_ != nullptr) {
        now_ = loop_->now();
        core_->taken_chunk(op.id, chunk.size(), now_);
        loop_->submitted(*this, Loop::Urgency::soon);
    }
    return chunk;
}

}  // namespace ltn::runtime
