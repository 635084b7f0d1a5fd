// The server job: admits peers by hotkey, from cheap checks to dear ones, and hands their requests
// up. Pure, like the client.
#pragma once

#include <memory>
#include <vector>

#include "base/datagram.h"
#include "base/log.h"
#include "base/random.h"
#include "codec/envelope2.h"
#include "codec/text.h"
#include "quic/endpoint.h"
#include "transport/desk_messages.h"
#include "transport/types.h"

namespace ltn::transport {

struct ServerConfig {
    Hotkey hotkey;
    // The signer is a key pair of this process, made from the same secret as the hotkey: checking
    // its signatures (74 us each) would check our own arithmetic.
    bool signer_is_ours = false;
    // The second protocol token (docs/wire-2.md): spoken with peers that know it; required of all.
    bool wire_2 = true;
    bool require_wire_2 = false;
    // Names and defaults of spec/transport.md 7.2; ranges are checked by the options table.
    uint64_t max_signature_age_s = 300;
    uint64_t nonce_cleanup_interval_s = 60;
    Nanos idle_timeout_ns = 150 * kSecond;
    Nanos unanswered_ns =
        4 * kSecond;  // of a full congestion window; kNever: the idle timeout decides
    Nanos keep_alive_ns = 30 * kSecond;
    uint64_t connections_max = 128;
    uint64_t nonce_entries_max = 100'000;
    Nanos handshake_timeout_ns = 10 * kSecond;
    uint32_t handshake_attempts_per_minute_max = 30;
    uint32_t concurrent_streams_max = 128;
    uint64_t tracked_rate_sources_max = 10'000;
    Nanos handler_timeout_ns = 30 * kSecond;
    uint64_t frame_payload_max = 67'108'864;
    bool require_address_validation = true;
    bool retry_adaptive = false;  // validates only under load
    codec::Ss58Policy ss58 = codec::Ss58Policy::only_42;
    // Ours (docs/options.md says which).
    uint32_t hotkey_attempts_per_minute_max = 30;
    uint64_t unauthenticated_connections_max = 1024;
    uint64_t unauthenticated_per_source_max = 8;
    Nanos unauthenticated_life_ns = 10 * kSecond;
    uint64_t unauthenticated_frame_max = 4096;
    Nanos refusal_delay_ns = 50 * kMillisecond;  // least time from request to refusal (S22)
    uint32_t verifications_per_turn_max = 16;    // sr25519 checks between two flushes
    uint64_t requests_in_flight_max = 16'384;    // over all connections
    Nanos signer_timeout_ns = 10 * kSecond;
    // Streamed answers: limits of their own instead of one total (upstream-R11).
    Nanos stream_first_chunk_timeout_ns = 30 * kSecond;
    Nanos stream_chunk_timeout_ns = 30 * kSecond;  // between chunks, the reader's pace included
    Nanos stream_total_timeout_ns = kNever;
    // Of chunks accepted and not yet given to the network; eight times as much may wait for its
    // acknowledgement, so that a long path is filled.
    uint64_t stream_buffer_bytes = 1'250'000;
    uint64_t streaming_channel_buffer = 32;  // chunks accepted and not yet given to the network
    // Requests of one peer handed up and not yet ended; more wait in order.
    uint64_t requests_per_peer_max = 128;
    // The owner ends withdrawn requests too, with answer(), fail() or end_stream(), when their
    // handler has really ended. Until then the peer gets neither the stream nor the turn back
    // (attack-A6).
    bool handlers_end_withdrawn = false;
    // Bodies of requests that are being received or wait for their turn, over all connections.
    uint64_t held_bytes_max = 536'870'912;
    // Bodies of requests whose handlers have not ended, and answers not yet acknowledged, over all
    // connections (fair_share.h): above it requests wait for their turn, whole answers are refused
    // with busy, and chunks wait.
    uint64_t running_bytes_max = 1ULL << 30;
    uint64_t unsent_bytes_max = 1ULL << 30;
    // Permits (3.10, 5.10).
    bool require_validator_permit = false;
    Nanos validator_permit_refresh_ns = 1800 * kSecond;
    Nanos validator_permit_age_max_ns = kNever;  // older: nobody is admitted (upstream-R18)
    Nanos permit_grace_ns = 60 * kSecond;        // a connected peer that lost its permit
    // Sources (5.14) and lanes (known, unknown, blocked).
    bool enforce_source_allowlist = false;
    Nanos source_allowlist_refresh_ns = 300 * kSecond;
    uint64_t unknown_connections_max = 64;  // while the roster enforces
    Nanos idle_sweep_ns = kNever;           // close peers without a request for this long (R19)
    // The admission desk is another core's: this one asks by on_desk_message() and is told by
    // desk_reply(). Its loop is quic.loop_index.
    bool desk_elsewhere = false;
    quic::EndpointConfig quic;
};

// Who may connect from where, as the host's resolver says (5.14).
struct SourcePolicy {
    bool bypass = false;
    struct Prefix {
        Address address;  // canonical, port not looked at
        uint8_t bits = 32;
    };
    std::vector<Prefix> allowed;
    std::vector<Prefix> blocked;  // never heard, with a bypass neither
};

// For whoever keeps a firewall's list.
struct LanePrefix {
    SourcePolicy::Prefix prefix;
    Lane lane = Lane::unknown;
    bool listed = false;  // by the host, learned or not
};

inline constexpr size_t kLearnedSourcesMax = 4096 * 8;  // what a roster has room for

// One line of the roster: a hotkey has proved itself from there, so long ago.
struct LearnedSource {
    crypto::PublicKey key{};
    SourcePolicy::Prefix prefix;
    Nanos age_ns = 0;
};

enum class HandlerKind : uint8_t { none, unary, stream };

// What may change while serving (upstream-O6); the rest is fixed at start.
struct ServerLimits {
    uint64_t connections_max = 128;
    uint32_t handshake_attempts_per_minute_max = 30;
    uint32_t hotkey_attempts_per_minute_max = 30;
    Nanos handler_timeout_ns = 30 * kSecond;
    uint64_t requests_in_flight_max = 16'384;
    uint64_t requests_per_peer_max = 128;
    bool require_validator_permit = false;
    bool enforce_source_allowlist = false;
    uint64_t held_bytes_max = 536'870'912;
    Nanos stream_first_chunk_timeout_ns = 30 * kSecond;
    Nanos stream_chunk_timeout_ns = 30 * kSecond;
    Nanos stream_total_timeout_ns = kNever;
};

// What `config` says of them.
ServerLimits limits_of(const ServerConfig& config);

struct ServerStats {
    uint64_t handshakes_ok = 0;
    uint64_t refused_rate = 0;  // source budget
    uint64_t refused_hotkey_rate = 0;
    uint64_t refused_malformed = 0;
    uint64_t refused_clock = 0;
    uint64_t refused_nonce = 0;  // replayed, or malformed nonce
    uint64_t refused_signature = 0;
    uint64_t refused_capacity = 0;
    uint64_t refused_signer = 0;
    uint64_t refused_other_hotkey = 0;
    uint64_t unauthenticated_closed = 0;
    uint64_t replaced = 0;
    uint64_t requests = 0;
    uint64_t requests_in_flight = 0;
    uint64_t requests_timed_out = 0;
    uint64_t requests_unauthenticated = 0;
    uint64_t requests_unary = 0;
    uint64_t requests_stream = 0;
    uint64_t requests_waiting = 0;     // for their turn or a proved path, now
    uint64_t requests_withdrawn = 0;   // after they were handed up
    uint64_t handlers_withdrawn = 0;   // of them, not yet ended, now
    uint64_t requests_too_slow = 0;    // cut off while their frame came in
    uint64_t requests_over_bytes = 0;  // refused for held_bytes_max
    uint64_t held_bytes = 0;           // now
    uint64_t running_bytes = 0;        // now
    uint64_t unsent_bytes = 0;         // now, acknowledgements awaited included
    uint64_t answers_over_bytes = 0;   // refused for unsent_bytes_max
    uint64_t streams_open = 0;         // streamed answers being written, now
    uint64_t chunks_sent = 0;
    uint64_t answers_unread = 0;  // given up: the peer took nothing for too long
    uint64_t connections = 0;     // all, now
    uint64_t authenticated = 0;   // now
    uint64_t nonces = 0;          // remembered, now
    uint64_t permits = 0;         // known, now
    int64_t permits_age_ms = -1;  // since they were resolved; -1: never
    uint64_t refused_permit = 0;
    uint64_t sources_allowed = 0;  // prefixes, now
    bool sources_bypassed = false;
    int64_t sources_age_ms = -1;
    uint64_t dropped_source = 0;    // first contacts dropped by the source policy
    uint64_t refused_stranger = 0;  // first contacts refused: too many strangers
    bool permits_held = false;      // an answer that looks broken waits for its confirmation
    bool sources_held = false;
    uint64_t roster_hotkeys = 0;
    uint64_t roster_coverage_percent = 0;  // of the permitted hotkeys
    bool roster_enforcing = false;
    uint64_t closed_permit = 0;        // peers whose permit was withdrawn
    uint64_t closed_source = 0;        // peers that moved to where nobody may come from
    uint64_t closed_idle = 0;          // peers swept
    int64_t clock_offset_ms_last = 0;  // peer's timestamp minus ours in the newest handshake
};

struct Request {
    RequestId id = 0;
    crypto::PublicKey peer{};
    std::string_view peer_hotkey;   // prefix 42; valid during the call
    std::string_view synapse_type;  // valid during the call
    SharedBytes data;               // a MessagePack map
    // When the handler timeout, or the deadline that the request brought, will answer instead. Of
    // streamed answers only the latter counts, beside their own limits.
    Nanos deadline_ns = kNever;
    Nanos peer_deadline_ns = kNever;  // that alone
    uint8_t priority = codec::kPriorityDefault;
    bool more_follows = false;  // chunks of the peer come with on_request_chunk
    Address remote;
};

// Whether a chunk may be refused for want of room. Not the last few that were accepted before the
// stream's end was said.
enum class ChunkRoom { needed, not_asked };

class ServerEvents {
public:
    virtual ~ServerEvents() = default;
    // From an authenticated peer on a validated path, and never otherwise. Answer once with
    // answer() or fail(), now or later. None: no handler of that name (`unrecognized synapse type`).
    // Stream: send_chunk() any number of times, then end_stream() or fail().
    virtual HandlerKind on_request(const Request& request) = 0;
    // One chunk of a request with more_follows; the peer is held back until taken_chunk(). Then, once,
    // that it has sent all of them.
    virtual void on_request_chunk(RequestId, SharedBytes) {}
    virtual void on_request_chunks_end(RequestId) {}
    // send_chunk() said full before, and has room again.
    virtual void on_request_writable(RequestId) {}
    // The permits or the source policy are due (at start, then at their interval): answer with
    // permits_resolved() or sources_resolved() now, later or never, or with *_failed().
    virtual void on_permits_wanted() {}
    virtual void on_sources_wanted() {}
    // One accepted handshake, repeats included (5.15). Nothing waits for it.
    virtual void on_handshake_observed(const crypto::PublicKey&, const Address&) {}
    // The request will not be waited for any more: the peer is gone, its stream was reset, or the
    // handler timed out (and the peer was told).
    virtual void on_request_cancelled(RequestId id, Code why) = 0;
    virtual void on_sign(SignId id, ByteView message) = 0;
    virtual void on_sign_cancelled(SignId id) = 0;
    virtual void on_peer_authenticated(const PeerInfo&) {}
    virtual void on_peer_gone(const crypto::PublicKey&, const Address&) {}
    virtual void on_stopped() = 0;
    // Several loops (desk_messages.h). From a core whose desk is elsewhere: hand it to the desk's
    // core, in order. From the desk's core: hand it to the core of `loop`, or to every other.
    virtual void on_desk_message(const DeskMessage&) {}
    virtual void on_desk_reply(uint8_t, const DeskReply&) {}
};

class ServerCore {
public:
    static Result<std::unique_ptr<ServerCore>> create(ServerConfig config, ServerEvents& events,
                                                      Random& random, Log& log, Instant now);
    virtual ~ServerCore() = default;

