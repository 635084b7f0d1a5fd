// A client core as a node of the simulation, with its signer, its readers of streams and the books
// of its calls and of its registry.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/log.h"
#include "scenario/dial_watch.h"
#include "scenario/scripted_signer.h"
#include "scenario/stream_order.h"
#include "scenario/tally.h"
#include "sim/network.h"
#include "transport/client.h"

namespace ltn::scenario {

constexpr Nanos kReconnectPauseMin = kSecond;
constexpr Nanos kReconnectPauseMax = 2 * kSecond;

enum class Reader : uint8_t { prompt, slow, leaving, idle };

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
    // A streamed answer of that many chunks, read in that manner.
    transport::CallId open(const crypto::PublicKey& peer, const Address& address, uint64_t chunks,
                           uint64_t chunk_len_max, Reader reader, Nanos deadline_ns);
    void update_registry(std::vector<transport::RegistryEntry> entries);
    void cancel(transport::CallId id);
    void stop();
    bool leaving() const { return leaving_; }
    bool stopped() const { return stopped_; }
    void destroy();

    size_t outstanding() const { return calls_.size(); }
    size_t updates_outstanding() const { return updates_.size(); }
    uint64_t lost_connections() const { return lost_connections_; }
    const DialWatch& dials() const { return dials_; }
    // What must hold between any two events.
    void check_books();
    uint64_t accepted() const { return accepted_; }
    uint64_t answered() const { return answered_; }

    void receive(const Datagram& datagram, Instant now) override { core_->receive(datagram, now); }
    Nanos next_expiry_ns() const override { return core_->next_expiry_ns(); }
    void handle_expiry(Instant now) override { core_->handle_expiry(now); }
    bool wants_flush() const override { return core_->wants_flush(); }
    bool flush(DatagramSink& sink, Instant now) override;

    void on_call_done(transport::CallId id, transport::CallResult result) override;
    void on_chunk(transport::CallId id, SharedBytes chunk) override;
    void on_miner_outcome(uint64_t ticket, size_t index, const Error& error) override;
    void on_registry_done(uint64_t ticket) override;
    void on_connected(const transport::PeerInfo& peer) override;
    void on_disconnected(const crypto::PublicKey&, const Address&, const Error&) override
    {
        ++lost_connections_;
    }
    void on_connect_done(transport::CallId, Error, const transport::PeerInfo&) override;
    void on_sign(transport::SignId id, ByteView message) override;
    void on_sign_cancelled(transport::SignId) override {}
    void on_stopped() override;

private:
    struct Call {
        SharedBytes data;
        Outcome outcome;
        std::optional<StreamOrder> order;
        Reader reader = Reader::prompt;
        uint64_t chunks = 0;  // read so far
        uint64_t leave_after = 0;
    };

    Error accept(transport::CallRequest request, Call call, const transport::StreamTerms* terms);
    void take(transport::CallId id, size_t bytes, const Call& call);
    void later(Nanos delay_ns, std::function<void()> act);

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
    std::map<uint64_t, std::vector<bool>> updates_;  // by ticket: which entries were answered
    uint64_t next_ticket_ = 1;
    uint64_t lost_connections_ = 0;
    DialWatch dials_{kReconnectPauseMin};
    std::shared_ptr<char> alive_ = std::make_shared<char>();
    bool leaving_ = false;
    bool stopped_ = false;
};

}  // namespace ltn::scenario
