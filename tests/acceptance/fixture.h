// A server and clients as the original's integration tests use them: handlers by name, a registry,
// queries by hotkey. Both real cores with real QUIC between them, in the simulator, on virtual time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acceptance/typed.h"
#include "base/log.h"
#include "codec/text.h"
#include "sim/network.h"
#include "transport/client.h"
#include "transport/server.h"

namespace ltn::acceptance {

// `data` in, `data` or an error out, as a handler is written by whoever serves.
using Handler = std::function<Result<Bytes>(ByteView data)>;
// How a streaming handler goes: its chunks, then how it ends.
struct StreamScript {
    std::vector<Bytes> chunks;
    enum class End { ok, error, never } end = End::ok;
};
using StreamHandler = std::function<StreamScript(ByteView data)>;

// Decodes the request into a structure, calls, encodes what comes back (11.7, 11.8).
template <class Request, class Function>
Handler typed(Function function)
{
    return [function](ByteView data) -> Result<Bytes> {
        auto request = from_data<Request>(data);
        if (!request.ok()) return request.error();
        auto answer = function(request.value());
        if (!answer.ok()) return answer.error();
        return to_data(answer.value());
    };
}

inline Error handler_error(std::string text)
{
    return Error(Code::handler, Category::handler, std::move(text));
}

Handler echo();

inline crypto::KeyPair fixture_key(uint8_t fill)
{
    (void)crypto::init();
    crypto::Seed seed;
    seed.fill(fill);
    return crypto::KeyPair::from_seed(seed);
}
// The fixture keys of 1.15: seeds of 32 equal bytes.
inline constexpr uint8_t kMiner = 1;
inline constexpr uint8_t kValidator = 2;

transport::Hotkey fixture_hotkey(uint8_t fill);

class Peer : public sim::Node {
public:
    Peer(sim::Network& network, uint8_t key_fill);

    const crypto::PublicKey& key() const { return keys_.public_key(); }
    sim::NodeId id() const { return id_; }
    Instant now() const { return network_.now(id_); }
    // How long its signer thinks.
    Nanos signer_delay_ns = 0;

protected:
    Bytes sign(ByteView message);
    // Runs unless this peer is gone by then.
    void later(Nanos delay_ns, std::function<void()> act);

    sim::Network& network_;
    crypto::KeyPair keys_;
    sim::SeededRandom random_;
    NullLog log_;
    sim::NodeId id_ = 0;
    std::shared_ptr<char> alive_ = std::make_shared<char>();
};

class Server final : public Peer, public transport::ServerEvents {
public:
    Server(sim::Network& network, uint8_t key_fill, const Address& address,
           transport::ServerConfig config);

    void handle(const std::string& name, Handler handler) { sync_[name] = std::move(handler); }
    // Answers `delay_ns` later; kNever: not at all.
    void handle_async(const std::string& name, Handler handler, Nanos delay_ns = kMillisecond);
    void handle_stream(const std::string& name, StreamHandler handler);

    // What a resolver of permits would answer; nothing: it fails. Without one nobody answers.
    std::function<std::optional<std::vector<crypto::PublicKey>>()> permit_resolver;
    std::function<std::optional<transport::SourcePolicy>()> source_resolver;

    transport::ServerCore& core() { return *core_; }
    const transport::ServerStats& stats() { return core_->stats(); }
    const Address& address() const { return address_; }
    void stop() { core_->stop(0, now()); }
    size_t requests_seen = 0;
    std::vector<Code> cancelled;

    void receive(const Datagram& datagram, Instant now) override { core_->receive(datagram, now); }
    Nanos next_expiry_ns() const override { return core_->next_expiry_ns(); }
    void handle_expiry(Instant now) override { core_->handle_expiry(now); }
    bool wants_flush() const override { return core_->wants_flush(); }
    bool flush(DatagramSink& sink, Instant now) override { return core_->flush(sink, now); }

private:
    struct Async {
        Handler handler;
        Nanos delay_ns = 0;
    };
    struct Running {
        StreamScript script;
        size_t next = 0;
    };

    void answer(transport::RequestId id, const Result<Bytes>& answer);
    void go_on(transport::RequestId id);

    transport::HandlerKind on_request(const transport::Request& request) override;
    void on_request_writable(transport::RequestId id) override { go_on(id); }
    void on_permits_wanted() override;
    void on_sources_wanted() override;
    void on_request_cancelled(transport::RequestId id, Code why) override;
    void on_sign(transport::SignId id, ByteView message) override;
    void on_sign_cancelled(transport::SignId) override {}
    void on_stopped() override {}