    // `data` is a checked MessagePack map. Unknown and late ids: Code::wrong_state, no harm.
    // Larger than our own frame limit: the peer gets `internal serialization error` (R25) and the
    // caller Code::too_large. No room among all answers: `request processing failed`, Code::full.
    virtual Error answer(RequestId id, SharedBytes data, Instant now) = 0;
    // The peer reads the generic `request processing failed`; details stay here.
    virtual Error fail(RequestId id, Instant now) = 0;
    // Streamed answers. Code::full: nothing was taken, on_request_writable follows. `chunk` larger
    // than the frame limit with its envelope: Code::too_large, nothing was taken. Code::cancelled:
    // the request was withdrawn.
    Error send_chunk(RequestId id, SharedBytes chunk, Instant now)
    {
        return send_chunk(id, std::move(chunk), ChunkRoom::needed, now);
    }
    virtual Error send_chunk(RequestId id, SharedBytes chunk, ChunkRoom room, Instant now) = 0;
    virtual Error end_stream(RequestId id, Instant now) = 0;
    // The handler is done with `bytes` of what on_request_chunk brought, in that order; 0 tells of an
    // empty chunk. Unknown ids are ignored.
    virtual void taken_chunk(RequestId id, size_t bytes, Instant now) = 0;
    virtual Error sign_done(SignId id, const Result<Bytes>& signature, Instant now) = 0;

