#include "transport/admission_lists.h"

#include <algorithm>

namespace ltn::transport {

namespace {

// A view is built anew at most so often, however fast peers are learned.
constexpr Nanos kViewEvery = kSecond;
constexpr Nanos kPruneEvery = 600 * kSecond;

std::vector<SourcePolicy::Prefix> canonical(const std::vector<SourcePolicy::Prefix>& prefixes)
{
    std::vector<SourcePolicy::Prefix> out;
    out.reserve(prefixes.size());
    for (const auto& prefix : prefixes) out.push_back(canonical_prefix(prefix));
    return out;
}

int64_t age_ms(Nanos age_ns)
{
    return age_ns == kNever ? -1 : static_cast<int64_t>(age_ns / kMillisecond);
}

}  // namespace

AdmissionLists::AdmissionLists(const ServerConfig& config, Random& random, Instant now)
    : random_(random),
      permits_(config.require_validator_permit, config.validator_permit_age_max_ns),
      permits_refresh_(config.validator_permit_refresh_ns, now.monotonic_ns),
      enforce_(config.enforce_source_allowlist),
      sources_refresh_(config.source_allowlist_refresh_ns, now.monotonic_ns),
      roster_(random, now.monotonic_ns),
      prune_ns_(saturating_add(now.monotonic_ns, kPruneEvery))
{
    rebuild(now.monotonic_ns);
}

void AdmissionLists::set_permits(std::vector<crypto::PublicKey> keys, Nanos now_ns)
{
    permits_.list().set(std::move(keys), now_ns);
    permits_refresh_.succeeded();
    touch(now_ns);
}

bool AdmissionLists::offer_permits(std::vector<crypto::PublicKey> keys, Nanos now_ns)
{
    permits_refresh_.succeeded();
    if (permits_.list().offer(std::move(keys), now_ns) == Held::held) {
        permits_refresh_.confirm(now_ns);
        return false;
    }
    touch(now_ns);
    return true;
}

void AdmissionLists::apply_flags(const SourcePolicy& policy)
{
    bypass_ = policy.bypass;
    blocked_ = policy.blocked;
    sources_refresh_.succeeded();
}

void AdmissionLists::set_sources(SourcePolicy policy, Nanos now_ns)
{
    apply_flags(policy);
    sources_.set(canonical(policy.allowed), now_ns);
    rebuild(now_ns);
}

bool AdmissionLists::offer_sources(SourcePolicy policy, Nanos now_ns)
{
    // To bypass locks nobody out, whatever becomes of the list beside it.
    if (policy.bypass) {
        set_sources(std::move(policy), now_ns);
        return true;
    }
    if (sources_.offer(canonical(policy.allowed), now_ns) ==
        HeldList<SourcePolicy::Prefix>::Outcome::held) {
        sources_refresh_.confirm(now_ns);
        return false;
    }
    apply_flags(policy);
    rebuild(now_ns);
    return true;
}

void AdmissionLists::enforce_sources(bool enforce, Nanos now_ns)
{
    enforce_ = enforce;
    rebuild(now_ns);
}

void AdmissionLists::touch(Nanos now_ns)
{
    view_due_ns_ =
        std::min(view_due_ns_, std::max(now_ns, saturating_add(view_made_ns_, kViewEvery)));
}

Nanos AdmissionLists::next_ns() const
{
    return std::min(std::min(permits_refresh_.due_ns(), sources_refresh_.due_ns()),
                    std::min(prune_ns_, view_due_ns_));
}

AdmissionLists::Due AdmissionLists::expire(Nanos now_ns)
{
    Due due;
    due.permits = permits_refresh_.take_due(now_ns, random_);
    due.sources = sources_refresh_.take_due(now_ns, random_);
    if (now_ns >= prune_ns_) {
        prune_ns_ = saturating_add(now_ns, kPruneEvery);
        roster_.forget_expired(now_ns);
        touch(now_ns);
    }
    if (now_ns >= view_due_ns_) rebuild(now_ns);
    return due;
}

void AdmissionLists::rebuild(Nanos now_ns)
{
    const bool gated = permits_.required() && permits_.list().resolved();
    roster_.update_state(gated ? &permits_.list().items() : nullptr, now_ns);
    auto view = std::make_shared<GateView>();
    view->drop_unlisted = enforce_ && !bypass_;
    view->enforcing = roster_.enforcing();
    view->listed = PrefixSet(sources_.items());
    view->blocked = PrefixSet(blocked_);
    view->learned = PrefixSet(roster_.prefixes());
    view_ = std::move(view);
    view_made_ns_ = now_ns;
    view_due_ns_ = kNever;
}

void AdmissionLists::fill(ServerStats& stats, Nanos now_ns) const
{
    stats.permits = permits_.list().items().size();
    stats.permits_age_ms = age_ms(permits_.list().age_ns(now_ns));
    stats.permits_held = permits_.list().holding();
    // A bypass has no list (5.11).
    stats.sources_allowed = bypass_ ? 0 : sources_.items().size();
    stats.sources_bypassed = bypass_;
    stats.sources_age_ms = age_ms(sources_.age_ns(now_ns));
    stats.sources_held = sources_.holding();
    stats.roster_hotkeys = roster_.hotkeys();
    stats.roster_coverage_percent = roster_.coverage_percent();
    stats.roster_enforcing = roster_.enforcing();
}

std::vector<LanePrefix> AdmissionLists::known_sources() const
{
    std::vector<LanePrefix> out;
    for (const auto& prefix : sources_.items()) out.push_back({prefix, Lane::known, true});
    for (const auto& prefix : roster_.prefixes()) {
        if (!sources_.contains(prefix)) out.push_back({prefix, Lane::known});
    }
    for (const auto& prefix : blocked_) {
        out.push_back({canonical_prefix(prefix), Lane::blocked, true});
    }
    return out;
}

bool AdmissionLists::restore_source(const LearnedSource& source, uint32_t per_minute, Nanos now_ns)
{
    const bool restored = roster_.restore(source, per_minute, now_ns);
    if (roster_.take_changed()) touch(now_ns);
    return restored;
}

}  // namespace ltn::transport
