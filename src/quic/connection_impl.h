// One connection: an ngtcp2 object, its streams and what we decide around it. Split by direction:
// connection_setup.cpp (creation), connection_impl.cpp (what the jobs call), connection_read.cpp
// (datagrams and time in), connection_callbacks.cpp (what ngtcp2 reports), connection_write.cpp.
#pragma once

#include <ngtcp2/ngtcp2.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/datagram.h"
#include "quic/answer_watch.h"
#include "quic/connection.h"
#include "quic/connection_id.h"
#include "quic/credit.h"
#include "quic/endpoint.h"
#include "quic/frame_tally.h"
#include "quic/path.h"
#include "quic/path_size.h"
#include "quic/secret.h"
#include "quic/stream.h"
#include "quic/timer_heap.h"
#include "quic/tls/session.h"
#include "quic/token_bucket.h"

namespace ltn::quic {

class EndpointImpl;

// What an accepted Initial told the endpoint.
struct Acceptance {
    ngtcp2_pkt_hd header;
    ngtcp2_cid original_dcid;
    bool after_retry = false;
    bool address_validated = false;
};

// The grain of timers that are far off (expiry_ns()).
inline constexpr Nanos kSharedTick = 50 * kMillisecond;

class ConnectionImpl final : public Connection {
public:
    static Result<std::unique_ptr<ConnectionImpl>> client(EndpointImpl& endpoint, uint64_t id,
                                                          const ConnectOptions& options);
    static Result<std::unique_ptr<ConnectionImpl>> server(EndpointImpl& endpoint, uint64_t id,
                                                          const Datagram& first,
                                                          const Acceptance& acceptance);
    ~ConnectionImpl() override;

    uint64_t id() const override { return id_; }
    bool is_server() const override { return is_server_; }
    bool ready() const override { return ready_; }
    bool closing() const override { return closing_; }
    const Address& remote() const override { return remote_; }
    bool path_validated() const override { return path_validated_ && !reading_elsewhere_; }
    std::optional<Fingerprint> certificate_fingerprint() const override { return fingerprint_; }
    std::string_view alpn() const override { return alpn_; }
    ConnectionStats stats() const override;
    Error exporter(std::string_view label, ByteView context, MutableBytes out) const override;
    Result<StreamId> open_stream() override;
    Error send(StreamId stream, SharedBytes bytes, bool fin) override;
    size_t unacked(StreamId stream) const override;
    size_t unacked_total() const override { return unacked_total_; }
    SendBacklog backlog(StreamId stream) const override;
    void watch_room(StreamId stream, const SendBacklog& at_most) override;
    void consumed(StreamId stream, size_t len) override;
    void set_window(StreamId stream, uint64_t bytes) override;
    void reset(StreamId stream, uint64_t code) override;
    void stop_sending(StreamId stream, uint64_t code) override;
    void raise_limits(const StreamLimits& limits) override;
    void hold_slot() override { ++peer_slots_held_; }
    void release_slot() override;
    void set_keep_alive(Nanos interval_ns) override;
    void glitch(unsigned weight) override;
    void close(uint64_t code, std::string_view reason) override;
    void set_deadline(Nanos at_ns, std::string_view reason) override;

    // For the endpoint. -----------------------------------------------------------------------
    void read(const Datagram& datagram);
    void on_timer();
    enum class Wrote { done, more, blocked, finished };
    Wrote write(DatagramSink& sink);
    bool handshake_complete() const { return handshake_complete_; }
    bool dead() const { return dead_; }  // over, and nothing is left to send
    // The first packet was no hello: as if it had not come. Or only a part of one, and its sender
    // has to prove its address first.
    bool never_began() const { return never_began_; }
    bool wants_retry() const { return wants_retry_; }
    const CloseInfo& close_info() const { return close_info_; }
    Nanos due_ns() const;
    Nanos close_period_ns() const;
    // Credit that the connection still owes its peer, as far as it may be lent now.
    void lend();
    const std::vector<uint64_t>& ids() const { return ids_; }
    uint64_t first_id_key() const { return first_id_key_; }
    ByteView close_packet() const { return close_packet_; }
    const Address& local() const { return local_; }
    ngtcp2_conn* native() const { return conn_; }

