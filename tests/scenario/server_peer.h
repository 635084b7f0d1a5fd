// A server core as a node of the simulation, with its signer, its handler and a list of who proved
// who they are.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "scenario/scripted_signer.h"
#include "scenario/stream_order.h"
#include "scenario/tally.h"
#include "sim/network.h"
#include "transport/server.h"

namespace ltn::scenario {

struct ServerTraits {
    bool address_validation = true;
    bool keeps_secret = true;  // a restarted server can reset old connections at once
    bool permits = false;      // admits only who is on a list
    bool second_token = true;  // else it speaks btlightning alone
};

// Small enough to be reached.
constexpr uint64_t kHeldBytesMax = 3 << 20;
constexpr uint64_t kRequestsPerPeerMax = 12;
constexpr Nanos kPermitGrace = 2 * kSecond;

// Keeps by how many seconds a refused peer's clock was ahead of ours: the server's operator reads it.
class ClockLog final : public Log {
public:
    std::string peer_ahead_s;
    void write(LogLevel, std::string_view event, std::initializer_list<LogField> fields) override
    {
        if (event != "handshake_refused") return;
        for (const LogField& field : fields) {
            if (field.key == "peer_clock_ahead_s") peer_ahead_s = field.value;
        }
    }
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
    // Some lose their permit, some get it back.
    void change_permits();
    void sweep_idle();
    size_t authenticated() const { return authenticated_.size(); }
    const ClockLog& log() const { return log_; }
    // Why it refused handshakes, in numbers.
    std::string refusals() const;
    void stop(Nanos drain_ns);
    bool stopped() const { return stopped_; }
    bool lost_secret() const { return starts_ > 1 && !traits_.keeps_secret; }
    // What must hold between any two events.
    void check_books();
    // Without a word to anybody, as a machine that loses power.
    void destroy();

    void receive(const Datagram& datagram, Instant now) override { core_->receive(datagram, now); }
    Nanos next_expiry_ns() const override { return core_->next_expiry_ns(); }
    void handle_expiry(Instant now) override { core_->handle_expiry(now); }
    bool wants_flush() const override { return core_->wants_flush(); }
    bool flush(DatagramSink& sink, Instant now) override;

    transport::HandlerKind on_request(const transport::Request& request) override;
    void on_permits_wanted() override;
    void on_request_writable(transport::RequestId id) override { push(id); }
    void on_request_cancelled(transport::RequestId id, Code why) override;
    void on_sign(transport::SignId id, ByteView message) override;
    void on_sign_cancelled(transport::SignId) override {}
    void on_peer_authenticated(const transport::PeerInfo& peer) override;
    void on_peer_gone(const crypto::PublicKey& key, const Address& address) override;
    void on_stopped() override;

private:
    struct Stream {
        StreamOrder order;
        uint64_t sent = 0;
        uint64_t stop_at = 0;  // sends no more than so many chunks
        bool fails = false;    // ends there with an error, else not at all
        bool paced = false;
    };

    std::vector<crypto::PublicKey> permitted() const;
    void check_permit(const crypto::PublicKey& key);
    void begin_stream(const transport::Request& request);
    // As many chunks as are taken, or one if it is paced.
    void push(transport::RequestId id);
    void finish_stream(transport::RequestId id, bool well);
    void check_origin(const transport::Request& request);
    // False: it was not open.
    bool close(transport::RequestId id);
    void later(Nanos delay_ns, std::function<void()> act);
    void answer(transport::RequestId id, const SharedBytes& data);

    sim::Network& network_;
    Tally& tally_;
    sim::SeededRandom random_;
    sim::SeededRandom core_random_;
    ScriptedSigner signer_;
    ServerTraits traits_;
    Bytes secret_;
    ClockLog log_;
    std::unique_ptr<transport::ServerCore> core_;
    sim::NodeId id_ = 0;
    std::vector<crypto::PublicKey> clients_;
    std::set<crypto::PublicKey> authenticated_;
    // Handed up, not answered, not cancelled.
    std::map<transport::RequestId, crypto::PublicKey> open_;
    std::map<crypto::PublicKey, uint64_t> open_of_;
    std::map<transport::RequestId, Stream> streams_;
    std::shared_ptr<char> alive_ = std::make_shared<char>();
    std::map<crypto::PublicKey, Nanos> unpermitted_ns_;  // since when
    Nanos flushed_ns_ = 0;
    uint64_t starts_ = 0;
    bool well_behaved_ = false;
    bool stopped_ = false;
};

}  // namespace ltn::scenario
