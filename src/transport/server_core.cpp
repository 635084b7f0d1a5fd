#include "transport/server_core.h"

#include <algorithm>

#include "transport/wire_token.h"

namespace ltn::transport {

namespace {

// How long a drained server waits for its last answers to be acknowledged.
constexpr Nanos kDrainLingerNs = 100 * kMillisecond;

}  // namespace

Result<std::unique_ptr<ServerCore>> create_server(ServerConfig config, ServerEvents& events,
                                                  Random& random, Log& log, Instant now,
                                                  const EndpointFactory& factory)
{
    if (!crypto::init()) {
        return Error(Code::internal, Category::local, "the cryptographic library did not start");
    }
    auto core = std::make_unique<ServerCoreImpl>(std::move(config), events, random, log, now);
    Error error = core->open(factory);
    if (!error.ok()) return error;
    return std::unique_ptr<ServerCore>(std::move(core));
}

ServerCoreImpl::ServerCoreImpl(ServerConfig config, ServerEvents& events, Random& random, Log& log,
                               Instant now)
    : config_(std::move(config)),
      events_(events),
      random_(random),
      log_(log),
      now_(now),
      admission_(config_),
      peers_(16, KeyedHash(random)),
      doorway_(config_, random),
      verify_queue_(random, config_.unauthenticated_per_source_max)
{
    if (!config_.desk_elsewhere) desk_ = std::make_unique<AdmissionDesk>(config_, random, now);
    housekeeping_.kind = kHousekeeping;
    drain_over_.kind = kDrainOver;
    desk_timer_.kind = kDesk;
    idle_sweep_.kind = kIdleSweep;
    room_look_.kind = kRoom;
}

ServerCoreImpl::~ServerCoreImpl()
{
    // The endpoint goes first: nothing it says on its way out may reach freed tables.
    endpoint_.reset();
    connections_.for_each([](ServerConnection& connection) {
        connection.streams.for_each([](ServerStream& stream) { delete &stream; });
        delete &connection;
    });
}

Error ServerCoreImpl::open(const EndpointFactory& factory)
{
    quic::EndpointConfig link = config_.quic;
    link.alpn = offered_tokens(config_.wire_2, config_.require_wire_2);
    if (!config_.wire_2)
        link.udp_payload_max = std::min(link.udp_payload_max, quic::kUdpPayloadOld);
    link.idle_timeout_ns = config_.idle_timeout_ns;
    link.unanswered_ns = config_.unanswered_ns;
    link.handshake_timeout_ns = config_.handshake_timeout_ns;
    // Chunks that no handler has taken have a budget of the same size as whole bodies.
    link.lent_max = config_.held_bytes_max;
    link.retry = !config_.require_address_validation ? quic::RetryPolicy::never
                 : config_.retry_adaptive            ? quic::RetryPolicy::adaptive
                                                     : quic::RetryPolicy::always;
    auto endpoint = factory(std::move(link), true, *this, this, random_, log_, now_);
    if (!endpoint.ok()) return endpoint.error();
    endpoint_ = std::move(endpoint.value());
    fingerprint_text_ = codec::base64_encode(fingerprint());
    timers_.set(housekeeping_,
                saturating_add(now_.monotonic_ns, config_.nonce_cleanup_interval_s * kSecond));
    arm_desk();
    arm_idle_sweep();
    return {};
}

ServerCoreImpl::Turn::Turn(ServerCoreImpl& core, Instant now) : core_(core)
{
    core_.now_ = now;
    ++core_.depth_;
}

ServerCoreImpl::Turn::~Turn()
{
    if (core_.depth_ == 1) core_.settle();
    --core_.depth_;
}

void ServerCoreImpl::settle()
{
    do {
        carry_out_closures();
        verify_queued();
        outbox_.deliver([this](ServerEvent& event) { hand_up(event); });
        check_drained();
        if (stop_ == Stop::draining && !told_stop_accepting_) {
            told_stop_accepting_ = true;
            endpoint_->stop_accepting();
        }
        if (stop_ == Stop::asked) {
            // Not from stop() itself, which may run inside one of the link's events.
            stop_ = Stop::told_link;
            connections_.for_each([this](ServerConnection& connection) {
                close_connection(connection, "server_shutdown", Code::shutdown);
            });
            endpoint_->close_all("server_shutdown");
        }
        deliver_desk_mail();
        arm_desk();
    } while (!outbox_.empty() || has_desk_mail());
}

void ServerCoreImpl::hand_up(ServerEvent& event)
{
    switch (event.kind) {
        case ServerEvent::Kind::requests: return hand_requests_up(event.id);
        case ServerEvent::Kind::request_writable: return deliver_writable(event.id);
        case ServerEvent::Kind::request_chunk:
        case ServerEvent::Kind::request_chunks_end: return deliver_chunk(event);
        case ServerEvent::Kind::request_cancelled:
            return events_.on_request_cancelled(event.id, event.why);
        case ServerEvent::Kind::sign: return events_.on_sign(event.id, as_bytes(event.message));
        case ServerEvent::Kind::sign_cancelled: return events_.on_sign_cancelled(event.id);
        case ServerEvent::Kind::authenticated: return events_.on_peer_authenticated(*event.peer);
        case ServerEvent::Kind::gone:
            return events_.on_peer_gone(event.peer->key, event.peer->address);
        case ServerEvent::Kind::observed:
            return events_.on_handshake_observed(event.peer->key, event.peer->address);
        case ServerEvent::Kind::permits_wanted: return events_.on_permits_wanted();
        case ServerEvent::Kind::sources_wanted: return events_.on_sources_wanted();
        case ServerEvent::Kind::stopped: return events_.on_stopped();
    }
}

bool ServerCoreImpl::is_handshake_work(const Datagram& datagram) const
{
    return endpoint_->is_handshake_work(datagram);
}

std::optional<uint8_t> ServerCoreImpl::owner_loop(const Datagram& datagram) const
{
    return endpoint_->owner_loop(datagram);
}

void ServerCoreImpl::receive(const Datagram& datagram, Instant now)
{
    Turn turn(*this, now);
    endpoint_->receive(datagram, now);
}

Nanos ServerCoreImpl::next_expiry_ns() const
{
    if (next_to_verify().has_value()) return 0;
    // Everything is closed and sent: the owner still has to be told.
    if (stop_ == Stop::told_link && connections_.empty() && !endpoint_->wants_flush()) return 0;
    return std::min(endpoint_->next_expiry_ns(), timers_.next_ns());
}

void ServerCoreImpl::handle_expiry(Instant now)
{
    Turn turn(*this, now);
    endpoint_->handle_expiry(now);
    expire_timers();
    check_stopped();
}

void ServerCoreImpl::expire_timers()
{
    while (Timer* timer = timers_.pop_due(now_.monotonic_ns)) {
        switch (timer->kind) {
            case kStreamTimer: stream_timer_due(*static_cast<ServerStream*>(timer->owner)); break;
            case kHousekeeping:
                if (desk_ != nullptr) desk_->forget_expired(now_);
                timers_.set(
                    housekeeping_,
                    saturating_add(now_.monotonic_ns, config_.nonce_cleanup_interval_s * kSecond));
                break;
            case kDesk: desk_due(); break;
            case kRoom: look_for_room(); break;
            case kIdleSweep:
                close_idle(config_.idle_sweep_ns);
                arm_idle_sweep();
                break;
            case kDrainOver:
                if (stop_ == Stop::draining) stop_ = Stop::asked;
                break;
        }
    }
}

void ServerCoreImpl::stream_timer_due(ServerStream& stream)
{
    switch (stream.phase) {
        case ServerStream::Phase::asking:
        case ServerStream::Phase::verifying:
        case ServerStream::Phase::proving: return refuse(stream, Refusal::capacity, false);
        case ServerStream::Phase::signing: return refuse(stream, Refusal::signer, false);
        case ServerStream::Phase::refusing: return send_refusal(stream);
        case ServerStream::Phase::held:
        case ServerStream::Phase::running: return handler_overdue(stream);
        case ServerStream::Phase::reading: return frame_overdue(stream);
        case ServerStream::Phase::delivering: return delivery_overdue(stream);
        case ServerStream::Phase::done: return;
    }
}

bool ServerCoreImpl::wants_flush() const
{
    // A flush ends the turn: the next signatures may be checked after it.
    return endpoint_->wants_flush() || (verifications_wait() && !next_to_verify().has_value());
}

bool ServerCoreImpl::flush(DatagramSink& sink, Instant now)
{
    bool done = false;
    {
        Turn turn(*this, now);
        done = endpoint_->flush(sink, now);
        check_stopped();
    }
    // A new turn: next_expiry_ns() asks for the next batch of signature checks at once.
    verified_this_turn_ = unknown_this_turn_ = 0;
    return done;
}

void ServerCoreImpl::stop(Nanos drain_ns, Instant now)
{
    Turn turn(*this, now);
    if (stop_ != Stop::running && stop_ != Stop::draining) return;
    if (drain_ns == 0) {
        stop_ = Stop::asked;
        return;
    }
    if (stop_ == Stop::draining) return;
    stop_ = Stop::draining;
    timers_.set(drain_over_, saturating_add(now.monotonic_ns, drain_ns));
}

void ServerCoreImpl::check_drained()
{
    if (stop_ != Stop::draining || !requests_.empty() || delivering_ != 0) return;
    bool all_acknowledged = true;
    connections_.for_each([&all_acknowledged](ServerConnection& connection) {
        if (!connection.link->closing() && connection.link->unacked_total() != 0) {
            all_acknowledged = false;
        }
    });
    if (all_acknowledged) {
        stop_ = Stop::asked;
    } else if (!drain_lingers_) {
        // The last answers are on their way. Peers that go on asking are answered with an error each,
        // which must not keep us here.
        drain_lingers_ = true;
        const Nanos linger_ns = saturating_add(now_.monotonic_ns, kDrainLingerNs);
        if (linger_ns < drain_over_.at_ns()) timers_.set(drain_over_, linger_ns);
    }
}

void ServerCoreImpl::check_stopped()
{
    if (stop_ != Stop::told_link || !connections_.empty() || endpoint_->wants_flush()) return;
    stop_ = Stop::reported;
    outbox_.stopped();
}

const ServerStats& ServerCoreImpl::stats() const
{
    stats_.requests_in_flight = requests_.size();
    stats_.requests_waiting = requests_waiting_;
    stats_.handlers_withdrawn = withdrawn_.size();
    stats_.held_bytes = held_bytes_;
    stats_.running_bytes = running_bytes_;
    stats_.unsent_bytes = endpoint_->stats().bytes_unacked;
    stats_.streams_open = streaming_;
    stats_.connections = connections_.size();
    stats_.authenticated = peers_.size();
    if (desk_ != nullptr) {
        stats_.nonces = desk_->nonces();
        desk_->lists().fill(stats_, now_.monotonic_ns);
    }
    return stats_;
}

const quic::EndpointStats& ServerCoreImpl::endpoint_stats() const
{
    return endpoint_->stats();
}

std::array<uint8_t, 32> ServerCoreImpl::fingerprint() const
{
    return endpoint_->own_fingerprint().value_or(quic::Fingerprint{});
}

std::vector<PeerInfo> ServerCoreImpl::peers() const
{
    std::vector<PeerInfo> out;
    for (const auto& [key, connection] : peers_) out.push_back(peer_info(*connection));
    return out;
}

}  // namespace ltn::transport