    // Admission while serving. Permits are keys, whatever prefix their text had (upstream-S10).
    // set_*: the host's will, applied as it is. *_resolved: the answer to on_*_wanted; one that is
    // suddenly empty or a third shorter is held until a second says the same, and false returned.
    virtual void set_permits(std::vector<crypto::PublicKey> keys, Instant now) = 0;
    virtual void set_sources(SourcePolicy policy, Instant now) = 0;
    virtual bool permits_resolved(std::vector<crypto::PublicKey> keys, Instant now) = 0;
    virtual bool sources_resolved(SourcePolicy policy, Instant now) = 0;
    // No answer: what there is stays, and the question comes again sooner.
    virtual void permits_failed(Instant now) = 0;
    virtual void sources_failed(Instant now) = 0;
    // Listed by the host or learned from handshakes, and the blocked ones.
    virtual std::vector<LanePrefix> known_sources() const = 0;
    // What the roster has learned, for a later run; and back. Code::full: the roster has no room for
    // another hotkey. What is too old to count is ignored. Code::wrong_state: the desk is elsewhere.
    virtual std::vector<LearnedSource> learned_sources(Instant now) const = 0;
    virtual Error restore_source(const LearnedSource& source, Instant now) = 0;
    virtual void set_limits(const ServerLimits& limits, Instant now) = 0;
    virtual ServerLimits limits() const = 0;
    // What another loop's core said to the desk, and what the desk said to this loop.
    virtual void desk_message(const DeskMessage& message, Instant now) = 0;
    virtual void desk_reply(const DeskReply& reply, Instant now) = 0;
    // Closes peers without a request for longer than `idle_ns` with `cleanup`; returns how many.
    virtual uint64_t sweep_idle(Nanos idle_ns, Instant now) = 0;
    // Forgets expired nonces now; returns how many are left (cleanup_expired_nonces).
    virtual uint64_t sweep_nonces(Instant now) = 0;

    virtual bool is_handshake_work(const Datagram& datagram) const = 0;
    // quic::Endpoint::owner_loop.
    virtual std::optional<uint8_t> owner_loop(const Datagram&) const { return std::nullopt; }
    virtual void receive(const Datagram& datagram, Instant now) = 0;
    virtual Nanos next_expiry_ns() const = 0;
    virtual void handle_expiry(Instant now) = 0;
    virtual bool wants_flush() const = 0;
    virtual bool flush(DatagramSink& sink, Instant now) = 0;

    // Closes everything with `server_shutdown`, answers nothing more; on_stopped follows from a
    // later call. With `drain_ns` > 0 accepts nothing new and lets running requests finish that long.
    virtual void stop(Nanos drain_ns, Instant now) = 0;
    virtual const ServerStats& stats() const = 0;
    virtual const quic::EndpointStats& endpoint_stats() const = 0;
    virtual std::array<uint8_t, 32> fingerprint() const = 0;
    virtual std::vector<PeerInfo> peers() const = 0;
};

}  // namespace ltn::transport
