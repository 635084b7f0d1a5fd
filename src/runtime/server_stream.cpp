// Streamed answers on their way from the host to the core.
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
    if (target.empty()) return;
    Event event;
    event.muted = muted_;
    event.has_place = false;
    event.kind = LTN_EVENT_WRITABLE;
    event.op = found->second;
    event.tag = op.tag;
    event.user_data = op.user_data;
    event.object = object;
    loop_->emit(target, std::move(event));
}

}  // namespace ltn::runtime
