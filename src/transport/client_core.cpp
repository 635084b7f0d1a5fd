#include "transport/client_core.h"

#include <algorithm>

#include "transport/peer_limits.h"
#include "transport/wire_token.h"

#include "transport/stream_codes.h"

namespace ltn::transport {

Result<std::unique_ptr<ClientCore>> create_client(ClientConfig config, ClientEvents& events,
                                                  Random& random, Log& log, Instant now,
                                                  const EndpointFactory& factory)
{
    if (!crypto::init()) {
        return Error(Code::internal, Category::local, "the cryptographic library did not start");
    }
    auto core = std::make_unique<ClientCoreImpl>(std::move(config), events, random, log, now);
    Error error = core->open(factory);
    if (!error.ok()) return error;
    return std::unique_ptr<ClientCore>(std::move(core));
}

ClientCoreImpl::ClientCoreImpl(ClientConfig config, ClientEvents& events, Random& random, Log& log,
                               Instant now)
    : config_(std::move(config)),
      events_(events),
      random_(random),
      log_(log),
      now_(now),
      registry_(random),
      failures_(config_.connections_max)
{
}

ClientCoreImpl::~ClientCoreImpl()
{
    // The endpoint goes first: nothing it says on its way out may reach freed tables.
    endpoint_.reset();
    calls_.for_each([](Call& call) { delete &call; });
}

Error ClientCoreImpl::open(const EndpointFactory& factory)
{
    quic::EndpointConfig link = config_.quic;
    link.alpn = offered_tokens(config_.wire_2, config_.require_wire_2);
    if (!config_.wire_2)
        link.udp_payload_max = std::min(link.udp_payload_max, quic::kUdpPayloadOld);
    link.idle_timeout_ns = config_.idle_timeout_ns;
    link.unanswered_ns = config_.unanswered_ns;
    link.keep_alive_ns = config_.keep_alive_ns;
    link.handshake_timeout_ns = config_.connect_timeout_ns;
    auto endpoint = factory(std::move(link), false, *this, nullptr, random_, log_, now_);
    if (!endpoint.ok()) return endpoint.error();
    endpoint_ = std::move(endpoint.value());
    return {};
}

ClientCoreImpl::Turn::Turn(ClientCoreImpl& core, Instant now) : core_(core)
{
    core_.now_ = now;
    ++core_.depth_;
}

ClientCoreImpl::Turn::~Turn()
{
    if (core_.depth_ == 1) core_.settle();
    --core_.depth_;
}

void ClientCoreImpl::settle()
{
    while (!outbox_.empty() || !to_dial_.empty() || stop_ == Stop::asked || dials_waiting() ||
           (updating_ && unanswered_ == 0)) {
        if (stop_ == Stop::asked) {
            // Not from stop() itself, which may run inside one of the link's events.
            stop_ = Stop::told_link;
            endpoint_->close_all("client_shutdown");
        }
        if (updating_ && unanswered_ == 0) finish_update();
        pump_dials();
        outbox_.deliver(events_);
        for (size_t i = 0; i < to_dial_.size(); ++i) {
            if (to_dial_[i]->state == ClientConnection::State::wanted) dial(*to_dial_[i]);
        }
        to_dial_.clear();
    }
    gone_.clear();
}

bool ClientCoreImpl::is_handshake_work(const Datagram& datagram) const
{
    return endpoint_->is_handshake_work(datagram);
}

void ClientCoreImpl::receive(const Datagram& datagram, Instant now)
{
    Turn turn(*this, now);
    endpoint_->receive(datagram, now);
}

Nanos ClientCoreImpl::next_expiry_ns() const
{
    // Everything is closed and sent: the owner still has to be told.
    if (stop_ == Stop::told_link && links_ == 0 && !endpoint_->wants_flush()) return 0;
    return std::min(endpoint_->next_expiry_ns(), timers_.next_ns());
}

void ClientCoreImpl::handle_expiry(Instant now)
{
    Turn turn(*this, now);
    endpoint_->handle_expiry(now);
    expire_timers();
    check_stopped();
}

void ClientCoreImpl::expire_timers()
{
    while (Timer* timer = timers_.pop_due(now_.monotonic_ns)) {
        switch (timer->kind) {
            case kCallDeadline: {
                Call& call = *static_cast<Call*>(timer->owner);
                abandon(call, stream_code::kDeadline);
                if (call.is_connect) {
                    finish(call,
                           Error(Code::deadline, Category::connection,
                                 "Connection to " + call.request.address.text() + " timed out"));
                } else {
                    finish(call, query_timed_out());
                }
                break;
            }
            case kCallTransfer: transfer_due(*static_cast<Call*>(timer->owner)); break;
            case kCallChunk: chunk_due(*static_cast<Call*>(timer->owner)); break;
            case kDialTimeout: dial_timed_out(*static_cast<ClientConnection*>(timer->owner)); break;
            case kPlaceRetry: place_due(*static_cast<Place*>(timer->owner)); break;
            case kSlotOver: release_slot(*static_cast<ClientConnection*>(timer->owner)); break;
            case kSignTimeout: {
                auto& connection = *static_cast<ClientConnection*>(timer->owner);
                proof_failed(connection,
                             Error(Code::signer_timeout, Category::signing,
                                   "expected an answer from the signer within " +
                                       std::to_string(config_.signer_timeout_ns / kMillisecond) +
                                       " ms, none came"));
                break;
            }
        }
    }
}

bool ClientCoreImpl::wants_flush() const
{
    return endpoint_->wants_flush();
}

bool ClientCoreImpl::flush(DatagramSink& sink, Instant now)
{
    Turn turn(*this, now);
    bool done = endpoint_->flush(sink, now);
    check_stopped();
    return done;
}

void ClientCoreImpl::check_stopped()
{
    if (stop_ != Stop::told_link || links_ != 0 || endpoint_->wants_flush()) return;
    stop_ = Stop::reported;
    outbox_.stopped();
}

void ClientCoreImpl::stop(Instant now)
{
    Turn turn(*this, now);
    if (stop_ != Stop::running) return;
    stop_ = Stop::asked;
    Error error(Code::shutdown, Category::local, "the client is shutting down");
    stop_registry(error);
    while (!connections_.empty()) {
        ClientConnection& connection = *connections_.begin()->second;
        if (connection.link != nullptr) connection.link->close(0, "client_shutdown");
        drop(connection, error);
    }
    while (Call* call = calls_.any()) finish(*call, error);
}

const ClientStats& ClientCoreImpl::stats() const
{
    stats_.connections = 0;
    for (const auto& [address, connection] : connections_) {
        if (connection->proven) ++stats_.connections;
    }
    stats_.calls_in_flight = calls_.size();
    stats_.unanswered = endpoint_->stats().unanswered;
    count_miners();
    return stats_;
}

std::vector<PeerInfo> ClientCoreImpl::peers() const
{
    std::vector<PeerInfo> out;
    for (const auto& [address, connection] : connections_) {
        if (connection->proven) out.push_back(peer_info(*connection));
    }
    return out;
}

bool ClientCoreImpl::has_route(const Address& address, const crypto::PublicKey& peer) const
{
    const ClientConnection* connection = find_connection(address);
    return connection != nullptr && connection->usable() && connection->peer.key == peer;
}

}  // namespace ltn::transport
