#include "transport/admission_desk.h"

namespace ltn::transport {

namespace {

std::string_view text_of(const NonceText& nonce)
{
    return {nonce.data(), nonce.size()};
}

}  // namespace

AdmissionDesk::AdmissionDesk(const ServerConfig& config, Random& random, Instant)
    : replay_(config.max_signature_age_s, config.nonce_entries_max, random),
      sources_(config.handshake_attempts_per_minute_max, config.tracked_rate_sources_max, random),
      hotkeys_(config.hotkey_attempts_per_minute_max, config.tracked_rate_sources_max, random),
      peers_(config.connections_max, random),
      strangers_(config.unauthenticated_connections_max, config.unauthenticated_per_source_max,
                 random)
{
}

void AdmissionDesk::take(const DeskMessage& message, Instant now)
{
    std::visit([this, now](const auto& one) { handle(one, now); }, message);
}

bool AdmissionDesk::next_reply(DeskReply& out)
{
    if (replies_.empty()) return false;
    out = std::move(replies_.front());
    replies_.pop_front();
    return true;
}

void AdmissionDesk::set_limits(const ServerLimits& limits, Instant)
{
    sources_.set_rate(limits.handshake_attempts_per_minute_max);
    hotkeys_.set_rate(limits.hotkey_attempts_per_minute_max);
    peers_.set_places_max(limits.connections_max);
}

Lane AdmissionDesk::lane_of(const Address&) const
{
    return Lane::unknown;
}

// Each loop refuses by what it counted itself, at its door; only the sum may still be too much.
void AdmissionDesk::handle(const Accepted& message, Instant)
{
    if (!strangers_.has_room(message.source, message.lane)) {
        replies_.emplace_back(CloseOrder{message.seat, 0, "unauthenticated"});
    }
    strangers_.add(message.source, message.lane);
}

void AdmissionDesk::handle(const Admit& message, Instant now)
{
    Ruling ruling;
    ruling.seat = message.seat;
    ruling.attempt = message.attempt;
    ruling.key = message.key;
    ruling.refusal = judge(message, now);
    ruling.lane = lane_of(message.source);
    ruling.anonymous = message.unreadable || ruling.refusal == Refusal::rate;
    replies_.emplace_back(ruling);
}

std::optional<Refusal> AdmissionDesk::judge(const Admit& message, Instant now)
{
    // A clock that is off is not charged: behind one address it would lock the others out.
    if (message.fault == Refusal::clock) return message.fault;
    if (message.holder.has_value()) {
        if (!hotkeys_.take(*message.holder, now.monotonic_ns)) return Refusal::hotkey_rate;
    } else if (!sources_.take(message.source, now.monotonic_ns)) {
        return Refusal::rate;
    }
    if (message.fault.has_value()) return message.fault;
    switch (replay_.check(text_of(message.nonce), message.timestamp_s, now.unix_s())) {
        case ReplaySet::Verdict::fresh: return std::nullopt;
        case ReplaySet::Verdict::full: return Refusal::capacity;
        default: return Refusal::nonce;
    }
}

void AdmissionDesk::handle(const Proved& message, Instant now)
{
    Ruling ruling;
    ruling.seat = message.seat;
    ruling.attempt = message.attempt;
    ruling.key = message.key;
    ruling.proved = true;
    ruling.refusal = judge(message, now);
    replies_.emplace_back(ruling);
}

std::optional<Refusal> AdmissionDesk::judge(const Proved& message, Instant now)
{
    // Once more, and only now remembered, so that nobody burns another's nonces with signatures
    // that do not hold. Of two that carry the same nonce the second finds it here.
    switch (replay_.record(text_of(message.nonce), message.timestamp_s, now.unix_s())) {
        case ReplaySet::Verdict::fresh: break;
        case ReplaySet::Verdict::full: return Refusal::capacity;
        default: return Refusal::nonce;
    }
    if (!message.repeat && !hotkeys_.take(message.key, now.monotonic_ns)) {
        return Refusal::hotkey_rate;
    }
    if (!peers_.reserve(message.key)) return Refusal::capacity;
    return std::nullopt;
}

void AdmissionDesk::handle(const Entered& message, Instant)
{
    if (message.first) strangers_.remove(message.source, message.lane);
    PeerTable::Peer before = peers_.enter(message.key, message.seat, message.attempt);
    if (before.seat.connection != 0) {
        replies_.emplace_back(CloseOrder{before.seat, before.attempt, "replaced"});
    }
}

void AdmissionDesk::handle(const GivenUp& message, Instant)
{
    peers_.withdraw(message.key);
}

void AdmissionDesk::handle(const Gone& message, Instant)
{
    if (message.stranger) strangers_.remove(message.source, message.lane);
    if (message.key.has_value()) peers_.leave(*message.key, message.seat);
}

}  // namespace ltn::transport
