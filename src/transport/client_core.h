// The client job put together. One class, three files: the public face and the turn of events
// (client_core.cpp), dialling and proving (client_connection.cpp), calls (client_calls.cpp).
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "transport/client.h"
#include "transport/client_connection.h"
#include "transport/client_outbox.h"
#include "transport/endpoint_factory.h"

namespace ltn::transport {

class ClientCoreImpl final : public ClientCore, private quic::ConnectionEvents {
public:
    ClientCoreImpl(ClientConfig config, ClientEvents& events, Random& random, Log& log,
                   Instant now);
    ~ClientCoreImpl() override;
    Error open(const EndpointFactory& factory);

    Error call(CallRequest request, Instant now) override;
    Error open(CallRequest request, const StreamTerms& terms, Instant now) override;
    void taken(CallId id, size_t bytes, Instant now) override;
    void update_registry(uint64_t ticket, std::vector<RegistryEntry> entries, Instant now) override;
    std::vector<MinerInfo> miners() const override;
    std::optional<Address> registered_address(const crypto::PublicKey& key) const override;
    Error connect(CallId id, const crypto::PublicKey& peer, const Address& address,
                  Nanos deadline_ns, Instant now) override;
    bool has_route(const Address& address, const crypto::PublicKey& peer) const override;
    void cancel(CallId id, Instant now) override;
    Error sign_done(SignId id, const Result<Bytes>& signature, Instant now) override;

    bool is_handshake_work(const Datagram& datagram) const override;
    void receive(const Datagram& datagram, Instant now) override;
    Nanos next_expiry_ns() const override;
    void handle_expiry(Instant now) override;
    bool wants_flush() const override;
    bool flush(DatagramSink& sink, Instant now) override;
    void stop(Instant now) override;
    const ClientStats& stats() const override;
    std::vector<PeerInfo> peers() const override;

private:
    // Every public member opens one; the outermost delivers what came up meanwhile.
    class Turn {
    public:
        Turn(ClientCoreImpl& core, Instant now);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

    private:
        ClientCoreImpl& core_;
    };

    enum TimerKind : uint8_t { kCallDeadline, kDialTimeout, kSignTimeout };

    // quic::ConnectionEvents
    void on_ready(quic::Connection& link) override;
    void on_stream_data(quic::Connection& link, quic::StreamId stream, ByteView bytes,
                        bool fin) override;
    void on_stream_reset(quic::Connection& link, quic::StreamId stream, uint64_t code) override;
    void on_stop_sending(quic::Connection& link, quic::StreamId stream, uint64_t code) override;
    void on_stream_closed(quic::Connection& link, quic::StreamId stream) override;
    void on_streams_available(quic::Connection& link) override;
    void on_closed(quic::Connection& link, const quic::CloseInfo& info) override;

    // client_core.cpp
    void settle();
    void expire_timers();
    void check_stopped();

    // client_connection.cpp
    ClientConnection* connection_for(const Address& address);
    void dial(ClientConnection& connection);
    void dial_timed_out(ClientConnection& connection);
    void begin_proof(ClientConnection& connection);
    void request_signature(ClientConnection& connection);
    void send_proof(ClientConnection& connection);
    void proof_data(ClientConnection& connection, ByteView bytes, bool fin);
    void judge_proof(ClientConnection& connection, codec::FrameType type, ByteView payload);
    void proven(ClientConnection& connection, const crypto::PublicKey& key,
                const codec::HandshakeResponse& response);
    // The attempt failed: everyone who waits for it learns why, the connection goes.
    void proof_failed(ClientConnection& connection, const Error& error);
    // Takes it out of the table; what still hangs on it fails with `error`.
    void drop(ClientConnection& connection, const Error& error);
    void forget_signature(ClientConnection& connection);
    PeerInfo peer_info(const ClientConnection& connection) const;

    // client_calls.cpp
    Error accept(CallRequest request, bool is_connect);
    void route(Call& call);
    void dispatch(Call& call);
    void dispatch_waiting(ClientConnection& connection);
    // False: no stream to be had now.
    bool send(Call& call);
    void answer_data(Call& call, ByteView bytes, bool fin);
    void answer_complete(Call& call);
    bool wants_retry(Call& call, const codec::SynapseResponse& response);
    void abandon(Call& call);
    void finish(Call& call, Error error, SharedBytes data = {});
    void fail_all(LinkedList<Call>& calls, const Error& error);
    void fail_in_flight(ClientConnection& connection, const Error& error);
    Call* take_from_pool();

    ClientConfig config_;
    ClientEvents& events_;
    Random& random_;
    Log& log_;
    std::shared_ptr<BufferPool> buffers_ = BufferPool::create();
    Instant now_;
    int depth_ = 0;

    TimerHeap timers_;
    ClientOutbox outbox_;
    IdTable<Call> calls_;
    std::vector<std::unique_ptr<Call>> pool_;
    std::unordered_map<Address, std::unique_ptr<ClientConnection>, AddressHash> connections_;
    std::vector<ClientConnection*> to_dial_;
    std::vector<std::unique_ptr<ClientConnection>> gone_;
    IdTable<ClientConnection> signing_;
    SignId next_sign_ = 1;
    size_t links_ = 0;  // open or closing

    enum class Stop { running, asked, told_link, reported };
    Stop stop_ = Stop::running;
    mutable ClientStats stats_;

    // Last: it calls back into the members above until it is gone.
    std::unique_ptr<quic::Endpoint> endpoint_;
};

}  // namespace ltn::transport