    Address address_;
    std::map<std::string, Handler> sync_;
    std::map<std::string, Async> async_;
    std::map<std::string, StreamHandler> streams_;
    std::map<transport::RequestId, Running> running_;
    std::unique_ptr<transport::ServerCore> core_;
};

// One line of a miner list.
struct Axon {
    uint8_t key_fill = kMiner;
    Address address;
};

struct StreamOutcome {
    std::vector<Bytes> chunks;
    Error error;
};

class Client final : public Peer, public transport::ClientEvents {
public:
    Client(sim::Network& network, uint8_t key_fill, const Address& address,
           transport::ClientConfig config);

    // The complete list of miners; returns when each has an outcome, which are returned in order.
    std::vector<Error> initialize_connections(const std::vector<Axon>& miners);
    std::vector<Error> update_registry(const std::vector<Axon>& miners);
    transport::CallResult query(uint8_t key_fill, const std::string& type, Bytes data,
                                Nanos timeout_ns = 60 * kSecond);
    // At an address that need not be registered.
    transport::CallResult query_at(const Axon& axon, const std::string& type, Bytes data,
                                   Nanos timeout_ns = 60 * kSecond);
    // Started now, awaited later.
    transport::CallId begin(uint8_t key_fill, const std::string& type, Bytes data,
                            Nanos timeout_ns = 60 * kSecond);
    transport::CallResult finish(transport::CallId id);
    transport::CallId begin_stream(uint8_t key_fill, const std::string& type, Bytes data,
                                   Nanos timeout_ns = 60 * kSecond);
    // Every chunk until the end.
    StreamOutcome collect(transport::CallId id);
    StreamOutcome query_stream(uint8_t key_fill, const std::string& type, Bytes data);
    const std::vector<Bytes>& chunks(transport::CallId id) { return chunks_[id]; }
    bool ended(transport::CallId id) const { return done_.count(id) != 0; }

    transport::ClientCore& core() { return *core_; }
    uint64_t connections() { return core_->stats().connections; }
    size_t active_miners();
    void close_all_connections();

    void receive(const Datagram& datagram, Instant now) override { core_->receive(datagram, now); }
    Nanos next_expiry_ns() const override { return core_->next_expiry_ns(); }
    void handle_expiry(Instant now) override { core_->handle_expiry(now); }
    bool wants_flush() const override { return core_->wants_flush(); }
    bool flush(DatagramSink& sink, Instant now) override { return core_->flush(sink, now); }

    // Why connections ended, newest last.
    std::vector<Error> disconnected;

private:
    transport::CallRequest request_for(uint8_t key_fill, const Address& address,
                                       const std::string& type, Bytes data, Nanos timeout_ns);
    // Where the hotkey is registered; none: nowhere, and the call has ended.
    std::optional<Address> address_of(uint8_t key_fill);

    void on_call_done(transport::CallId id, transport::CallResult result) override;
    void on_connect_done(transport::CallId, Error, const transport::PeerInfo&) override {}
    void on_sign(transport::SignId id, ByteView message) override;
    void on_sign_cancelled(transport::SignId) override {}
    void on_chunk(transport::CallId id, SharedBytes bytes) override;
    void on_miner_outcome(uint64_t ticket, size_t index, const Error& error) override;
    void on_registry_done(uint64_t ticket) override { registry_done_ = ticket; }
    void on_disconnected(const crypto::PublicKey&, const Address&, const Error& why) override;
    void on_stopped() override {}

    std::map<transport::CallId, transport::CallResult> done_;
    std::map<transport::CallId, std::vector<Bytes>> chunks_;
    std::vector<Error> outcomes_;
    transport::CallId next_call_ = 1;
    uint64_t ticket_ = 0;
    uint64_t registry_done_ = 0;
    std::unique_ptr<transport::ClientCore> core_;
};

// The network and everybody on it.
class World {
public:
    explicit World(uint64_t seed = 1) : network(seed) {}

    Server& server(transport::ServerConfig config = {}, uint8_t key_fill = kMiner);
    Client& client(transport::ClientConfig config = {}, uint8_t key_fill = kValidator);
    // Another client on the same machine as `other`.
    Client& neighbour(const Client& other, uint8_t key_fill, transport::ClientConfig config = {});
    void wait(Nanos duration_ns) { network.run_for(duration_ns); }
    bool until(const std::function<bool()>& reached, Nanos limit_ns = 120 * kSecond);

    sim::Network network;

private:
    Client& add_client(const Address& address, uint8_t key_fill, transport::ClientConfig config);

    // After the network, which calls into them.
    std::vector<std::unique_ptr<Peer>> peers_;
    uint8_t next_host_ = 1;
    uint16_t next_port_ = 40'000;
};

}  // namespace ltn::acceptance
