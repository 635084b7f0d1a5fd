// A server on one loop: handlers by name, requests as questions, answers back to the core. What the
// host holds is a ServerGroup.
#pragma once

#include <map>
#include <unordered_map>

#include "runtime/core_unit.h"
#include "runtime/handler_times.h"
#include "runtime/mailbox.h"
#include "runtime/server_team.h"
#include "runtime/trace.h"
#include "transport/server.h"

namespace ltn::runtime {

struct ServerOptions {
    transport::ServerConfig core;
    Address listen = Address::v4(127, 0, 0, 1, 0);
    Nanos drain_timeout_ns = 0;
    TraceOptions traces;
};

class ServerUnit final : public CoreUnit<transport::ServerCore>,
                         public std::enable_shared_from_this<ServerUnit>,
                         private transport::ServerEvents {
public:
    ServerUnit(std::shared_ptr<Loop> loop, std::shared_ptr<Signer> signer, ServerOptions options);

    // Setup only: one of several that stand behind one port.
    void join(std::shared_ptr<ServerTeam> team, size_t member, const Bytes& secret,
              std::shared_ptr<const quic::tls::Identity> identity);

    // Any thread, without the lock.
    Error start();
    // A gate that nobody will ever open is found at start, not by its silence.
    Error check_resolvers();
    // The second half of start(), with a port at hand. The first of a team tests the signer for all.
    Error open(std::unique_ptr<Port> port);
    // Another of the team could not open.
    void undo_open();
    // Who answers requests. `fn` null: through the target.
    struct Handler {
        ltn_question_fn fn = nullptr;
        HostDataPtr data;
        uint64_t tag = 0;
        bool streaming = false;
    };
    // `type` empty and `any`: whoever no other name fits.
    Error handle(std::string_view type, bool any, Handler handler);
    Error unhandle(std::string_view type, bool any);
    // Before start.
    void resolve_permits(Handler resolver) { permits_.resolver = std::move(resolver); }
    void resolve_sources(Handler resolver) { sources_.resolver = std::move(resolver); }
    void observe(ltn_observe_fn fn, HostDataPtr data)
    {
        observe_fn_ = fn;
        observe_data_ = std::move(data);
    }
    // What may change while serving, from options that were checked.
    Error set_limits(const ServerOptions& options);
    Error set_permits(std::vector<crypto::PublicKey> keys);
    Error set_sources(transport::SourcePolicy policy);
    // A moment's picture; code wrong_state while there is no core.
    struct Sources {
        std::vector<transport::LanePrefix> listed;  // allowed and blocked
        std::vector<transport::LearnedSource> learned;
    };
    Result<Sources> sources();
    Error restore_source(const transport::LearnedSource& source);
    Result<uint64_t> sweep(Nanos idle_ns);
    std::vector<transport::PeerInfo> peers();
    void request_stop();
    Result<std::string> address();
    Result<uint64_t> stat(std::string_view name);
    // Times of handlers and of the signer, and round trips.
    void append_times(Metrics& metrics);
    // Asked to stop, or failed at start.
    bool stopping();
    bool stopped();

    // OpOwner
    void cancel_op(Op&) override {}
    Error answer_op(Op& op, SharedBytes data) override;
    Error refuse_op(Op& op, std::string_view text) override;
    void withdrawn_op_freed(Op& op) override;
    Error send_op(Op& op, SharedBytes chunk) override;
    Result<SharedBytes> read_op(Op& op) override;

    // Unit
    void stop(Instant now) override;
    void on_released() override;

private:
    // A question that is asked again and again; at most one is open.
    struct Standing {
        std::optional<Handler> resolver;
        OpRef open;
    };

    bool run_full_work() override { return false; }
    bool read_mail() override;
    bool take_left() override;
    bool passes_on(const Datagram& datagram) override;
    bool tells_closed() const override { return team_ == nullptr; }
    bool first_of_team() const { return member_ == 0; }
    static Error started_before();
    void tell_tested(const Error& error);
    void read_note(const TeamNote& note);
    void drop_questions() override;
    void on_tested(Error error) override;
    std::shared_ptr<OpOwner> self() override { return shared_from_this(); }
    const Handler* handler_for(std::string_view type) const;
    // Brings a question to the host: by the handler's function, or through the target. False: the
    // queue is full.
    bool put_question(const Handler& handler, OpRef op);
    void note_end(const Op& op, HandlerOutcome outcome);

    // server_admission.cpp
    void ask_standing(Standing& standing, OpKind kind);
    Error answer_standing(Standing& standing, Op& op, const SharedBytes& data);
    void refuse_standing(Standing& standing, Op& op, std::string_view text);
    void drop_standing(Standing& standing);
    Standing* standing_of(const Op& op);

    // transport::ServerEvents
    transport::HandlerKind on_request(const transport::Request& request) override;
    void on_request_cancelled(transport::RequestId id, Code why) override;
    void on_request_writable(transport::RequestId id) override;
    void on_request_chunk(transport::RequestId id, SharedBytes chunk) override;
    void on_request_chunks_end(transport::RequestId id) override;
    void tell_readable(const OpRef& op);
    bool leave_chunk(Op& op, SharedBytes& chunk);
    Error pass_chunk(Op& op, SharedBytes chunk, transport::ChunkRoom room);
    void pass_left(Op& op, transport::ChunkRoom room);
    void pass_all_left(Op& op);
    void drop_left();
    void tell(const OpRef& op, int32_t kind);
    void on_permits_wanted() override { ask_standing(permits_, OpKind::permits); }
    void on_sources_wanted() override { ask_standing(sources_, OpKind::sources); }
    void on_handshake_observed(const crypto::PublicKey& key, const Address& address) override;
    void on_sign(transport::SignId id, ByteView message) override { desk_.ask(id, message); }
    void on_sign_cancelled(transport::SignId id) override { desk_.cancelled(id); }
    void on_desk_message(const transport::DeskMessage& message) override;
    void on_desk_reply(uint8_t loop, const transport::DeskReply& reply) override;
    void on_peer_authenticated(const transport::PeerInfo& peer) override;
    void on_peer_gone(const crypto::PublicKey& key, const Address& address) override;
    void on_stopped() override;

    ServerOptions options_;
    std::map<std::string, Handler, std::less<>> handlers_;
    std::optional<Handler> any_handler_;
    std::unordered_map<transport::RequestId, OpRef> requests_;
    // Set before start.
    std::optional<std::vector<crypto::PublicKey>> early_permits_;
    std::optional<transport::SourcePolicy> early_source_policy_;
    std::vector<transport::LearnedSource> early_learned_;
    HandlerTimes handler_times_;
    // Chunks whose sender found the loop at work: waiting for its lock would cost a wake-up (20 us).
    struct LeftChunk {
        OpRef op;
        SharedBytes chunk;
    };
    static constexpr size_t kLeftBytesMax = 128 << 10;
    Mailbox<LeftChunk> left_{kLeftBytesMax};
    std::vector<LeftChunk> taken_left_;
    std::vector<OpRef> with_room_;  // streams that have something left
    Standing permits_;
    Standing sources_;
    ltn_observe_fn observe_fn_ = nullptr;
    HostDataPtr observe_data_;
    enum class State { created, testing, running, failed, stopping } state_ = State::created;
    Address bound_;

    std::shared_ptr<ServerTeam> team_;  // null when this unit is the whole server
    size_t member_ = 0;
    std::vector<TeamNote> notes_;
    std::vector<PassedDatagram> passed_;
};

}  // namespace ltn::runtime