    TimerItem timer;
    size_t slot = 0;     // in the endpoint's list
    bool dirty = false;  // on the endpoint's list of those with something to write
    ConnectionImpl* next_dirty = nullptr;

private:
    ConnectionImpl(EndpointImpl& endpoint, uint64_t id, bool is_server, const Address& local,
                   const Address& remote);

    // Setup.
    static const ngtcp2_callbacks& callbacks();
    void fill_settings(ngtcp2_settings& settings, Nanos handshake_timeout_ns);
    void fill_params(ngtcp2_transport_params& params) const;
    Error start_tls(const tls::Context& context);
    void forget_tls();
    void register_id(const ngtcp2_cid& id);

    // ngtcp2's reports.
    friend struct Callbacks;
    int on_handshake_completed();
    int on_crypto_data(ngtcp2_encryption_level level, ByteView bytes);
    int on_stream_open(StreamId id);
    int on_stream_data(StreamId id, Stream* stream, ByteView bytes, bool fin);
    int on_stream_acked(Stream* stream, uint64_t offset, uint64_t len);
    int on_stream_close(StreamId id, Stream* stream);
    int on_stream_reset(StreamId id, Stream* stream, uint64_t code);
    int on_stream_stopped(StreamId id, Stream* stream, uint64_t code);
    int on_stream_credit(Stream* stream);
    int on_new_id(ngtcp2_cid& id, ngtcp2_stateless_reset_token& token);
    int on_id_gone(const ngtcp2_cid& id);
    int on_peer_id(bool in_use, const ngtcp2_stateless_reset_token* token);
    int on_path_check(const ngtcp2_path& path, bool begun, bool good);
    int on_new_token(ByteView token);

    // Streams.
    Stream* find(StreamId id) const;
    void make_ready(Stream& stream);
    Stream* adopt_stream(StreamId id);
    void drop_stream(Stream& stream);
    void close_writing(Stream& stream);
    void tune_window(Stream& stream);
    void give_credit(uint64_t bytes);
    uint64_t slots_due() const
    {
        return peer_streams_closed_ - peer_slots_held_ + peer_streams_max_;
    }
    void give_slot_back();
    void report_room(Stream& stream);
    void add_unacked(size_t bytes);
    void drop_unacked(size_t bytes);

    // Oddities (connection_glitch.cpp).
    static uint64_t delivered(void* self, StreamId id);
    int read_packet(const ngtcp2_path* path, const ngtcp2_pkt_info& info, ByteView bytes);
    void odd(Oddity kind, uint64_t times = 1);
    void earn_bytes(uint64_t bytes);
    void earn_stream();
    void expect_ping();
    void forgive(Oddity kind);
    void charge(uint64_t weight);

    // Endings.
    void fail_with(CloseInfo::Cause cause, uint64_t code, std::string_view reason,
                   bool application);
    void end_silently(CloseInfo::Cause cause, uint64_t code = 0, std::string_view reason = {});
    void handle_error(int code);
    void follow_path();
    void start_nudging();
    void nudge();
    void heard();
    // What is queued counts as well: it may be kept back by what was lost of streams long gone.
    bool waits_for_word() const { return unacked_total_ > 0 && heard_ns_ != kNever; }
    void watch_path();
    void watch_answers();
    Nanos knock_pause_ns() const;
    void watch_proof();
    Nanos knock_due_ns() const;
    Nanos expiry_ns() const;
    void expect_answer();

