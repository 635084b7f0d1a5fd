// What the host changes while the server serves: permits, sources, limits, sweeps. Lists and budgets
// are the desk's; a core whose desk is elsewhere takes only what concerns itself.
#include <algorithm>

#include "transport/server_core.h"

namespace ltn::transport {

namespace {

// A peer is swept at most this long after its time.
constexpr Nanos kSweepEvery = 60 * kSecond;

}  // namespace

void ServerCoreImpl::set_permits(std::vector<crypto::PublicKey> keys, Instant now)
{
    Turn turn(*this, now);
    if (desk_ == nullptr) return;
    desk_->set_permits(std::move(keys), now);
    take_desk_replies();
}

bool ServerCoreImpl::permits_resolved(std::vector<crypto::PublicKey> keys, Instant now)
{
    Turn turn(*this, now);
    if (desk_ == nullptr) return false;
    const size_t offered = keys.size();
    const bool applied = desk_->permits_resolved(std::move(keys), now);
    if (!applied) {
        log_.write(LogLevel::warning, "permits_held",
                   {{"known", std::to_string(desk_->lists().permits().list().items().size())},
                    {"offered", std::to_string(offered)}});
    }
    take_desk_replies();
    return applied;
}

void ServerCoreImpl::permits_failed(Instant now)
{
    Turn turn(*this, now);
    if (desk_ != nullptr) desk_->lists().permits_failed(now.monotonic_ns);
}

void ServerCoreImpl::set_sources(SourcePolicy policy, Instant now)
{
    Turn turn(*this, now);
    if (desk_ == nullptr) return;
    desk_->set_sources(std::move(policy), now);
    take_desk_replies();
}

bool ServerCoreImpl::sources_resolved(SourcePolicy policy, Instant now)
{
    Turn turn(*this, now);
    if (desk_ == nullptr) return false;
    const size_t offered = policy.allowed.size();
    if (config_.enforce_source_allowlist && !policy.bypass && offered == 0) {
        log_.write(LogLevel::warning, "sources_empty", {{"effect", "nobody new is heard"}});
    }
    const bool applied = desk_->sources_resolved(std::move(policy), now);
    if (!applied) {
        log_.write(LogLevel::warning, "sources_held", {{"offered", std::to_string(offered)}});
    }
    take_desk_replies();
    return applied;
}

void ServerCoreImpl::sources_failed(Instant now)
{
    Turn turn(*this, now);
    if (desk_ != nullptr) desk_->lists().sources_failed(now.monotonic_ns);
}

std::vector<LanePrefix> ServerCoreImpl::known_sources() const
{
    return desk_ == nullptr ? std::vector<LanePrefix>() : desk_->lists().known_sources();
}

std::vector<LearnedSource> ServerCoreImpl::learned_sources(Instant now) const
{
    if (desk_ == nullptr) return {};
    return desk_->lists().learned_sources(now.monotonic_ns);
}

Error ServerCoreImpl::restore_source(const LearnedSource& source, Instant now)
{
    const Turn turn(*this, now);
    if (desk_ == nullptr) {
        return Error(Code::wrong_state, Category::local, "another loop has the roster");
    }
    if (!desk_->lists().restore_source(source, config_.handshake_attempts_per_minute_max,
                                       now.monotonic_ns)) {
        return Error(Code::full, Category::local,
                     "expected at most " + std::to_string(Roster::kHotkeysMax) +
                         " hotkeys with learned sources");
    }
    return {};
}

void ServerCoreImpl::set_limits(const ServerLimits& limits, Instant now)
{
    Turn turn(*this, now);
    config_.connections_max = limits.connections_max;
    config_.handshake_attempts_per_minute_max = limits.handshake_attempts_per_minute_max;
    config_.hotkey_attempts_per_minute_max = limits.hotkey_attempts_per_minute_max;
    config_.handler_timeout_ns = limits.handler_timeout_ns;
    config_.requests_in_flight_max = limits.requests_in_flight_max;
    config_.requests_per_peer_max = limits.requests_per_peer_max;
    config_.require_validator_permit = limits.require_validator_permit;
    config_.enforce_source_allowlist = limits.enforce_source_allowlist;
    config_.held_bytes_max = limits.held_bytes_max;
    config_.stream_first_chunk_timeout_ns = limits.stream_first_chunk_timeout_ns;
    config_.stream_chunk_timeout_ns = limits.stream_chunk_timeout_ns;
    config_.stream_total_timeout_ns = limits.stream_total_timeout_ns;
    if (desk_ != nullptr) {
        desk_->set_limits(limits, now);
        take_desk_replies();
    }
    // Room for more of a peer's requests than before: they wait for nothing else.
    connections_.for_each([this](ServerConnection& connection) { call_waiting(connection); });
}

ServerLimits limits_of(const ServerConfig& config)
{
    ServerLimits out;
    out.connections_max = config.connections_max;
    out.handshake_attempts_per_minute_max = config.handshake_attempts_per_minute_max;
    out.hotkey_attempts_per_minute_max = config.hotkey_attempts_per_minute_max;
    out.handler_timeout_ns = config.handler_timeout_ns;
    out.requests_in_flight_max = config.requests_in_flight_max;
    out.requests_per_peer_max = config.requests_per_peer_max;
    out.require_validator_permit = config.require_validator_permit;
    out.enforce_source_allowlist = config.enforce_source_allowlist;
    out.held_bytes_max = config.held_bytes_max;
    out.stream_first_chunk_timeout_ns = config.stream_first_chunk_timeout_ns;
    out.stream_chunk_timeout_ns = config.stream_chunk_timeout_ns;
    out.stream_total_timeout_ns = config.stream_total_timeout_ns;
    return out;
}

ServerLimits ServerCoreImpl::limits() const
{
    return limits_of(config_);
}

uint64_t ServerCoreImpl::sweep_idle(Nanos idle_ns, Instant now)
{
    Turn turn(*this, now);
    return close_idle(idle_ns);
}

uint64_t ServerCoreImpl::close_idle(Nanos idle_ns)
{
    uint64_t closed = 0;
    connections_.for_each([this, idle_ns, &closed](ServerConnection& connection) {
        if (!connection.authenticated || connection.link->closing()) return;
        // A peer that waits for a long answer is not idle.
        if (connection.running > 0 || !connection.waiting.empty() ||
            connection.link->unacked_total() > 0) {
            return;
        }
        const Nanos quiet_ns = now_.monotonic_ns - connection.last_active_ns;
        if (quiet_ns <= idle_ns) return;
        ++closed;
        close_connection(connection, "cleanup", Code::connection_lost);
    });
    stats_.closed_idle += closed;
    return closed;
}

void ServerCoreImpl::arm_idle_sweep()
{
    if (config_.idle_sweep_ns == kNever) return;
    const Nanos every_ns = std::clamp(config_.idle_sweep_ns / 4, kSecond, kSweepEvery);
    timers_.set(idle_sweep_, saturating_add(now_.monotonic_ns, every_ns));
}

uint64_t ServerCoreImpl::sweep_nonces(Instant now)
{
    if (desk_ == nullptr) return 0;
    desk_->forget_expired(now);
    return desk_->nonces();
}

}  // namespace ltn::transport
