// The server job put together. One class, a file per part: the public face and the turn of events
// (server_core.cpp), connections and the table of peers (server_connection.cpp), handshakes
// (server_handshake.cpp), frames coming in (server_reading.cpp), requests (server_calls.cpp), their
// streamed answers (server_streams.cpp), what the host changes meanwhile (server_control.cpp).
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "transport/admission_desk.h"
#include "transport/doorway.h"
#include "transport/endpoint_factory.h"
#include "transport/server.h"
#include "transport/server_connection.h"
#include "transport/server_outbox.h"
#include "transport/verify_queue.h"

namespace ltn::transport {

class ServerCoreImpl final : public ServerCore, private quic::ConnectionEvents, private quic::Gate {
public:
    ServerCoreImpl(ServerConfig config, ServerEvents& events, Random& random, Log& log,
                   Instant now);
    ~ServerCoreImpl() override;
    Error open(const EndpointFactory& factory);

    Error answer(RequestId id, SharedBytes data, Instant now) override;
    Error fail(RequestId id, Instant now) override;
    using ServerCore::send_chunk;
    Error send_chunk(RequestId id, SharedBytes chunk, ChunkRoom room, Instant now) override;
    Error end_stream(RequestId id, Instant now) override;
    void taken_chunk(RequestId id, size_t bytes, Instant now) override;
    Error sign_done(SignId id, const Result<Bytes>& signature, Instant now) override;
    void set_permits(std::vector<crypto::PublicKey> keys, Instant now) override;
    void set_sources(SourcePolicy policy, Instant now) override;
    void set_limits(const ServerLimits& limits, Instant now) override;
    bool permits_resolved(std::vector<crypto::PublicKey> keys, Instant now) override;
    bool sources_resolved(SourcePolicy policy, Instant now) override;
    void permits_failed(Instant now) override;
    void sources_failed(Instant now) override;
    std::vector<LanePrefix> known_sources() const override;
    std::vector<LearnedSource> learned_sources(Instant now) const override;
    Error restore_source(const LearnedSource& source, Instant now) override;
    ServerLimits limits() const override;
    void desk_message(const DeskMessage& message, Instant now) override;
    void desk_reply(const DeskReply& reply, Instant now) override;
    uint64_t sweep_idle(Nanos idle_ns, Instant now) override;
    uint64_t sweep_nonces(Instant now) override;

    bool is_handshake_work(const Datagram& datagram) const override;
    std::optional<uint8_t> owner_loop(const Datagram& datagram) const override;
    void receive(const Datagram& datagram, Instant now) override;
    Nanos next_expiry_ns() const override;
    void handle_expiry(Instant now) override;
    bool wants_flush() const override;
    bool flush(DatagramSink& sink, Instant now) override;
    void stop(Nanos drain_ns, Instant now) override;
    const ServerStats& stats() const override;
    const quic::EndpointStats& endpoint_stats() const override;
    std::array<uint8_t, 32> fingerprint() const override;
    std::vector<PeerInfo> peers() const override;

private:
    class Turn {
    public:
        Turn(ServerCoreImpl& core, Instant now);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

    private:
        ServerCoreImpl& core_;
    };

    enum TimerKind : uint8_t { kStreamTimer, kHousekeeping, kDrainOver, kDesk, kIdleSweep, kRoom };
    enum class Stop { running, draining, asked, told_link, reported };

    // quic::Gate
    Verdict admit(const Address& remote, bool address_validated) override;
    // quic::ConnectionEvents
    void on_accepted(quic::Connection& link) override;
    void on_ready(quic::Connection& link) override;
    void on_stream_data(quic::Connection& link, quic::StreamId stream, ByteView bytes,
                        bool fin) override;
    void on_stream_reset(quic::Connection& link, quic::StreamId stream, uint64_t code) override;
    void on_stop_sending(quic::Connection& link, quic::StreamId stream, uint64_t code) override;
    void on_stream_room(quic::Connection& link, quic::StreamId stream) override;
    void on_stream_flushed(quic::Connection& link, quic::StreamId stream) override;
    void on_stream_closed(quic::Connection& link, quic::StreamId stream) override;
    void on_path_changed(quic::Connection& link, bool validated) override;
    void on_closed(quic::Connection& link, const quic::CloseInfo& info) override;

