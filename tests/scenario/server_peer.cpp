#include "scenario/server_peer.h"

#include <string>

#include "codec/text.h"

namespace ltn::scenario {

ServerPeer::ServerPeer(sim::Network& network, Tally& tally, sim::SeededRandom random,
                       ServerTraits traits)
    : network_(network),
      tally_(tally),
      random_(random),
      core_random_(random.fork(2)),
      signer_(network, tally, random.fork(3)),
      traits_(traits),
      secret_(32)
{
    core_random_.fill(secret_);
    for (const char* name :
         {"handle now", "handle late", "handle never", "handle fail", "handle unknown",
          "handle twice", "restart with the same secret", "restart with another secret",
          "permits changed", "permit refused", "permit withdrawn", "peer swept",
          "request cancelled", "stream sent at once", "stream sent slowly", "stream sent halfway",
          "stream failed halfway", "stream waits for room"}) {
        tally_.declare(name);
    }
}

void ServerPeer::start(sim::NodeId id)
{
    id_ = id;
    stopped_ = false;
    if (++starts_ > 1) {
        tally_.add(traits_.keeps_secret ? "restart with the same secret"
                                        : "restart with another secret");
    }
    transport::ServerConfig config;
    config.hotkey.key = signer_.key();
    config.hotkey.text = codec::ss58_encode(signer_.key());
    config.idle_timeout_ns = 30 * kSecond;
    config.keep_alive_ns = 10 * kSecond;
    config.handshake_timeout_ns = 5 * kSecond;
    config.unauthenticated_life_ns = 5 * kSecond;
    config.handler_timeout_ns = 5 * kSecond;
    config.signer_timeout_ns = 3 * kSecond;
    config.stream_first_chunk_timeout_ns = 5 * kSecond;
    config.stream_chunk_timeout_ns = 5 * kSecond;
    config.stream_buffer_bytes = 20'000;
    config.streaming_channel_buffer = 8;
    config.held_bytes_max = kHeldBytesMax;
    config.requests_per_peer_max = kRequestsPerPeerMax;
    config.require_validator_permit = traits_.permits;
    config.wire_2 = traits_.second_token;
    config.permit_grace_ns = kPermitGrace;
    config.require_address_validation = traits_.address_validation;
    // Budgets against strangers have tests of their own; here every try counts.
    config.handshake_attempts_per_minute_max = 100'000;
    config.hotkey_attempts_per_minute_max = 100'000;
    config.unauthenticated_per_source_max = 1'000;
    if (traits_.keeps_secret) config.quic.server_secret = secret_;
    auto made = transport::ServerCore::create(std::move(config), *this, core_random_, log_,
                                              network_.now(id));
    if (!made.ok()) {
        network_.violate("server does not start: " + made.error().display());
        return;
    }
    core_ = std::move(made.value());
}

void ServerPeer::behave()
{
    well_behaved_ = true;
    signer_.behave();
    unpermitted_ns_.clear();
    if (core_ != nullptr && traits_.permits) core_->set_permits(permitted(), network_.now(id_));
}

std::vector<crypto::PublicKey> ServerPeer::permitted() const
{
    std::vector<crypto::PublicKey> out;
    for (const crypto::PublicKey& key : clients_) {
        if (unpermitted_ns_.count(key) == 0) out.push_back(key);
    }
    return out;
}

void ServerPeer::change_permits()
{
    if (core_ == nullptr || !traits_.permits || well_behaved_) return;
    tally_.add("permits changed");
    for (const crypto::PublicKey& key : clients_) {
        if (random_.chance(400)) {
            unpermitted_ns_.try_emplace(key, network_.now_ns());
        } else {
            unpermitted_ns_.erase(key);
        }
    }
    core_->set_permits(permitted(), network_.now(id_));
}

void ServerPeer::on_permits_wanted()
{
    if (core_ != nullptr) core_->set_permits(permitted(), network_.now(id_));
}

void ServerPeer::check_permit(const crypto::PublicKey& key)
{
    const auto lost = unpermitted_ns_.find(key);
    if (!traits_.permits || lost == unpermitted_ns_.end()) return;
    // One that slept learns only in its next turn what became of the time.
    const Nanos end_ns = lost->second + kPermitGrace;
    if (network_.now_ns() <= end_ns || flushed_ns_ <= end_ns) return;
    network_.violate("a request ran for a peer whose permit and its grace are over");
}

void ServerPeer::sweep_idle()
{
    if (core_ == nullptr || core_->stats().connections == 0) return;
    tally_.add("peer swept", core_->sweep_idle(5 * kSecond, network_.now(id_)));
}

bool ServerPeer::flush(DatagramSink& sink, Instant now)
{
    flushed_ns_ = now.monotonic_ns;
    return core_->flush(sink, now);
}

std::string ServerPeer::refusals() const
{
    if (core_ == nullptr) return "no server";
    const transport::ServerStats& stats = core_->stats();
    const std::pair<const char*, uint64_t> all[] = {
        {"rate", stats.refused_rate},           {"hotkey rate", stats.refused_hotkey_rate},
        {"malformed", stats.refused_malformed}, {"clock", stats.refused_clock},
        {"nonce", stats.refused_nonce},         {"signature", stats.refused_signature},
        {"capacity", stats.refused_capacity},   {"signer", stats.refused_signer},
        {"permit", stats.refused_permit},
    };
    std::string out;
    for (const auto& [name, count] : all) {
        if (count == 0) continue;
        if (!out.empty()) out += ", ";
        out += name + (" " + std::to_string(count));
    }
    return out.empty() ? "none" : out;
}

void ServerPeer::stop(Nanos drain_ns)
{
    core_->stop(drain_ns, network_.now(id_));
}

void ServerPeer::destroy()
{
    signer_.forget();
    alive_ = std::make_shared<char>();
    if (core_ != nullptr) {
        tally_.add("permit refused", core_->stats().refused_permit);
        tally_.add("permit withdrawn", core_->stats().closed_permit);
    }
    core_.reset();
    authenticated_.clear();
    open_.clear();
    open_of_.clear();
    streams_.clear();
}

void ServerPeer::later(Nanos delay_ns, std::function<void()> act)
{
    network_.after(delay_ns, [alive = std::weak_ptr<char>(alive_), act = std::move(act)] {
        if (!alive.expired()) act();
    });
}

void ServerPeer::check_origin(const transport::Request& request)
{
    if (authenticated_.count(request.peer) == 0) {
        network_.violate("a request ran for a peer that is not authenticated");
    }
    const uint64_t number = number_in(request.data.view(), "c");
    if (number >= clients_.size() || clients_[number] != request.peer) {
        network_.violate("a request ran under another identity than its sender's");
    }
    check_permit(request.peer);
    if (!open_.emplace(request.id, request.peer).second) {
        network_.violate("a request was handed up twice");
    }
    if (++open_of_[request.peer] > kRequestsPerPeerMax) {
        network_.violate("one peer has more requests running than it may");
    }
}

bool ServerPeer::close(transport::RequestId id)
{
    const auto found = open_.find(id);
    if (found == open_.end()) return false;
    --open_of_[found->second];
    open_.erase(found);
    streams_.erase(id);
    return true;
}

void ServerPeer::check_books()
{
    if (core_ == nullptr) return;
    const transport::ServerStats& stats = core_->stats();
    if (stats.held_bytes > kHeldBytesMax) {
        network_.violate("the server holds " + std::to_string(stats.held_bytes) +
                         " bytes of requests, " + std::to_string(kHeldBytesMax) +
                         " are its budget");
    }
    if (stats.requests_in_flight < open_.size()) {
        network_.violate("the server forgot requests that are still open");
    }
    // One entry to a key: a repeated proof is told again, and a newer connection of the same peer
    // only after the older one went.
    if (stats.authenticated != authenticated_.size()) {
        network_.violate("the server counts " + std::to_string(stats.authenticated) + " peers, " +
                         std::to_string(authenticated_.size()) + " came and did not go");
    }
}

void ServerPeer::begin_stream(const transport::Request& request)
{
    const auto order = decode_order(request.data.view());
    if (!order.has_value()) return network_.violate("an order for a stream came out of shape");
    Stream stream;
    stream.order = *order;
    stream.stop_at = order->chunks;
    const uint64_t dice = well_behaved_ ? 0 : random_.below(100);
    if (dice < 50) {
        tally_.add("stream sent at once");
    } else if (dice < 80) {
        tally_.add("stream sent slowly");
        stream.paced = true;
    } else if (dice < 90) {
        tally_.add("stream failed halfway");
        stream.stop_at /= 2;
        stream.fails = true;
    } else {
        tally_.add("stream sent halfway");
        stream.stop_at /= 2;
    }
    streams_[request.id] = stream;
    push(request.id);
}

void ServerPeer::push(transport::RequestId id)
{
    for (;;) {
        const auto found = streams_.find(id);
        if (found == streams_.end()) return;
        Stream& stream = found->second;
        if (stream.sent == stream.stop_at) {
            if (stream.sent == stream.order.chunks) return finish_stream(id, true);
            if (stream.fails) return finish_stream(id, false);
            return;
        }
        const Error error = core_->send_chunk(
            id, SharedBytes::take(ordered_chunk(stream.order, stream.sent)), network_.now(id_));
        if (error.code == Code::full) return tally_.add("stream waits for room");
        if (!error.ok()) return;  // its connection is ending: the withdrawal follows
        // What came up meanwhile may have ended it.
        const auto still = streams_.find(id);
        if (still == streams_.end()) return;
        ++still->second.sent;
        if (!still->second.paced) continue;
        return later(random_.between(1, 400) * kMillisecond, [this, id] { push(id); });
    }
}

void ServerPeer::finish_stream(transport::RequestId id, bool well)
{
    close(id);
    const Error error =
        well ? core_->end_stream(id, network_.now(id_)) : core_->fail(id, network_.now(id_));
    if (!error.ok()) network_.violate("the end of a stream was refused: " + error.display());
}

void ServerPeer::answer(transport::RequestId id, const SharedBytes& data)
{
    const bool expected = close(id);
    const Error error = core_->answer(id, data, network_.now(id_));
    if (error.ok() != expected) {
        network_.violate("an answer was " + std::string(error.ok() ? "taken" : "refused") +
                         " against what the server had said of the request");
    }
}

transport::HandlerKind ServerPeer::on_request(const transport::Request& request)
{
    check_origin(request);
    const transport::RequestId id = request.id;
    const SharedBytes data = request.data;
    if (request.synapse_type == "stream") {
        begin_stream(request);
        return transport::HandlerKind::stream;
    }
    const uint64_t dice = well_behaved_ ? 0 : random_.below(100);
    if (dice < 70) {
        tally_.add("handle now");
        answer(id, data);
    } else if (dice < 84) {
        tally_.add("handle late");
        later(random_.between(1, 7'000) * kMillisecond, [this, id, data] { answer(id, data); });
    } else if (dice < 88) {
        tally_.add("handle never");
    } else if (dice < 93) {
        tally_.add("handle fail");
        close(id);
        if (!core_->fail(id, network_.now(id_)).ok()) network_.violate("fail() was refused");
    } else if (dice < 96) {
        tally_.add("handle unknown");
        close(id);
        return transport::HandlerKind::none;
    } else {
        tally_.add("handle twice");
        answer(id, data);
        answer(id, data);
    }
    return transport::HandlerKind::unary;
}

void ServerPeer::on_request_cancelled(transport::RequestId id, Code)
{
    tally_.add("request cancelled");
    if (!close(id)) network_.violate("a request was cancelled that was not open");
}

void ServerPeer::on_sign(transport::SignId id, ByteView message)
{
    signer_.ask(id, message, [this](transport::SignId which, const Result<Bytes>& signature) {
        return core_->sign_done(which, signature, network_.now(id_));
    });
}

void ServerPeer::on_peer_authenticated(const transport::PeerInfo& peer)
{
    tally_.add("authenticated");
    authenticated_.insert(peer.key);
}

void ServerPeer::on_peer_gone(const crypto::PublicKey& key, const Address&)
{
    const auto found = authenticated_.find(key);
    if (found == authenticated_.end()) {
        network_.violate("a peer went that was not there");
        return;
    }
    authenticated_.erase(found);
}

void ServerPeer::on_stopped()
{
    if (stopped_) network_.violate("a server stopped twice");
    stopped_ = true;
}

}  // namespace ltn::scenario
