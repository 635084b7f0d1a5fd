// Keeps the miners of the registry connected: what a failure and a loss lead to, when the next try
// is due and how many tries run at once. One owner per address: whoever wants it joins.
#include <algorithm>

#include "transport/client_core.h"

namespace ltn::transport {

namespace {

using State = ClientConnection::State;

// A dial that has not come to its end by then costs no more work than waiting.
constexpr Nanos kFreshDial = kSecond / 4;

}  // namespace

ReconnectTerms ClientCoreImpl::terms(bool registered) const
{
    ReconnectTerms out;
    out.initial_ns = config_.reconnect_initial_backoff_ns;
    out.max_ns = config_.reconnect_max_backoff_ns;
    out.retries_max = config_.reconnect_retries_max;
    out.slow_probe_ns = config_.reconnect_slow_probe_ns;
    // No update would ever bring an address back that none lists.
    if (!registered && out.slow_probe_ns == kNever) out.slow_probe_ns = out.max_ns;
    return out;
}

void ClientCoreImpl::attempt_failed(ClientConnection& connection, const Error& error)
{
    if (stop_ != Stop::running) return;
    const Nanos now_ns = now_.monotonic_ns;
    if (Place* place = registry_.place_at(connection.address)) {
        place->backoff.failed(terms(true), random_, now_ns);
        place->last_error = error;
        answer_place(*place, error);
        retry_later(*place, 0);
        return;
    }
    failures_.sweep(now_ns, config_.reconnect_max_backoff_ns);
    FailureMemory::Record& record = failures_.note(connection.address);
    record.backoff.failed(terms(false), random_, now_ns);
    record.answered = connection.answered;
}

void ClientCoreImpl::connection_lost(ClientConnection& connection, const Error& error)
{
    Place* place = registry_.place_at(connection.address);
    if (place == nullptr || stop_ != Stop::running) return;
    const Nanos now_ns = now_.monotonic_ns;
    place->backoff.ended(terms(true), random_, now_ns - connection.proven_ns, now_ns);
    place->last_error = error;
    answer_place(*place, error);
    // All clients of a restarted server lose it in the same moment (upstream-R4).
    retry_later(*place, random_between(random_, 0, config_.reconnect_initial_backoff_ns));
}

void ClientCoreImpl::retry_later(Place& place, Nanos spread_ns)
{
    if (!place.has_room || !config_.retry_registered_in_background) return;
    const Nanos at_ns =
        std::max(place.backoff.next_try_ns(), saturating_add(now_.monotonic_ns, spread_ns));
    timers_.set(place.retry, at_ns);
}

void ClientCoreImpl::place_due(Place& place)
{
    dial_queue_.push_back(place);
}

bool ClientCoreImpl::dials_waiting() const
{
    return !dial_queue_.empty() && fresh_dials_ < config_.dials_at_once_max;
}

void ClientCoreImpl::pump_dials()
{
    while (dials_waiting()) {
        Place& place = *dial_queue_.pop_front();
        ClientConnection* connection = find_connection(place.address);
        if (connection != nullptr && connection->state != State::pausing) continue;
        if (!may_try_host(place)) continue;
        if (connection == nullptr) {
            connection = connection_for(place.address);
        } else {
            want_dial(*connection);
        }
        connection->for_registry = true;
        connection->host = place.host;
        connection->tries_host = true;
        ++place.host->trying;
        connection->holds_slot = true;
        ++fresh_dials_;
        timers_.set(connection->slot_timer, saturating_add(now_.monotonic_ns, kFreshDial));
    }
}

void ClientCoreImpl::release_slot(ClientConnection& connection)
{
    if (!connection.holds_slot) return;
    connection.holds_slot = false;
    timers_.clear(connection.slot_timer);
    --fresh_dials_;
}

void ClientCoreImpl::confirm(Place& place, const crypto::PublicKey& key)
{
    place.was_ready = true;
    place.last_error = Error();
    timers_.clear(place.retry);
    place.unlink();
    Claim* claim = registry_.find(key);
    if (claim == nullptr || claim->place != &place) return;
    claim->refuted = false;
    claim->backoff = Backoff();
    claim->last_error = Error();
    answer_claim(*claim, Error());
}

void ClientCoreImpl::refute(Claim& claim, Error error)
{
    claim.refuted = true;
    claim.backoff.failed(terms(true), random_, now_.monotonic_ns);
    claim.last_error = std::move(error);
    answer_claim(claim, claim.last_error);
}

MinerState ClientCoreImpl::state_of(const Claim& claim) const
{
    const Place& place = *claim.place;
    const ClientConnection* connection = find_connection(place.address);
    const bool connected = connection != nullptr && connection->proven;
    if (connected && connection->peer.key == claim.hotkey.key) return MinerState::ready;
    if (claim.refuted) return MinerState::false_claim;
    if (!place.has_room) return MinerState::over_limit;
    if (place.backoff.exhausted()) return MinerState::exhausted;
    const bool trying = connection != nullptr && connection->state != State::pausing;
    return trying || place.backoff.failures() == 0 ? MinerState::waiting : MinerState::backoff;
}

void ClientCoreImpl::count_miners() const
{
    uint64_t counts[6] = {};
    registry_.for_each_claim(
        [&](const Claim& claim) { ++counts[static_cast<size_t>(state_of(claim))]; });
    stats_.miners_waiting = counts[static_cast<size_t>(MinerState::waiting)];
    stats_.miners_ready = counts[static_cast<size_t>(MinerState::ready)];
    stats_.miners_backoff = counts[static_cast<size_t>(MinerState::backoff)];
    stats_.miners_exhausted = counts[static_cast<size_t>(MinerState::exhausted)];
    stats_.miners_false_claim = counts[static_cast<size_t>(MinerState::false_claim)];
    stats_.miners_over_limit = counts[static_cast<size_t>(MinerState::over_limit)];
}

}  // namespace ltn::transport
