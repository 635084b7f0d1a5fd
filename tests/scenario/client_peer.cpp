#include "scenario/client_peer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "codec/msgpack.h"

namespace ltn::scenario {

SharedBytes make_data(uint64_t client, uint64_t call, size_t payload_len, sim::SeededRandom& random)
{
    Bytes payload(payload_len);
    random.fill(payload);
    Bytes out;
    codec::msgpack::Writer writer(out);
    writer.map(3);
    writer.str("c");
    writer.unsigned_int(client);
    writer.str("i");
    writer.unsigned_int(call);
    writer.str("p");
    writer.bin(payload);
    return SharedBytes::take(std::move(out));
}

ClientPeer::ClientPeer(sim::Network& network, Tally& tally, sim::SeededRandom random,
                       uint64_t number)
    : network_(network),
      tally_(tally),
      random_(random),
      core_random_(random.fork(2)),
      signer_(network, tally, random.fork(3)),
      number_(number)
{
}

void ClientPeer::start(sim::NodeId id)
{
    id_ = id;
    transport::ClientConfig config;
    config.hotkey.key = signer_.key();
    config.hotkey.text = codec::ss58_encode(signer_.key());
    config.connect_timeout_ns = 5 * kSecond;
    config.idle_timeout_ns = 30 * kSecond;
    config.keep_alive_ns = 10 * kSecond;
    config.signer_timeout_ns = 3 * kSecond;
    // Bounds how long a healed line may go unused.
    config.reconnect_max_backoff_ns = kReconnectPauseMax;
    config.reconnect_slow_probe_ns = kReconnectPauseMax;
    auto made = transport::ClientCore::create(std::move(config), *this, core_random_, log_,
                                              network_.now(id));
    if (!made.ok()) {
        network_.violate("client does not start: " + made.error().display());
        return;
    }
    core_ = std::move(made.value());
}

transport::CallId ClientPeer::call(const crypto::PublicKey& peer, const Address& address,
                                   size_t payload_len, Nanos deadline_ns, Outcome outcome)
{
    const transport::CallId id = next_call_++;
    transport::CallRequest request;
    request.id = id;
    request.peer = peer;
    request.address = address;
    request.synapse_type = "echo";
    request.data = make_data(number_, id, payload_len, random_);
    request.deadline_ns = deadline_ns;
    // Booked first: the outcome may come inside call().
    calls_[id] = Call{request.data, std::move(outcome)};
    const Error error = core_->call(std::move(request), network_.now(id_));
    if (error.ok()) {
        ++accepted_;
    } else {
        if (calls_.erase(id) == 0) network_.violate("a rejected call was answered");
        tally_.add("call rejected");
    }
    return id;
}

void ClientPeer::cancel(transport::CallId id)
{
    if (core_ == nullptr) return;
    core_->cancel(id, network_.now(id_));
    if (calls_.count(id) != 0) network_.violate("a cancelled call was not answered at once");
}

void ClientPeer::stop()
{
    leaving_ = true;
    core_->stop(network_.now(id_));
    if (!calls_.empty()) network_.violate("stop left calls without an answer");
}

void ClientPeer::destroy()
{
    signer_.forget();
    core_.reset();
    calls_.clear();
}

void ClientPeer::on_call_done(transport::CallId id, transport::CallResult result)
{
    const auto found = calls_.find(id);
    if (found == calls_.end()) {
        network_.violate("call " + std::to_string(id) + " was answered twice or never made");
        return;
    }
    ++answered_;
    Call call = std::move(found->second);
    calls_.erase(found);
    tally_.add("outcome " + std::string(code_name(result.error.code)));
    if (result.error.ok()) {
        const ByteView sent = call.data.view();
        const ByteView got = result.data.view();
        if (!std::equal(sent.begin(), sent.end(), got.begin(), got.end())) {
            network_.violate("call " + std::to_string(id) + " got another answer than its own");
        }
    }
    if (call.outcome) call.outcome(result);
}

void ClientPeer::on_connect_done(transport::CallId, Error, const transport::PeerInfo&)
{
    network_.violate("a connect was answered that nobody asked for");
}

void ClientPeer::on_sign(transport::SignId id, ByteView message)
{
    signer_.ask(id, message, [this](transport::SignId which, const Result<Bytes>& signature) {
        return core_->sign_done(which, signature, network_.now(id_));
    });
}

void ClientPeer::on_stopped()
{
    if (stopped_) network_.violate("a client stopped twice");
    stopped_ = true;
}

}  // namespace ltn::scenario
