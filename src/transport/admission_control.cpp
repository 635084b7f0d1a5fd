// The desk's other half: what the host changes, and what comes due by itself.
#include "transport/admission_desk.h"

namespace ltn::transport {

void AdmissionDesk::set_limits(const ServerLimits& limits, Instant now)
{
    sources_.set_rate(limits.handshake_attempts_per_minute_max);
    hotkeys_.set_rate(limits.hotkey_attempts_per_minute_max);
    peers_.set_places_max(limits.connections_max);
    lists_.permits().require(limits.require_validator_permit);
    lists_.enforce_sources(limits.enforce_source_allowlist, now.monotonic_ns);
    recheck_permits(now.monotonic_ns);
    publish_view();
}

void AdmissionDesk::set_permits(std::vector<crypto::PublicKey> keys, Instant now)
{
    lists_.set_permits(std::move(keys), now.monotonic_ns);
    recheck_permits(now.monotonic_ns);
}

bool AdmissionDesk::permits_resolved(std::vector<crypto::PublicKey> keys, Instant now)
{
    const bool applied = lists_.offer_permits(std::move(keys), now.monotonic_ns);
    if (applied) recheck_permits(now.monotonic_ns);
    return applied;
}

void AdmissionDesk::set_sources(SourcePolicy policy, Instant now)
{
    lists_.set_sources(std::move(policy), now.monotonic_ns);
    publish_view();
}

bool AdmissionDesk::sources_resolved(SourcePolicy policy, Instant now)
{
    const bool applied = lists_.offer_sources(std::move(policy), now.monotonic_ns);
    publish_view();
    return applied;
}

AdmissionLists::Due AdmissionDesk::expire(Instant now)
{
    AdmissionLists::Due due = lists_.expire(now.monotonic_ns);
    if (now.monotonic_ns >= next_grace_ns_) close_unpermitted(now.monotonic_ns);
    publish_view();
    return due;
}

void AdmissionDesk::publish_view()
{
    if (published_ == lists_.view()) return;
    published_ = lists_.view();
    replies_.emplace_back(NewView{published_});
}

// upstream-S14: the original looks at permits when a hotkey comes, and never again.
void AdmissionDesk::recheck_permits(Nanos now_ns)
{
    next_grace_ns_ = kNever;
    peers_.for_each([this, now_ns](PeerTable::Peer& peer) { mark_unpermitted(peer, now_ns); });
}

void AdmissionDesk::mark_unpermitted(PeerTable::Peer& peer, Nanos now_ns)
{
    if (lists_.permits().keeps(peer.key)) {
        peer.lost_permit_ns = kNever;
        return;
    }
    if (peer.lost_permit_ns == kNever) peer.lost_permit_ns = now_ns;
    next_grace_ns_ =
        std::min(next_grace_ns_, saturating_add(peer.lost_permit_ns, permit_grace_ns_));
}

void AdmissionDesk::close_unpermitted(Nanos now_ns)
{
    next_grace_ns_ = kNever;
    peers_.for_each([this, now_ns](PeerTable::Peer& peer) {
        if (peer.lost_permit_ns == kNever || peer.seat.connection == 0) return;
        const Nanos end_ns = saturating_add(peer.lost_permit_ns, permit_grace_ns_);
        if (end_ns > now_ns) {
            next_grace_ns_ = std::min(next_grace_ns_, end_ns);
            return;
        }
        replies_.emplace_back(CloseOrder{peer.seat, peer.attempt, kPermitWithdrawn});
        // Told once; a handshake that overtook the order finds the permit missing by itself.
        peer.lost_permit_ns = kNever;
    });
}

}  // namespace ltn::transport
