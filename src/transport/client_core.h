// The client job put together. One class, several files: the public face and the turn of events
// (client_core.cpp), dialling and proving (client_connection.cpp), calls (client_calls.cpp) and
// where they go (client_route.cpp), updates of the registry (client_registry.cpp) and what keeps
// its miners connected (client_reconnect.cpp).
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "transport/client.h"
#include "transport/client_connection.h"
#include "transport/client_outbox.h"
#include "transport/endpoint_factory.h"
#include "transport/failure_memory.h"
#include "transport/registry.h"

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
    Error send_chunk(CallId id, SharedBytes chunk, Instant now) override;
    Error end_chunks(CallId id, Instant now) override;
    void update_registry(uint64_t ticket, std::vector<RegistryEntry> entries, Instant now) override;
    std::vector<MinerInfo> miners() const override;
    std::optional<Address> registered_address(const crypto::PublicKey& key) const override;
    Error connect(CallId id, const crypto::PublicKey& peer, const Address& address,
                  Nanos deadline_ns, Instant now) override;
    bool has_route(const Address& address, const crypto::PublicKey& peer) const override;
    void cancel(CallId id, Instant now) override;
    void set_limits(const ClientLimits& limits, Instant now) override;
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

    enum TimerKind : uint8_t {
        kCallDeadline,
        kCallTransfer,
        kCallChunk,
        kDialTimeout,
        kSignTimeout,
        kPlaceRetry,
        kSlotOver,
    };

    // quic::ConnectionEvents
    void on_ready(quic::Connection& link) override;
    void on_stream_data(quic::Connection& link, quic::StreamId stream, ByteView bytes,
                        bool fin) override;
    void on_stream_reset(quic::Connection& link, quic::StreamId stream, uint64_t code) override;
    void on_stop_sending(quic::Connection& link, quic::StreamId stream, uint64_t code) override;
    void on_stream_flushed(quic::Connection& link, quic::StreamId stream) override;
    void on_stream_room(quic::Connection& link, quic::StreamId stream) override;
    void on_stream_closed(quic::Connection& link, quic::StreamId stream) override;
    void on_streams_available(quic::Connection& link) override;
    void on_closed(quic::Connection& link, const quic::CloseInfo& info) override;

    // client_core.cpp
    void settle();
    void expire_timers();
    void check_stopped();

    // client_connection.cpp
    ClientConnection* find_connection(const Address& address) const;
    // Null: no room.
    ClientConnection* connection_for(const Address& address);
    void want_dial(ClientConnection& connection);
    void dial(ClientConnection& connection);
    void dial_timed_out(ClientConnection& connection);
    void begin_proof(ClientConnection& connection);
    // client_proof.cpp: of the second token.
    crypto::PublicKey expected_at(const ClientConnection& connection) const;
    Error bind_session(ClientConnection& connection);
    void told_of_another(ClientConnection& connection, const codec::HandshakeResponse& response);

    void request_signature(ClientConnection& connection);
    void send_proof(ClientConnection& connection);
    void proof_data(ClientConnection& connection, ByteView bytes, bool fin);
    void judge_proof(ClientConnection& connection, codec::FrameType type, ByteView payload);
    // Of those who wait for the handshake; the others' calls end here.
    bool anybody_wants(ClientConnection& connection, const std::optional<crypto::PublicKey>& named);
    Error refuse_others(ClientConnection& connection, const std::optional<crypto::PublicKey>& named,
                        const codec::HandshakeResponse& response);
    void proven(ClientConnection& connection, const crypto::PublicKey& key,
                const codec::HandshakeResponse2& response);
    // The attempt failed: everyone who waits for it learns why, the connection goes.
    void proof_failed(ClientConnection& connection, const Error& error);
    // Takes it out of the table; what still hangs on it fails with `error`.
    void drop(ClientConnection& connection, const Error& error);
    void forget_signature(ClientConnection& connection);
    PeerInfo peer_info(const ClientConnection& connection) const;

    // client_route.cpp
    void route(Call& call);
    void route_to_live(Call& call, ClientConnection& connection);
    void join(Call& call, ClientConnection& connection);
    void end_pause(ClientConnection& connection);
    void refuse_unproven(ClientConnection& connection);
    bool may_demand(const Call& call, const ClientConnection& connection) const;
    void begin_demand(ClientConnection& connection);
    void demand_failed(ClientConnection& connection, const Error& error);

    // client_reconnect.cpp
    ReconnectTerms terms(bool registered) const;
    void attempt_failed(ClientConnection& connection, const Error& error);
    void connection_lost(ClientConnection& connection, const Error& error);
    void retry_later(Place& place, Nanos spread_ns);
    void place_due(Place& place);
    bool dials_waiting() const;
    void pump_dials();
    void release_slot(ClientConnection& connection);
    // False: the place was put off, because its host has answered nobody so far.
    bool may_try_host(Place& place);
    void host_proven(ClientConnection& connection, Place& place);
    void leave_host(ClientConnection& connection);
    void host_unheard(Host& host, const Address& address);
    // The place's server proved this key.
    void confirm(Place& place, const crypto::PublicKey& key);
    void refute(Claim& claim, Error error);
    void count_miners() const;
    MinerState state_of(const Claim& claim) const;

    // client_registry.cpp
    void begin_update(uint64_t ticket, const std::vector<RegistryEntry>& entries);
    // The claims that the list makes, in its order.
    std::vector<Claim*> replace_claims(const std::vector<RegistryEntry>& entries,
                                       const std::vector<Error>& verdicts);
    void close_unlisted(const Address& address, const char* reason);
    void assign_room(const std::vector<Claim*>& claims);
    void start_place(Place& place);
    void start_live_place(Place& place, ClientConnection& connection);
    void answer_claim(Claim& claim, const Error& error);
    void answer_place(Place& place, const Error& error);
    void refuse_update(uint64_t ticket, size_t entries, const Error& error);
    void finish_update();
    void stop_registry(const Error& error);

    // client_calls.cpp
    Error check_request(const CallRequest& request) const;
    Error accept(CallRequest request, bool is_connect,
                 std::unique_ptr<AnswerStream> chunks = nullptr);
    void dispatch(Call& call);
    void dispatch_waiting(ClientConnection& connection);
    // False: no stream to be had now.
    bool send(Call& call);
    void answer_data(Call& call, ByteView bytes, bool fin);
    void answer_complete(Call& call);
    // The peer does not know us: proves who we are once more and sends the call again. False: no.
    bool retry_proven(Call& call);
    // What is left of the exchange, after its answer, is not wanted.
    void leave_stream(Call& call, bool fin, uint64_t code);
    // Before the answer.
    void abandon(Call& call, uint64_t code);
    void transfer_due(Call& call);
    void count_unacked(Call& call);
    void uncount_unacked(Call& call);
    void finish(Call& call, Error error, SharedBytes data = {});
    void fail_all(LinkedList<Call>& calls, const Error& error);
    void fail_in_flight(ClientConnection& connection, const Error& error);
    Call* take_from_pool();

    // client_sending.cpp: terms of the second token, and chunks that follow a request.
    uint64_t frame_max(const ClientConnection& connection) const;
    codec::RequestTerms terms_of(const Call& call) const;
    bool deadline_came_back(const Call& call, uint64_t answer_code) const;
    void begin_chunks(Call& call);
    void wake_sender(quic::Connection& link, quic::StreamId stream);
    void end_sending(Call& call);

    // client_streams.cpp
    void pump(Call& call);
    void await_first_chunk(Call& call);
    void chunk_due(Call& call);

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
    uint64_t unacked_bytes_ = 0;  // of all requests
    std::vector<std::unique_ptr<Call>> pool_;
    std::unordered_map<Address, std::unique_ptr<ClientConnection>, AddressHash> connections_;
    std::vector<ClientConnection*> to_dial_;
    std::vector<std::unique_ptr<ClientConnection>> gone_;
    IdTable<ClientConnection> signing_;
    SignId next_sign_ = 1;
    size_t links_ = 0;  // open or closing

    // An update_registry() that waits for the one under way.
    struct NextUpdate {
        uint64_t ticket = 0;
        std::vector<RegistryEntry> entries;
    };
    Registry registry_;
    FailureMemory failures_;
    uint64_t update_ = 0;  // counts
    uint64_t ticket_ = 0;
    bool updating_ = false;
    size_t unanswered_ = 0;  // entries of the update under way
    std::optional<NextUpdate> next_update_;
    LinkedList<Place> dial_queue_;
    size_t fresh_dials_ = 0;
    size_t roomy_places_ = 0;
    size_t loose_ = 0;

    enum class Stop { running, asked, told_link, reported };
    Stop stop_ = Stop::running;
    mutable ClientStats stats_;

    // Last: it calls back into the members above until it is gone.
    std::unique_ptr<quic::Endpoint> endpoint_;
};

}  // namespace ltn::transport
