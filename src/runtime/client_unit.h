// A client as the host holds it: accepts calls, brings them to the core, and their outcome back.
#pragma once

#include <list>

#include "runtime/core_unit.h"
#include "runtime/metric.h"
#include "runtime/op_registry.h"
#include "runtime/trace.h"
#include "transport/client.h"

namespace ltn::runtime {

struct ClientOptions {
    transport::ClientConfig core;
    TraceOptions traces;
    Nanos default_timeout_ns = 60 * kSecond;
    // Streams opened without limits of their own.
    Nanos stream_first_chunk_timeout_ns = kNever;
    Nanos stream_chunk_timeout_ns = kNever;
    uint64_t stream_window_bytes = 1'250'000;
    uint64_t stream_payload_max = 67'108'864;
};

// What the host asks for; every pointer is good for the length of submit() only.
struct Submission {
    OpKind kind = OpKind::call;  // or connect, stream
    crypto::PublicKey peer{};
    std::string_view address;  // empty: where the registry knows the peer
    std::string_view type;
    SharedBytes data;        // a checked MessagePack map
    int64_t timeout_ms = 0;  // 0: the default, negative: none
    // Streams only; 0: the default, negative: none.
    int64_t first_chunk_timeout_ms = 0;
    int64_t chunk_timeout_ms = 0;
    uint64_t window_bytes = 0;
    uint64_t max_bytes = 0;
    bool collect = false;
    bool sends = false;    // chunks follow
    int64_t priority = 0;  // 0: ordinary, more is more urgent
    uint64_t tag = 0;
    void* user_data = nullptr;
};

class ClientUnit final : public CoreUnit<transport::ClientCore>,
                         public std::enable_shared_from_this<ClientUnit>,
                         private transport::ClientEvents {
public:
    ClientUnit(std::shared_ptr<Loop> loop, std::shared_ptr<Signer> signer, ClientOptions options);

    // Any thread, without the lock.
    Error start();
    Result<OpRef> submit(const Submission& submission);
    // `registry` is filled in as far as texts can tell; its undecided entries are gone after.
    Result<OpRef> submit_registry(std::unique_ptr<OpRegistry> registry);
    // Empty before start and once closed.
    std::vector<transport::MinerInfo> miners();
    std::vector<transport::PeerInfo> peers();
    codec::Ss58Policy ss58() const { return options_.core.ss58; }
    // One option by name while running.
    Error change_option(std::string_view name, std::string_view value);
    void request_stop();
    Result<uint64_t> stat(std::string_view name);
    Metrics metrics();
    // Asked to stop, or failed at start.
    bool stopping();
    bool stopped();
    uint64_t frame_payload_max() const { return options_.core.frame_payload_max; }

    // OpOwner
    void cancel_op(Op& op) override;
    Error answer_op(Op& op, SharedBytes data) override;
    Error refuse_op(Op& op, std::string_view text) override;
    Result<SharedBytes> read_op(Op& op) override;
    Error send_op(Op& op, SharedBytes chunk) override;
    Error end_op(Op& op) override;

    // Unit
    void stop(Instant now) override;

private:
    // Accepted and not yet with the core: the self-test runs, the name is being looked up, or the
    // dial waits for a full turn.
    struct Waiting {
        OpRef op;
        transport::CallRequest request;
        std::optional<transport::StreamTerms> terms;  // of a stream
        std::string host;                             // a name still to be resolved, else empty
        uint16_t port = 0;
        bool resolving = false;
        bool by_registry = false;
    };

    bool run_full_work() override;
    bool wants_own_work() const override;
    bool shaking_hands() const override
    {
        return unrouted_ > 0 || !waiting_.empty() || CoreUnit::shaking_hands();
    }
    Nanos own_expiry_ns() const override;
    void on_tested(Error error) override;
    std::shared_ptr<OpOwner> self() override { return shared_from_this(); }

    Error refuse_submission() const;
    transport::StreamTerms terms_of(const Submission& submission) const;
    // False: it goes by registry, and the peer is not in it.
    bool find_address(Waiting& waiting) const;
    void hand_over(Waiting waiting);
    void look_up(Waiting& waiting);
    void on_resolved(uint64_t op_id, const Result<io::Resolver::Addresses>& found);
    bool fail_waiting(const Error& error);
    void end(Op& op, Error error, SharedBytes data);
    Error ensure_port(Address::Family family);

    // client_registry.cpp
    void start_registries();
    void look_up_names(const OpRef& op);
    void on_entry_resolved(uint64_t op_id, size_t index,
                           const Result<io::Resolver::Addresses>& found);
    void update_core(const OpRef& op);
    void cancel_registry(Op& op);
    void fail_registries(const Error& error);
    OpRef registry_of(uint64_t ticket) const;

    // transport::ClientEvents
    void on_call_done(transport::CallId id, transport::CallResult result) override;
    void on_chunk(transport::CallId id, SharedBytes chunk) override;
    void on_writable(transport::CallId id) override;
    void begin_sending(Op& op);
    void tell(Op& op, int32_t kind);
    void on_miner_outcome(uint64_t ticket, size_t index, const Error& error) override;
    void on_registry_done(uint64_t ticket) override;
    void on_connect_done(transport::CallId id, Error error,
                         const transport::PeerInfo& peer) override;
    void on_sign(transport::SignId id, ByteView message) override { desk_.ask(id, message); }
    void on_sign_cancelled(transport::SignId id) override { desk_.cancelled(id); }
    void on_connected(const transport::PeerInfo& peer) override;
    void on_disconnected(const crypto::PublicKey& key, const Address& address,
                         const Error& why) override;
    void on_stopped() override { stopped_ = true; }

    ClientOptions options_;
    Histogram queue_times_;
    Histogram network_times_;
    std::list<Waiting> waiting_;
    std::list<OpRef> registries_;  // whose names are looked up, or which the core has
    bool registries_to_start_ = false;
    size_t unrouted_ = 0;  // with the core, and had to dial or to wait for a dial
    enum class State { created, testing, running, failed, stopping } state_ = State::created;
    Error failure_;
    // The last address text and what it means: calls in a row go to few peers.
    std::string last_text_;
    Address last_address_;
};

}  // namespace ltn::runtime
