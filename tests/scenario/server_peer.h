// A server core as a node of the simulation, with its signer, its handler and a list of who proved
// who they are.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "scenario/scripted_signer.h"
#include "scenario/tally.h"
#include "sim/network.h"
#include "transport/server.h"

namespace ltn::scenario {

struct ServerTraits {
    bool address_validation = true;
    bool keeps_secret = true;  // a restarted server can reset old connections at once
};

class ServerPeer final : public sim::Node, public transport::ServerEvents {
public:
    ServerPeer(sim::Network& network, Tally& tally, sim::SeededRandom random, ServerTraits traits);

    void start(sim::NodeId id);
    sim::NodeId id() const { return id_; }
    const crypto::PublicKey& key() const { return signer_.key(); }
    ScriptedSigner& signer() { return signer_; }
    transport::ServerCore* core() { return core_.get(); }

    // Keys by the number that clients put into their requests.
    void know(std::vector<crypto::PublicKey> clients) { clients_ = std::move(clients); }
    void behave();
    // Why it refused handshakes, in numbers.
    std::string refusals() const;
    void stop(Nanos drain_ns);
    bool stopped() const { return stopped_; }
    // Without a word to anybody, as a machine that loses power.
    void destroy();

    void receive(const Datagram& datagram, Instant now) override { core_->receive(datagram, now); }
    Nanos next_expiry_ns() const override { return core_->next_expiry_ns(); }
    void handle_expiry(Instant now) override { core_->handle_expiry(now); }
    bool wants_flush() const override { return core_->wants_flush(); }
    bool flush(DatagramSink& sink, Instant now) override { return core_->flush(sink, now); }

    transport::HandlerKind on_request(const transport::Request& request) override;
    void on_request_cancelled(transport::RequestId id, Code why) override;
    void on_sign(transport::SignId id, ByteView message) override;
    void on_sign_cancelled(transport::SignId) override {}
    void on_peer_authenticated(const transport::PeerInfo& peer) override;
    void on_peer_gone(const crypto::PublicKey& key, const Address& address) override;
    void on_stopped() override;

private:
    void check_origin(const transport::Request& request);
    void later(Nanos delay_ns, std::function<void()> act);
    void answer(transport::RequestId id, const SharedBytes& data);

    sim::Network& network_;
    Tally& tally_;
    sim::SeededRandom random_;
    sim::SeededRandom core_random_;
    ScriptedSigner signer_;
    ServerTraits traits_;
    Bytes secret_;
    NullLog log_;
    std::unique_ptr<transport::ServerCore> core_;
    sim::NodeId id_ = 0;
    std::vector<crypto::PublicKey> clients_;
    std::multiset<crypto::PublicKey> authenticated_;
    std::set<transport::RequestId> open_;  // handed up, not answered, not cancelled
    std::shared_ptr<char> alive_ = std::make_shared<char>();
    bool well_behaved_ = false;
    bool stopped_ = false;
};

}  // namespace ltn::scenario
