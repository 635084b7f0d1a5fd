#include "scenario/server_peer.h"

#include <string>

#include "codec/msgpack.h"
#include "codec/text.h"

namespace ltn::scenario {

namespace {

uint64_t number_in(ByteView data, std::string_view key)
{
    const ByteView value = codec::msgpack::find(data, key);
    if (value.empty()) return UINT64_MAX;
    auto token = codec::msgpack::Reader(value).next();
    if (!token.ok() || token->kind != codec::msgpack::Kind::unsigned_int) return UINT64_MAX;
    return token->u64;
}

}  // namespace

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
    for (const char* name : {"handle now", "handle late", "handle never", "handle fail",
                             "handle unknown", "handle twice", "request cancelled"}) {
        tally_.declare(name);
    }
}

void ServerPeer::start(sim::NodeId id)
{
    id_ = id;
    stopped_ = false;
    transport::ServerConfig config;
    config.hotkey.key = signer_.key();
    config.hotkey.text = codec::ss58_encode(signer_.key());
    config.idle_timeout_ns = 30 * kSecond;
    config.keep_alive_ns = 10 * kSecond;
    config.handshake_timeout_ns = 5 * kSecond;
    config.unauthenticated_life_ns = 5 * kSecond;
    config.handler_timeout_ns = 5 * kSecond;
    config.signer_timeout_ns = 3 * kSecond;
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
    core_.reset();
    authenticated_.clear();
    open_.clear();
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
    if (!open_.insert(request.id).second) network_.violate("a request was handed up twice");
}

void ServerPeer::answer(transport::RequestId id, const SharedBytes& data)
{
    const bool expected = open_.erase(id) != 0;
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
        open_.erase(id);
        if (!core_->fail(id, network_.now(id_)).ok()) network_.violate("fail() was refused");
    } else if (dice < 96) {
        tally_.add("handle unknown");
        open_.erase(id);
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
    if (open_.erase(id) == 0) network_.violate("a request was cancelled that was not open");
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
