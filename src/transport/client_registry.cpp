// Updates of the registry (spec/transport.md 4.9): one after another, each entry answered once, as
// soon as it is known what became of it.
#include <algorithm>

#include "transport/client_core.h"
#include "transport/registry_list.h"

namespace ltn::transport {

namespace {

using State = ClientConnection::State;

}  // namespace

void ClientCoreImpl::update_registry(uint64_t ticket, std::vector<RegistryEntry> entries,
                                     Instant now)
{
    Turn turn(*this, now);
    if (stop_ != Stop::running) {
        return refuse_update(ticket, entries.size(),
                             Error(Code::shutdown, Category::local, "the client is shutting down"));
    }
    if (!updating_) return begin_update(ticket, entries);
    if (next_update_.has_value()) {
        refuse_update(next_update_->ticket, next_update_->entries.size(),
                      Error(Code::cancelled, Category::local,
                            "a newer update came before this one could begin"));
    }
    next_update_ = NextUpdate{ticket, std::move(entries)};
}

void ClientCoreImpl::begin_update(uint64_t ticket, const std::vector<RegistryEntry>& entries)
{
    updating_ = true;
    ticket_ = ticket;
    ++update_;
    unanswered_ = entries.size();
    const std::vector<Error> verdicts = check_entries(entries, random_);
    for (size_t i = 0; i < entries.size(); ++i) {
        if (verdicts[i].ok()) continue;
        outbox_.miner_outcome(ticket, i, verdicts[i]);
        --unanswered_;
    }
    const std::vector<Claim*> claims = replace_claims(entries, verdicts);
    assign_room(claims);
    for (const Claim* claim : claims) {
        if (claim->place->update == update_) continue;
        claim->place->update = update_;
        start_place(*claim->place);
    }
}

std::vector<Claim*> ClientCoreImpl::replace_claims(const std::vector<RegistryEntry>& entries,
                                                   const std::vector<Error>& verdicts)
{
    std::vector<std::pair<Address, const char*>> emptied;
    std::optional<Address> left;
    std::vector<crypto::PublicKey> unlisted;
    for (size_t i = 0; i < entries.size(); ++i) {
        Claim* claim = verdicts[i].ok() ? registry_.find(entries[i].miner.key) : nullptr;
        if (claim != nullptr) claim->update = update_;
    }
    registry_.for_each_claim([&](const Claim& claim) {
        if (claim.update != update_) unlisted.push_back(claim.hotkey.key);
    });
    for (const crypto::PublicKey& key : unlisted) {
        registry_.remove(key, left);
        if (left.has_value()) emptied.emplace_back(*left, "miner_deregistered");
    }
    std::vector<Claim*> claims;
    for (size_t i = 0; i < entries.size(); ++i) {
        if (!verdicts[i].ok()) continue;
        Claim& claim = registry_.put(entries[i].miner, entries[i].address, left);
        if (left.has_value()) emptied.emplace_back(*left, "miner_addr_changed");
        claim.update = update_;
        claim.order = i;
        claim.unanswered = i;
        claims.push_back(&claim);
    }
    // Only now: others of the list may have moved in where the last one moved out.
    for (const auto& [address, reason] : emptied) {
        if (registry_.place_at(address) == nullptr) close_unlisted(address, reason);
    }
    return claims;
}

void ClientCoreImpl::close_unlisted(const Address& address, const char* reason)
{
    ClientConnection* connection = find_connection(address);
    if (connection == nullptr) return;
    forget_signature(*connection);
    if (connection->link != nullptr) connection->link->close(0, reason);
    drop(*connection, Error(Code::connection_lost, Category::connection,
                            std::string("connection closed by us: ") + reason));
}

// Who is connected or about to be stays so; the others get what is left in the order of the list.
void ClientCoreImpl::assign_room(const std::vector<Claim*>& claims)
{
    loose_ = 0;
    for (const auto& [address, connection] : connections_) {
        connection->loose = registry_.place_at(address) == nullptr;
        loose_ += connection->loose ? 1 : 0;
    }
    roomy_places_ = 0;
    size_t places = 0;
    registry_.for_each_place([&](Place& place) {
        ++places;
        place.has_room = find_connection(place.address) != nullptr;
        roomy_places_ += place.has_room ? 1 : 0;
    });
    for (const Claim* claim : claims) {
        if (loose_ + roomy_places_ >= config_.connections_max) break;
        roomy_places_ += claim->place->has_room ? 0 : 1;
        claim->place->has_room = true;
    }
    if (places == roomy_places_) return;
    log_.write(LogLevel::warning, "connection limit reached",
               {{"limit", std::to_string(config_.connections_max)},
                {"connected", std::to_string(connections_.size())},
                {"addresses", std::to_string(places)},
                {"skipped", std::to_string(places - roomy_places_)}});
}

void ClientCoreImpl::start_place(Place& place)
{
    place.retry.owner = &place;
    place.retry.kind = kPlaceRetry;
    if (!place.has_room) {
        timers_.clear(place.retry);
        place.unlink();
        return answer_place(place,
                            Error(Code::full, Category::connection,
                                  "Connection limit (" + std::to_string(config_.connections_max) +
                                      ") reached, " + place.address.text() + " not dialled"));
    }
    ClientConnection* connection = find_connection(place.address);
    if (connection != nullptr && connection->usable()) return start_live_place(place, *connection);
    // A dial or handshake under way decides; what is known of it is known to everybody.
    if (connection != nullptr && connection->state != State::pausing) {
        connection->for_registry = true;
        return;
    }
    const ReconnectTerms rules = terms(true);
    place.backoff.refresh(rules, random_, now_.monotonic_ns);
    place.host->backoff.refresh(terms(false), random_, now_.monotonic_ns);
    const Nanos next_ns = place.backoff.next_try_ns();
    if (next_ns <= now_.monotonic_ns) {
        timers_.clear(place.retry);
        return place_due(place);
    }
    timers_.set(place.retry, next_ns);
    if (connection != nullptr) timers_.set(connection->dial_timer, next_ns);
    // Not worth holding up the answer to the whole list.
    if (next_ns - now_.monotonic_ns > 2 * rules.initial_ns) {
        answer_place(place, backoff_error(place.address, next_ns - now_.monotonic_ns));
    }
}

void ClientCoreImpl::start_live_place(Place& place, ClientConnection& connection)
{
    const Claim* proven = registry_.find(connection.peer.key);
    if (proven == nullptr || proven->place != &place) {
        // The one that was proved is not listed any more; perhaps the server has changed its name.
        if (connection.on_demand) return;
        if (connection.demand_allowed_ns <= now_.monotonic_ns) return begin_demand(connection);
    } else {
        confirm(place, connection.peer.key);
        host_proven(connection, place);
    }
    for (Claim* claim = place.claims.front(); claim != nullptr;
         claim = LinkedList<Claim>::next(*claim)) {
        if (claim == proven) continue;
        if (claim->refuted) {
            claim->backoff.refresh(terms(true), random_, now_.monotonic_ns);
            answer_claim(*claim, claim->last_error);
        } else {
            refute(*claim, no_route(claim->hotkey.key, place.address));
        }
    }
}

void ClientCoreImpl::answer_claim(Claim& claim, const Error& error)
{
    if (claim.unanswered == Claim::kNone) return;
    outbox_.miner_outcome(ticket_, claim.unanswered, error);
    claim.unanswered = Claim::kNone;
    --unanswered_;
}

void ClientCoreImpl::answer_place(Place& place, const Error& error)
{
    if (unanswered_ == 0) return;
    for (Claim* claim = place.claims.front(); claim != nullptr;
         claim = LinkedList<Claim>::next(*claim)) {
        answer_claim(*claim, error);
    }
}

void ClientCoreImpl::refuse_update(uint64_t ticket, size_t entries, const Error& error)
{
    for (size_t i = 0; i < entries; ++i) outbox_.miner_outcome(ticket, i, error);
    outbox_.registry_done(ticket);
}

void ClientCoreImpl::finish_update()
{
    updating_ = false;
    outbox_.registry_done(ticket_);
    if (!next_update_.has_value()) return;
    const NextUpdate next = std::move(*next_update_);
    next_update_.reset();
    begin_update(next.ticket, next.entries);
}

void ClientCoreImpl::stop_registry(const Error& error)
{
    registry_.for_each_place([&](Place& place) { answer_place(place, error); });
    if (next_update_.has_value()) {
        refuse_update(next_update_->ticket, next_update_->entries.size(), error);
        next_update_.reset();
    }
    registry_.clear();
    roomy_places_ = 0;
}

std::vector<MinerInfo> ClientCoreImpl::miners() const
{
    std::vector<const Claim*> claims;
    registry_.for_each_claim([&](const Claim& claim) { claims.push_back(&claim); });
    std::sort(claims.begin(), claims.end(),
              [](const Claim* a, const Claim* b) { return a->order < b->order; });
    std::vector<MinerInfo> out;
    for (const Claim* claim : claims) {
        const Place& place = *claim->place;
        MinerInfo info;
        info.miner = claim->hotkey;
        info.address = place.address;
        info.state = state_of(*claim);
        const Backoff& backoff = claim->refuted ? claim->backoff : place.backoff;
        if (info.state != MinerState::ready) {
            info.attempts = backoff.failures();
            info.last_error = claim->refuted ? claim->last_error : place.last_error;
        }
        if (info.state == MinerState::backoff || info.state == MinerState::false_claim) {
            info.next_try_ns = backoff.next_try_ns();
        }
        out.push_back(std::move(info));
    }
    return out;
}

std::optional<Address> ClientCoreImpl::registered_address(const crypto::PublicKey& key) const
{
    const Claim* claim = registry_.find(key);
    if (claim == nullptr) return std::nullopt;
    return claim->place->address;
}

}  // namespace ltn::transport
