// Connections: who may open one, who it belongs to, and that a hotkey has one (3.11, 3.12).
#include "transport/server_core.h"
#include "transport/wire_token.h"

namespace ltn::transport {

quic::Gate::Verdict ServerCoreImpl::admit(const Address& remote, bool address_validated)
{
    if (stop_ != Stop::running) return Verdict::refuse;
    const Verdict verdict = doorway_.admit(remote, address_validated);
    if (verdict == Verdict::drop) ++stats_.dropped_source;
    if (verdict == Verdict::refuse) ++stats_.refused_stranger;
    return verdict;
}

void ServerCoreImpl::on_accepted(quic::Connection& link)
{
    auto connection = std::make_unique<ServerConnection>();
    connection->link = &link;
    connection->accepted_from = connection->judged_at = link.remote();
    connection->accepted_ns = now_.monotonic_ns;
    connection->lane = doorway_.lane_of(link.remote());
    connection->counted_unauthenticated = true;
    doorway_.enter(connection->accepted_from, connection->lane);
    link.user = connection.get();
    link.set_deadline(saturating_add(now_.monotonic_ns, config_.unauthenticated_life_ns),
                      "unauthenticated");
    const ServerConnection& entered = *connection;
    connections_.insert(link.id(), connection.release());
    to_desk(Accepted{seat_of(entered), entered.accepted_from, entered.lane});
}

void ServerCoreImpl::on_ready(quic::Connection& link)
{
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr || !speaks_second(link)) return;
    connection->second = true;
    auto binding = session_binding(link);
    if (!binding.ok()) return link.close(0, "no_session_binding");
    connection->exporter = std::move(binding.value());
}

ServerConnection* ServerCoreImpl::connection_of(quic::Connection& link)
{
    return static_cast<ServerConnection*>(link.user);
}

Seat ServerCoreImpl::seat_of(const ServerConnection& connection) const
{
    return {config_.quic.loop_index, connection.link->id()};
}

void ServerCoreImpl::authenticate(ServerConnection& connection, HandshakeWork& work)
{
    const Candidate& candidate = work.candidate;
    // Of this loop's connections the older goes at once, so that its end is told before the newer
    // one's beginning; of another loop's by the desk's order.
    auto found = peers_.find(candidate.key);
    if (found != peers_.end() && found->second != &connection) {
        ++stats_.replaced;
        close_connection(*found->second, "replaced", Code::connection_lost);
    }
    // Another hotkey on the same connection replaces the first (upstream-S6).
    if (connection.authenticated && connection.key != candidate.key) forget_peer(connection);
    if (!connection.authenticated) {
        connection.authenticated = true;
        connection.key = candidate.key;
        peers_.emplace(candidate.key, &connection);
    }
    const bool first = connection.counted_unauthenticated;
    connection.attempt = work.attempt;
    connection.last_active_ns = now_.monotonic_ns;
    work.reserved = false;
    to_desk(Entered{seat_of(connection), connection.attempt, candidate.key,
                    connection.link->remote(), connection.link->path_validated(), first,
                    connection.lane});
    if (first) {
        connection.counted_unauthenticated = false;
        doorway_.leave(connection.accepted_from, connection.lane);
        quic::StreamLimits limits;
        limits.streams_open_max = config_.concurrent_streams_max;
        limits.connection_window = config_.quic.connection_window;
        connection.link->raise_limits(limits);
        connection.link->set_deadline(kNever, {});
        connection.link->set_keep_alive(config_.keep_alive_ns);
        connection.setup_ns = now_.monotonic_ns - connection.accepted_ns;
    }
    connection.hotkey_text = candidate.request.validator_hotkey;
    connection.hotkey_42 = codec::ss58_encode(candidate.key);
    connection.connection_id = work.connection_id;
    connection.clock_offset_ms = work.clock_offset_ms;
    PeerInfo info = peer_info(connection);
    outbox_.observed(info);
    outbox_.authenticated(std::move(info));
}

void ServerCoreImpl::forget_peer(ServerConnection& connection)
{
    if (!connection.authenticated) return;
    outbox_.gone(peer_info(connection));
    connection.authenticated = false;
    peers_.erase(connection.key);
    to_desk(Gone{seat_of(connection), connection.key, connection.accepted_from, false,
                 connection.lane});
}

void ServerCoreImpl::close_connection(ServerConnection& connection, std::string_view reason,
                                      Code why)
{
    connection.streams.for_each([this, why](ServerStream& stream) { give_up(stream, why); });
    forget_peer(connection);
    connection.link->close(0, reason);
}

PeerInfo ServerCoreImpl::peer_info(const ServerConnection& connection) const
{
    PeerInfo info;
    info.key = connection.key;
    info.hotkey_text = connection.hotkey_text;
    info.address = connection.link->remote();
    info.fingerprint = fingerprint();
    info.alpn = connection.link->alpn();
    info.connection = connection.link->id();
    info.setup_ns = connection.setup_ns;
    info.smoothed_rtt_ns = connection.link->stats().smoothed_rtt_ns;
    info.clock_offset_ms = connection.clock_offset_ms;
    return info;
}

void ServerCoreImpl::on_path_changed(quic::Connection& link, bool validated)
{
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr || !validated) return;
    judge_new_source(*connection);
    call_waiting(*connection);
}

// A new address is judged as a first contact would be, and not before it has answered: until then
// anybody may have written it (attack-A15). Who may not be heard from there is not served from there.
void ServerCoreImpl::judge_new_source(ServerConnection& connection)
{
    const Address& source = connection.link->remote();
    if (!connection.authenticated || source == connection.judged_at) return;
    connection.judged_at = source;
    connection.lane = doorway_.lane_of(source);
    if (connection.lane == Lane::blocked) {
        closures_.push_back({seat_of(connection), connection.attempt, kSourceBlocked});
        return;
    }
    to_desk(Moved{seat_of(connection), connection.key, source});
}

void ServerCoreImpl::on_closed(quic::Connection& link, const quic::CloseInfo&)
{
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr) return;
    if (connection->counted_unauthenticated) ++stats_.unauthenticated_closed;
    while (ServerStream* stream = connection->streams.any()) {
        give_up(*stream, Code::connection_lost);
        connection->streams.erase(static_cast<uint64_t>(stream->id));
        release(stream);
    }
    forget_peer(*connection);
    if (connection->counted_unauthenticated) {
        doorway_.leave(connection->accepted_from, connection->lane);
        to_desk(Gone{seat_of(*connection), std::nullopt, connection->accepted_from, true,
                     connection->lane});
    }
    connections_.erase(link.id());
    link.user = nullptr;
    delete connection;
}

}  // namespace ltn::transport