    // server_core.cpp
    void settle();
    void hand_up(ServerEvent& event);
    void expire_timers();
    void stream_timer_due(ServerStream& stream);
    void check_drained();
    void check_stopped();

    // server_connection.cpp
    ServerConnection* connection_of(quic::Connection& link);
    Seat seat_of(const ServerConnection& connection) const;
    void authenticate(ServerConnection& connection, HandshakeWork& work);
    // The connection is nobody's any more.
    void forget_peer(ServerConnection& connection);
    void judge_new_source(ServerConnection& connection);
    void close_connection(ServerConnection& connection, std::string_view reason, Code why);
    PeerInfo peer_info(const ServerConnection& connection) const;

    // server_control.cpp
    uint64_t close_idle(Nanos idle_ns);
    void arm_idle_sweep();

    // server_desk.cpp
    void to_desk(const DeskMessage& message);
    void take_desk_replies();
    void desk_due();
    void arm_desk();
    void apply(DeskReply& reply);
    void apply(const Ruling& ruling);
    void carry_out_closures();
    void deliver_desk_mail();
    bool has_desk_mail() const;
    // The handshake's place at the desk is given up, or its ruling no longer waited for.
    void leave_desk(ServerStream& stream);

    // server_reading.cpp
    ServerStream& stream_of(ServerConnection& connection, quic::StreamId id);
    void read(ServerStream& stream, ByteView bytes);
    // Looks at type and length before a byte of payload is kept. False: the stream was dealt with.
    bool judge_header(ServerStream& stream);
    void frame_complete(ServerStream& stream);
    void frame_overdue(ServerStream& stream);
    // False: the stream was refused, for want of room among all peers.
    bool hold_bytes(ServerStream& stream, size_t len);
    void let_go_of_bytes(ServerStream& stream);
    void refuse_for_bytes(ServerStream& stream);
    void unreadable(ServerStream& stream);

    // server_calls.cpp
    void begin_request(ServerStream& stream);
    bool may_hand_up(ServerConnection& connection);
    void call_waiting(ServerConnection& connection);
    void hand_requests_up(uint64_t connection_id);
    void hand_up(ServerStream& held);
    void leave_queue(ServerStream& stream);
    // The request, if its handler may still answer it.
    ServerStream* running(RequestId id) const;
    void handler_ended(ServerStream& stream);
    Error withdrawn_ended(RequestId id);
    void fail_running(ServerStream& stream);
    void answer_failure(ServerStream& stream, std::string_view text, codec::AnswerCode code);
    // Our half is finished; the peer's is stopped unless it ended by itself.
    void conclude(ServerStream& stream);
    void forget_work(ServerStream& stream);
    // Nobody waits for the outcome any more.
    void give_up(ServerStream& stream, Code why);
    void withdraw(ServerStream& stream, Code why);
    void release(ServerStream* stream);
    ServerStream* take_from_pool();

    // server_budget.cpp
    bool has_room_to_run(ServerConnection& connection);
    void take_running_bytes(ServerStream& stream);
    // Null: the connection is gone.
    void release_running_bytes(ServerConnection* connection, uint64_t& bytes);
    bool has_room_to_send(const ServerConnection& connection, uint64_t bytes) const;
    void await_room(ServerStream& stream, uint64_t wanted);
    void look_for_room();

    // server_streams.cpp
    void begin_stream(ServerStream& stream);
    void deliver_writable(RequestId id);
    Nanos stream_due_ns(const ServerStream& stream) const;
    // No text: success.
    void finish_stream(ServerStream& stream, std::optional<std::string_view> error,
                       std::optional<codec::AnswerCode> code = std::nullopt);
    void await_delivery(ServerStream& stream);
    void delivery_overdue(ServerStream& stream);
    void handler_overdue(ServerStream& stream);

