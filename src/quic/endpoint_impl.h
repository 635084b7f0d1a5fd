// The endpoint: routes datagrams to connections, decides about Initials, keeps the timers and the
// order of writing. Connections use it for what they share.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "quic/connection_id.h"
#include "quic/connection_impl.h"
#include "quic/endpoint.h"
#include "quic/glitch.h"
#include "quic/id_table.h"
#include "quic/initial_load.h"
#include "quic/memory.h"
#include "quic/stateless_reset.h"
#include "quic/timer_heap.h"
#include "quic/tls/context.h"
#include "quic/token_cache.h"
#include "quic/tokens.h"

namespace ltn::quic {

class EndpointImpl final : public Endpoint {
public:
    // Tests hand in identities that no honest server has.
    static Result<std::unique_ptr<EndpointImpl>> create(EndpointConfig config,
                                                        const tls::Identity* identity,
                                                        ConnectionEvents& events, Gate* gate,
                                                        Random& random, Log& log, Instant now);
    ~EndpointImpl() override;

    Result<Connection*> connect(const ConnectOptions& options, Instant now) override;
    bool is_handshake_work(const Datagram& datagram) const override;
    std::optional<uint8_t> owner_loop(const Datagram& datagram) const override;
    void receive(const Datagram& datagram, Instant now) override;
    Nanos next_expiry_ns() const override;
    void handle_expiry(Instant now) override;
    bool flush(DatagramSink& sink, Instant now) override;
    bool wants_flush() const override;
    void close_all(std::string_view reason) override;
    void stop_accepting() override { accepting_ = false; }
    std::optional<Fingerprint> own_fingerprint() const override { return fingerprint_; }
    const EndpointStats& stats() const override
    {
        stats_.bytes_lent = lending_.lent;
        return stats_;
    }
    size_t connection_count() const override { return connections_.size(); }

    // For connections. ------------------------------------------------------------------------
    const EndpointConfig& config() const { return config_; }
    ConnectionEvents& events() { return events_; }
    Random& random() { return random_; }
    Nanos now_ns() const { return now_.monotonic_ns; }
    Instant now() const { return now_; }
    const ngtcp2_mem* memory() const { return memory_.get(); }
    const tls::Context* client_context() const { return client_context_.get(); }
    const tls::Context* server_context() const { return server_context_.get(); }
    const ConnectionIds& connection_ids() const { return ids_; }
    const StatelessReset& resets() const { return reset_; }
    Tokens& tokens() { return tokens_; }
    TokenCache& token_cache() { return token_cache_; }
    GlitchSources& glitch_sources() { return glitches_; }
    EndpointStats& mutable_stats() { return stats_; }
    LendingBudget& lending() { return lending_; }
    // Some of what was lent has come back: connections that went short are asked again.
    void lend_again()
    {
        if (lending_.recovered()) [[unlikely]]
            lend_to_all();
    }

    void mark_dirty(ConnectionImpl& connection);
    void set_timer(ConnectionImpl& connection, Nanos due_ns)
    {
        timers_.set(connection.timer, due_ns);
    }
    void add_id(uint64_t key, ConnectionImpl& connection) { by_id_.insert(key, &connection); }
    void remove_id(uint64_t key, ConnectionImpl& connection) { by_id_.erase(key, &connection); }
    void add_reset_token(uint64_t key, ConnectionImpl& connection)
    {
        by_reset_token_.insert(key, &connection);
    }
    void remove_reset_token(uint64_t key, ConnectionImpl& connection)
    {
        by_reset_token_.erase(key, &connection);
    }
    Stream* new_stream();
    void free_stream(Stream* stream);
    // Where trains are built; one at a time.
    MutableBytes train_room() { return MutableBytes(train_.data(), train_.size()); }
    // Offers a train that lies in train_room(). False: kept, nothing else may be built meanwhile.
    bool offer(DatagramSink& sink, const Train& train);

private:
    EndpointImpl(EndpointConfig config, ConnectionEvents& events, Gate* gate, Random& random,
                 Log& log);
    void enter(Instant now);

    // endpoint_accept.cpp
    void receive_stray(const Datagram& datagram, const Destination& destination);
    void receive_initial(const Datagram& datagram, const Destination& destination);
    void drop() { ++stats_.datagrams_dropped; }
    void shed();
    bool accept(const Datagram& datagram, const Acceptance& acceptance);
    void send_retry(const Datagram& datagram, const ngtcp2_pkt_hd& header);
    void send_version_negotiation(const Datagram& datagram, const Destination& destination);
    void refuse(const Datagram& datagram, const ngtcp2_pkt_hd& header, uint64_t code,
                std::string_view reason);

    // Short answers without a connection. Bounded; when full the newest is not sent.
    struct Reply {
        Address local, remote;
        size_t len = 0;
        std::array<uint8_t, 256> bytes;
    };
    Reply* new_reply(const Datagram& datagram);
    bool flush_replies(DatagramSink& sink);

    // What is left of a closed connection for three times its probe timeout: enough to answer late
    // packets with the close they missed, and to keep them from looking like a new connection.
    struct Tombstone {
        Nanos until_ns = 0;
        uint64_t packets = 0;
        Bytes close_packet;
        std::vector<uint64_t> ids;
        uint64_t first_id = 0;
    };
    void bury(ConnectionImpl& connection);
    void exhume_expired();
    void forget_oldest();
    void answer_from(Tombstone& grave, const Datagram& datagram);

    ConnectionImpl* find(const Destination& destination) const;
    ConnectionImpl* add(std::unique_ptr<ConnectionImpl> connection);
    void settle(ConnectionImpl& connection);  // after anything that may have ended it
    void finish(ConnectionImpl& connection);
    void lend_to_all();

    EndpointConfig config_;
    ConnectionEvents& events_;
    Gate* gate_;
    Random& random_;
    Log& log_;
    Instant now_{};
    bool accepting_ = false;
    std::optional<Fingerprint> fingerprint_;

    Memory memory_;
    std::unique_ptr<tls::Context> client_context_, server_context_;
    ConnectionIds ids_;
    StatelessReset reset_;
    Tokens tokens_;
    TokenCache token_cache_;
    GlitchSources glitches_;
    InitialLoad load_;
    TokenBucket retry_budget_, refusal_budget_, negotiation_budget_, failure_log_budget_;
    mutable EndpointStats stats_;

    uint64_t next_connection_ = 1;
    LendingBudget lending_;
    std::vector<std::unique_ptr<ConnectionImpl>> connections_;  // order carries no meaning
    IdTable<ConnectionImpl> by_id_;                             // keys of ours
    IdTable<ConnectionImpl> by_first_id_;                       // keys of theirs
    // A stateless reset carries a random id; what gives it away is the token at its end.
    IdTable<ConnectionImpl> by_reset_token_;
    TimerHeap timers_;
    ConnectionImpl* dirty_head_ = nullptr;
    ConnectionImpl* dirty_tail_ = nullptr;

    std::deque<std::unique_ptr<Tombstone>> graves_;
    IdTable<Tombstone> graves_by_id_, graves_by_first_id_;

    std::vector<std::unique_ptr<Stream>> spare_streams_;
    std::vector<Reply> replies_;
    size_t reply_first_ = 0, reply_count_ = 0;
    Bytes train_;
    std::optional<Train> blocked_;
};

}  // namespace ltn::quic
