// A client core as a node of the simulation, with its signer and the book of its calls.
#pragma once

#include <map>
#include <memory>

#include "base/log.h"
#include "scenario/scripted_signer.h"
#include "scenario/tally.h"
#include "sim/network.h"
#include "transport/client.h"

namespace ltn::scenario {

constexpr Nanos kReconnectPauseMax = 2 * kSecond;

// {"c": client, "i": call, "p": payload}: says from whom it is, so that the server can compare.
SharedBytes make_data(uint64_t client, uint64_t call, size_t payload_len,
                      sim::SeededRandom& random);

class ClientPeer final : public sim::Node, public transport::ClientEvents {
public:
    using Outcome = std::function<void(const transport::CallResult&)>;

    ClientPeer(sim::Network& network, Tally& tally, sim::SeededRandom random, uint64_t number);

    void start(sim::NodeId id);
    sim::NodeId id() const { return id_; }
    const crypto::PublicKey& key() const { return signer_.key(); }
    ScriptedSigner& signer() { return signer_; }
    transport::ClientCore* core() { return core_.get(); }

    // `outcome` (may be empty) is told how it ended. Returns the call's id.
    transport::CallId call(const crypto::PublicKey& peer, const Address& address,
                           size_t payload_len, Nanos deadline_ns, Outcome outcome);
    void cancel(transport::CallId id);
    void stop();
    bool leaving() const { return leaving_; }
    bool stopped() const { return stopped_; }
    void destroy();

    size_t outstanding() const { return calls_.size(); }
    uint64_t accepted() const { return accepted_; }
    uint64_t answered() const { return answered_; }

    void receive(const Datagram& datagram, Instant now) override { core_->receive(datagram, now); }
    Nanos next_expiry_ns() const override { return core_->next_expiry_ns(); }
    void handle_expiry(Instant now) override { core_->handle_expiry(now); }
    bool wants_flush() const override { return core_->wants_flush(); }
    bool flush(DatagramSink& sink, Instant now) override { return core_->flush(sink, now); }

    void on_call_done(transport::CallId id, transport::CallResult result) override;
    void on_connect_done(transport::CallId, Error, const transport::PeerInfo&) override;
    void on_sign(transport::SignId id, ByteView message) override;
    void on_sign_cancelled(transport::SignId) override {}
    void on_stopped() override;

private:
    struct Call {
        SharedBytes data;
        Outcome outcome;
    };

    sim::Network& network_;
    Tally& tally_;
    sim::SeededRandom random_;
    sim::SeededRandom core_random_;
    ScriptedSigner signer_;
    uint64_t number_;
    NullLog log_;
    std::unique_ptr<transport::ClientCore> core_;
    sim::NodeId id_ = 0;
    std::map<transport::CallId, Call> calls_;
    transport::CallId next_call_ = 1;
    uint64_t accepted_ = 0;
    uint64_t answered_ = 0;
    bool leaving_ = false;
    bool stopped_ = false;
};

}  // namespace ltn::scenario