    // server_wire.cpp: what differs between the two tokens.
    bool expects_another(const ServerStream& stream) const;
    std::string acceptance_text(const ServerConnection& connection,
                                const codec::HandshakeRequest& request, uint64_t now_s) const;
    static Bytes encode_response(const ServerConnection& connection,
                                 const codec::HandshakeResponse2& response);
    static codec::RefusalReason told_reason(Refusal why, bool proved);
    static Result<codec::SynapsePacket2> decode_request(const ServerConnection& connection,
                                                        ByteView payload);
    void take_terms(ServerStream& stream, const codec::RequestTerms& terms);
    // The largest payload that both ends take.
    uint64_t frame_max(const ServerConnection& connection) const;
    static Code why_withdrawn(const ServerConnection& connection, uint64_t code);

    // server_chunks.cpp: chunks of a request.
    void chunks_came(ServerStream& stream, ByteView bytes, bool fin);
    void pump_chunks(ServerStream& stream);
    void renew_limits(ServerStream& stream);
    void deliver_chunk(ServerEvent& event);

    // server_handshake.cpp
    void begin_handshake(ServerStream& stream);
    void admitted(ServerStream& stream, const Ruling& ruling);
    // Of which lane a signature is checked next; none: the turn's share is used, or nothing waits.
    std::optional<Lane> next_to_verify() const;
    bool verifications_wait() const;
    void verify_queued();
    void proved(ServerStream& stream, const Ruling& ruling);
    void request_signature(ServerStream& stream);
    void signature_came(ServerStream& stream, const Result<Bytes>& signature);
    void refuse(ServerStream& stream, Refusal why, bool anonymous);
    void send_refusal(ServerStream& stream);
    void note_refusal(const ServerStream& stream, Refusal why);

    ServerConfig config_;
    ServerEvents& events_;
    Random& random_;
    Log& log_;
    std::shared_ptr<BufferPool> buffers_ = BufferPool::create();
    Instant now_;
    int depth_ = 0;
    std::string fingerprint_text_;

    TimerHeap timers_;
    Timer housekeeping_;
    Timer drain_over_;
    Timer desk_timer_;
    Timer idle_sweep_;
    Timer room_look_;
    ServerOutbox outbox_;
    ServerAdmission admission_;

    IdTable<ServerConnection> connections_;                             // by the link's id
    std::unordered_map<TableKey, ServerConnection*, KeyedHash> peers_;  // by hotkey
    Doorway doorway_;
    std::unique_ptr<AdmissionDesk> desk_;  // null: another core has it
    std::vector<DeskMessage> desk_out_;
    std::vector<DeskReply> replies_out_;
    std::vector<CloseOrder> closures_;
    IdTable<ServerStream> attempts_;  // rulings waited for
    uint64_t next_attempt_ = 1;

    mutable VerifyQueue verify_queue_;  // asking it tidies it up
    uint32_t verified_this_turn_ = 0;
    uint32_t unknown_this_turn_ = 0;
    IdTable<ServerStream> signing_;
    IdTable<ServerStream> requests_;
    // Withdrawn requests whose handler has not ended. As many as requests_ may hold, both together.
    struct Withdrawn {
        uint64_t connection = 0;
        bool slot_held = false;
        uint64_t bytes = 0;  // of its body
    };
    std::unordered_map<RequestId, Withdrawn> withdrawn_;
    uint64_t requests_waiting_ = 0;
    uint64_t held_bytes_ = 0;
    uint64_t running_bytes_ = 0;
    std::vector<uint64_t> short_of_bytes_;  // connections, in the order in which they came
    std::vector<RequestId> short_of_room_;  // streamed answers, likewise
    uint64_t streaming_ = 0;                // streamed answers being written
    uint64_t delivering_ = 0;  // long answers that are complete and not yet acknowledged
    std::vector<std::unique_ptr<ServerStream>> pool_;
    SignId next_sign_ = 1;
    RequestId next_request_ = 1;

    Stop stop_ = Stop::running;
    bool told_stop_accepting_ = false;
    bool drain_lingers_ = false;
    mutable ServerStats stats_;

    // Last: it calls back into the members above until it is gone.
    std::unique_ptr<quic::Endpoint> endpoint_;
};

}  // namespace ltn::transport
