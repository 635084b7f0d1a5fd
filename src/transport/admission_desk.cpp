#include "transport/admission_desk.h"

namespace ltn::transport {

namespace {

std::string_view text_of(const NonceText& nonce)
{
    return {nonce.data(), nonce.size()};
}

}  // namespace

AdmissionDesk::AdmissionDesk(const ServerConfig& config, Random& random, Instant now)
    : made_(now),
      permit_grace_ns_(config.permit_grace_ns),
      lists_(config, random, now),
      replay_(config.max_signature_age_s, config.nonce_entries_max, random),
      sources_(config.handshake_attempts_per_minute_max, config.tracked_rate_sources_max, random),
      hotkeys_(config.hotkey_attempts_per_minute_max, config.tracked_rate_sources_max, random),
      peers_(config.connections_max, random),
      strangers_(config.unauthenticated_connections_max, config.unauthenticated_per_source_max,
                 random)
{
}

uint64_t AdmissionDesk::steady_s(Instant now) const
{
    const Nanos passed =
        now.monotonic_ns > made_.monotonic_ns ? now.monotonic_ns - made_.monotonic_ns : 0;
    return made_.unix_s() + passed / kSecond;
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
    ruling.lane = lists_.view()->lane_of(message.source);
    ruling.anonymous = message.unreadable || ruling.refusal == Refusal::rate;
    replies_.emplace_back(ruling);
}

std::optional<Refusal> AdmissionDesk::judge(const Admit& message, Instant now)
{
    // A clock that is off is not charged: behind one address it would lock the others out.
    if (message.fault == Refusal::clock) return message.fault;
    if (!message.fault.has_value() && !lists_.permits().allows(message.key, now.monotonic_ns)) {
        return Refusal::permit;
    }
    if (!charge(message, now.monotonic_ns)) {
        return message.holder.has_value() ? Refusal::hotkey_rate : Refusal::rate;
    }
    if (message.fault.has_value()) return message.fault;
    switch (replay_.check(text_of(message.nonce), message.timestamp_s, steady_s(now),
                          lists_.roster().knows(message.key))) {
        case ReplaySet::Verdict::fresh: return std::nullopt;
        case ReplaySet::Verdict::full: return Refusal::capacity;
        default: return Refusal::nonce;
    }
}

// A repeat costs the hotkey that has the connection; a hotkey that was seen at this address has a
// budget of its own there, so that peers behind one address do not starve each other; all others
// share the source's.
bool AdmissionDesk::charge(const Admit& message, Nanos now_ns)
{
    if (message.holder.has_value()) return hotkeys_.take(*message.holder, now_ns);
    MinuteBucket* own = lists_.roster().bucket_of(message.key, message.source);
    if (own != nullptr) return own->take(sources_.rate(), now_ns);
    return sources_.take(message.source, now_ns);
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
    switch (replay_.record(text_of(message.nonce), message.timestamp_s, now.unix_s(), steady_s(now),
                           lists_.roster().knows(message.key))) {
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

void AdmissionDesk::handle(const Entered& message, Instant now)
{
    if (message.first) strangers_.remove(message.source, message.lane);
    PeerTable::Peer before = peers_.enter(message.key, message.seat, message.attempt);
    if (before.seat.connection != 0) {
        replies_.emplace_back(CloseOrder{before.seat, before.attempt, kReplaced});
    }
    // The permit may have been withdrawn since it was looked up.
    if (PeerTable::Peer* peer = peers_.find(message.key)) mark_unpermitted(*peer, now.monotonic_ns);
    if (message.path_validated) learn(message.key, message.source, now.monotonic_ns);
}

void AdmissionDesk::learn(const crypto::PublicKey& key, const Address& source, Nanos now_ns)
{
    Roster& roster = lists_.roster();
    roster.learn(key, source, sources_.rate(), now_ns);
    if (roster.take_changed()) lists_.touch(now_ns);
}

void AdmissionDesk::handle(const Moved& message, Instant now)
{
    // Another connection may be the hotkey's by now.
    const PeerTable::Peer* peer = peers_.find(message.key);
    if (peer == nullptr || peer->seat != message.seat) return;
    learn(message.key, message.source, now.monotonic_ns);
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