    // Writing.
    static ngtcp2_ssize write_packet(ngtcp2_conn* conn, ngtcp2_path* path, ngtcp2_pkt_info* info,
                                     uint8_t* out, size_t len, ngtcp2_tstamp now, void* self);
    ngtcp2_ssize write_packet(ngtcp2_path* path, ngtcp2_pkt_info* info, MutableBytes out,
                              ngtcp2_tstamp now);
    size_t train_limit() const;
    bool paced();
    Wrote write_close(DatagramSink& sink);
    void answer_or_hold();

    EndpointImpl& endpoint_;
    const uint64_t id_;
    const bool is_server_;
    ngtcp2_conn* conn_ = nullptr;
    std::unique_ptr<tls::Session> tls_;
    Address local_, remote_;
    Path path_;
    std::vector<uint64_t> ids_;         // of ours that lead here
    std::vector<uint64_t> reset_keys_;  // of the tokens with which the peer may end this
    uint64_t first_id_key_ = 0;         // the client's first guess at our id

    QlogWriter qlog_;
    bool ready_ = false;
    bool handshake_complete_ = false;
    bool authenticated_ = false;  // raise_limits() was called
    std::optional<Fingerprint> fingerprint_;
    std::string alpn_;
    std::optional<Key> binding_;  // exported under kBindingLabel

    // Path. A packet is handed up before ngtcp2 has decided that it moves the connection, so its
    // sender's address is compared first.
    bool path_validated_ = true;
    bool reading_elsewhere_ = false;
    bool data_elsewhere_ = false;  // ... and data was handed up meanwhile
    Address path_in_check_;        // whose check began in the present call of ngtcp2
    unsigned nudges_left_ = 0;
    PathSize path_size_;
    bool wide_ = false;  // had enough to send at once to look for larger datagrams
    Nanos size_due_ns_ = kNever;
    // Since when something waits for its acknowledgement and none comes.
    Nanos heard_ns_ = 0;
    bool knocking_ = false;
    AnswerWatch answers_;
    Nanos unproved_since_ns_ = kNever;
    Nanos keep_alive_ns_ = 0;

    // Streams.
    Stream* streams_ = nullptr;  // all of them
    ReadyList ready_streams_;
    mutable Stream* last_stream_ = nullptr;
    size_t unacked_total_ = 0;
    size_t unsent_total_ = 0;
    Credit credit_;            // of the connection's window
    uint64_t uncredited_ = 0;  // credit given to ngtcp2 since it was last worth a packet
    uint64_t window_ = 0;
    uint64_t peer_streams_opened_ = 0, peer_streams_closed_ = 0, peer_streams_granted_ = 0;
    uint64_t peer_streams_max_ = 0;
    uint64_t peer_slots_held_ = 0;  // of streams that closed

    // Acknowledgements that wait for something to ride on.
    Nanos ack_due_ns_ = kNever;
    unsigned datagrams_unanswered_ = 0;
    bool got_stream_data_ = false;

    FrameTally* tally_ = nullptr;  // of the datagram that is being read

    unsigned packets_until_rtt_ = 0;
    bool paced_ = true;
    unsigned trains_ = 0;       // counted while few
    bool after_timer_ = false;  // the next write is because of one

    TokenBucket glitches_;
    uint64_t greeting_left_ = 32;  // ids, tokens and handshake messages of a beginning
    uint64_t earned_ = 16;         // of oddities that go with honest work
    uint64_t earning_bytes_ = 0;   // towards the next
    uint64_t pings_due_ = 0;       // packets of ours that the peer may answer with one
    Nanos deadline_ns_ = kNever;
    std::string deadline_reason_;

    // Ending.
    bool closing_ = false;
    bool dead_ = false;
    bool close_to_send_ = false;
    bool close_is_application_ = false;
    bool never_began_ = false;
    bool wants_retry_ = false;
    bool reset_by_peer_ = false;  // a stateless reset came
    CloseInfo close_info_;
    Bytes close_packet_;
};

// Printable ASCII, at most 256 bytes: what a peer wrote goes into logs and errors.
std::string printable(ByteView text);

}  // namespace ltn::quic
