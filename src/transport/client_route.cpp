// Where a call goes: to the connection that has proved its hotkey, to a handshake under way, to a
// dial, or nowhere yet because the address has just failed.
#include "transport/client_core.h"

namespace ltn::transport {

namespace {

using State = ClientConnection::State;

Error exhausted_error(const Address& address, uint32_t attempts, uint32_t max)
{
    return Error(Code::connect, Category::connection,
                 "Reconnection attempts exhausted for " + address.text() + " (" +
                     std::to_string(attempts) + "/" + std::to_string(max) +
                     "), awaiting registry refresh");
}

}  // namespace

void ClientCoreImpl::route(Call& call)
{
    const Address& address = call.request.address;
    ClientConnection* connection = find_connection(address);
    if (connection != nullptr && connection->usable()) return route_to_live(call, *connection);
    if (connection != nullptr && connection->state != State::pausing) {
        return join(call, *connection);
    }
    const Nanos now_ns = now_.monotonic_ns;
    const Claim* claim = registry_.find(call.request.peer);
    const bool registered = claim != nullptr && claim->place->address == address;
    if (registered && claim->refuted && claim->backoff.next_try_ns() > now_ns) {
        return finish(call, no_route(call.request.peer, address));
    }
    Nanos next_ns = 0;
    if (const Place* place = registry_.place_at(address)) {
        const Backoff& backoff = place->backoff;
        next_ns = backoff.next_try_ns();
        if (backoff.exhausted()) {
            return finish(
                call, exhausted_error(address, backoff.failures(), config_.reconnect_retries_max));
        }
    } else if (const FailureMemory::Record* record = failures_.find(address)) {
        if (record->answered != call.request.peer) next_ns = record->backoff.next_try_ns();
    }
    if (next_ns > now_ns && next_ns >= call.request.deadline_ns) {
        return finish(call, backoff_error(address, next_ns - now_ns));
    }
    connection = connection_for(address);
    if (connection == nullptr) {
        return finish(call, Error(Code::full, Category::connection,
                                  "Connection limit (" + std::to_string(config_.connections_max) +
                                      ") reached, " + address.text() + " not dialled"));
    }
    if (next_ns > now_ns) {
        connection->state = State::pausing;
        timers_.set(connection->dial_timer, next_ns);
    } else if (connection->state == State::pausing) {
        want_dial(*connection);
    }
    join(call, *connection);
}

void ClientCoreImpl::join(Call& call, ClientConnection& connection)
{
    call.connection = &connection;
    call.phase = Call::Phase::proof;
    connection.waiting_proof.push_back(call);
}

// Nobody waits for the next try any more: its room is for others.
void ClientCoreImpl::end_pause(ClientConnection& connection)
{
    if (connection.state != State::pausing || !connection.waiting_proof.empty()) return;
    drop(connection, Error());
}

void ClientCoreImpl::route_to_live(Call& call, ClientConnection& connection)
{
    call.connection = &connection;
    if (connection.peer.key != call.request.peer) {
        if (!connection.on_demand && !may_demand(call, connection)) {
            return finish(call, no_route(call.request.peer, call.request.address));
        }
        join(call, connection);
        if (!connection.on_demand) begin_demand(connection);
    } else if (call.is_connect) {
        finish(call, Error());
    } else {
        dispatch(call);
    }
}

bool ClientCoreImpl::may_demand(const Call& call, const ClientConnection& connection) const
{
    const Nanos now_ns = now_.monotonic_ns;
    if (now_ns < connection.demand_allowed_ns) return false;
    const Claim* claim = registry_.find(call.request.peer);
    const bool registered = claim != nullptr && claim->place->address == connection.address;
    return !registered || claim->backoff.next_try_ns() <= now_ns;
}

// The server may have changed its hotkey since it proved the other one (upstream-R27). One answer
// decides among all who are claimed there.
void ClientCoreImpl::begin_demand(ClientConnection& connection)
{
    connection.on_demand = true;
    connection.demand_allowed_ns = saturating_add(now_.monotonic_ns, kRepeatInterval);
    begin_proof(connection);
}

// What was proved before still holds: only who asked for more learns of it.
void ClientCoreImpl::demand_failed(ClientConnection& connection, const Error& error)
{
    forget_signature(connection);
    timers_.clear(connection.dial_timer);
    if (connection.proof_stream >= 0) {
        connection.link->reset(connection.proof_stream, 0);
        connection.link->stop_sending(connection.proof_stream, 0);
        connection.proof_stream = -1;
    }
    connection.on_demand = false;
    connection.state = State::ready;
    if (Place* place = registry_.place_at(connection.address)) answer_place(*place, error);
    // Routed anew they could ask again, so they are sorted here.
    for (size_t left = connection.waiting_proof.size(); left > 0; --left) {
        Call& call = *connection.waiting_proof.pop_front();
        if (call.request.peer != connection.peer.key) {
            finish(call, error);
        } else {
            route_to_live(call, connection);
        }
    }
    dispatch_waiting(connection);
}

void ClientCoreImpl::refuse_unproven(ClientConnection& connection)
{
    connection.waiting_credit.for_each([this, &connection](Call& call) {
        if (call.request.peer == connection.peer.key) return;
        finish(call, no_route(call.request.peer, call.request.address));
    });
}

}  // namespace ltn::transport
