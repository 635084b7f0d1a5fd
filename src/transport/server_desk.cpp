// The core's side of the admission desk: what it asks, and what it does with what comes back. With
// a desk of our own the answer comes inside the call; with another core's it comes later, when the
// handshake or its connection may be gone.
#include "transport/server_core.h"

namespace ltn::transport {

void ServerCoreImpl::to_desk(const DeskMessage& message)
{
    if (desk_ == nullptr) {
        desk_out_.push_back(message);
        return;
    }
    desk_->take(message, now_);
    take_desk_replies();
}

void ServerCoreImpl::take_desk_replies()
{
    DeskReply reply;
    while (desk_->next_reply(reply)) {
        const uint8_t loop = loop_of(reply);
        if (loop == kEveryLoop) replies_out_.push_back(reply);
        if (loop == kEveryLoop || loop == config_.quic.loop_index) {
            apply(reply);
        } else {
            replies_out_.push_back(std::move(reply));
        }
    }
}

void ServerCoreImpl::arm_desk()
{
    if (desk_ == nullptr || stop_ != Stop::running) return;
    const Nanos due_ns = desk_->next_ns();
    if (!desk_timer_.armed() || desk_timer_.at_ns() != due_ns) timers_.set(desk_timer_, due_ns);
}

void ServerCoreImpl::desk_due()
{
    if (desk_ == nullptr || stop_ != Stop::running) return;
    const AdmissionLists::Due due = desk_->expire(now_);
    if (due.permits) outbox_.permits_wanted();
    if (due.sources) outbox_.sources_wanted();
    take_desk_replies();
}

void ServerCoreImpl::desk_message(const DeskMessage& message, Instant now)
{
    Turn turn(*this, now);
    if (desk_ != nullptr) to_desk(message);
}

void ServerCoreImpl::desk_reply(const DeskReply& reply, Instant now)
{
    Turn turn(*this, now);
    DeskReply copy = reply;
    apply(copy);
}

void ServerCoreImpl::apply(DeskReply& reply)
{
    if (const auto* ruling = std::get_if<Ruling>(&reply)) return apply(*ruling);
    if (auto* view = std::get_if<NewView>(&reply)) return doorway_.set_view(view->view);
    // Not from inside an event of the link: the connection may be the one that speaks.
    closures_.push_back(std::move(std::get<CloseOrder>(reply)));
}

void ServerCoreImpl::apply(const Ruling& ruling)
{
    ServerStream* stream = attempts_.erase(ruling.attempt);
    if (stream == nullptr) {
        if (ruling.proved && !ruling.refusal.has_value()) {
            to_desk(GivenUp{ruling.seat, ruling.attempt, ruling.key});
        }
        return;
    }
    if (ruling.proved) {
        proved(*stream, ruling);
    } else {
        admitted(*stream, ruling);
    }
}

void ServerCoreImpl::leave_desk(ServerStream& stream)
{
    if (stream.handshake == nullptr) return;
    HandshakeWork& work = *stream.handshake;
    attempts_.erase(work.attempt);
    if (!work.reserved) return;
    work.reserved = false;
    to_desk(GivenUp{seat_of(*stream.connection), work.attempt, work.candidate.key});
}

void ServerCoreImpl::carry_out_closures()
{
    std::vector<CloseOrder> orders;
    orders.swap(closures_);
    for (const CloseOrder& order : orders) {
        ServerConnection* connection = connections_.find(order.seat.connection);
        if (connection == nullptr || connection->link->closing()) continue;
        const uint64_t entered_by = connection->authenticated ? connection->attempt : 0;
        if (entered_by != order.attempt) continue;
        if (order.reason == kReplaced) ++stats_.replaced;
        if (order.reason == kPermitWithdrawn) ++stats_.closed_permit;
        if (order.reason == kSourceBlocked) ++stats_.closed_source;
        close_connection(*connection, order.reason, Code::connection_lost);
    }
}

bool ServerCoreImpl::has_desk_mail() const
{
    return !desk_out_.empty() || !replies_out_.empty() || !closures_.empty();
}

void ServerCoreImpl::deliver_desk_mail()
{
    std::vector<DeskMessage> messages;
    messages.swap(desk_out_);
    for (const DeskMessage& message : messages) events_.on_desk_message(message);
    std::vector<DeskReply> replies;
    replies.swap(replies_out_);
    for (const DeskReply& reply : replies) events_.on_desk_reply(loop_of(reply), reply);
}

}  // namespace ltn::transport
