// Connections: who may open one, who it belongs to, and that a hotkey has one (3.11, 3.12).
#include "transport/server_core.h"

namespace ltn::transport {

quic::Gate::Verdict ServerCoreImpl::admit(const Address& remote, bool)
{
    if (stop_ != Stop::running) return Verdict::refuse;
    if (peers_.size() >= config_.connections_max && peer_addresses_.count(remote) == 0) {
        return Verdict::refuse;
    }
    if (unauthenticated_ >= config_.unauthenticated_connections_max) return Verdict::refuse;
    auto found = unauthenticated_by_source_.find(source_key(remote));
    bool source_full = found != unauthenticated_by_source_.end() &&
                       found->second >= config_.unauthenticated_per_source_max;
    return source_full ? Verdict::refuse : Verdict::accept;
}

void ServerCoreImpl::on_accepted(quic::Connection& link)
{
    auto connection = std::make_unique<ServerConnection>();
    connection->link = &link;
    connection->accepted_from = link.remote();
    connection->source = source_key(link.remote());
    connection->accepted_ns = now_.monotonic_ns;
    count_unauthenticated(*connection);
    link.user = connection.get();
    link.set_deadline(saturating_add(now_.monotonic_ns, config_.unauthenticated_life_ns),
                      "unauthenticated");
    connections_.insert(link.id(), connection.release());
}

void ServerCoreImpl::on_ready(quic::Connection&) {}

ServerConnection* ServerCoreImpl::connection_of(quic::Connection& link)
{
    return static_cast<ServerConnection*>(link.user);
}

void ServerCoreImpl::count_unauthenticated(ServerConnection& connection)
{
    connection.counted_unauthenticated = true;
    ++unauthenticated_;
    ++unauthenticated_by_source_[connection.source];
}

void ServerCoreImpl::uncount_unauthenticated(ServerConnection& connection)
{
    if (!connection.counted_unauthenticated) return;
    connection.counted_unauthenticated = false;
    --unauthenticated_;
    auto found = unauthenticated_by_source_.find(connection.source);
    if (--found->second == 0) unauthenticated_by_source_.erase(found);
}

bool ServerCoreImpl::has_room_for(const ServerConnection& connection,
                                  const crypto::PublicKey& key) const
{
    return connection.authenticated || peers_.size() < config_.connections_max ||
           peers_.count(key) != 0;
}

void ServerCoreImpl::authenticate(ServerConnection& connection, const HandshakeWork& work)
{
    const Candidate& candidate = work.candidate;
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
        peer_addresses_.insert(connection.accepted_from);
    }
    if (connection.counted_unauthenticated) {
        uncount_unauthenticated(connection);
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
    outbox_.authenticated(peer_info(connection));
}

void ServerCoreImpl::forget_peer(ServerConnection& connection)
{
    if (!connection.authenticated) return;
    outbox_.gone(peer_info(connection));
    connection.authenticated = false;
    peers_.erase(connection.key);
    peer_addresses_.erase(peer_addresses_.find(connection.accepted_from));
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
    info.setup_ns = connection.setup_ns;
    info.smoothed_rtt_ns = connection.link->stats().smoothed_rtt_ns;
    info.clock_offset_ms = connection.clock_offset_ms;
    return info;
}

void ServerCoreImpl::on_path_changed(quic::Connection& link, bool validated)
{
    ServerConnection* connection = connection_of(link);
    if (connection != nullptr && validated) call_waiting(*connection);
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
    uncount_unauthenticated(*connection);
    connections_.erase(link.id());
    link.user = nullptr;
    delete connection;
}

}  // namespace ltn::transport
