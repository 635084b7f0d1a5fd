// One QUIC connection as the jobs above see it: streams in, streams out, a fingerprint and a
// reason why it ended. Owned by its Endpoint; a pointer stays valid until on_closed has returned.
// Nothing here knows what the bytes on a stream mean.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/time.h"

namespace ltn::quic {

using StreamId = int64_t;

// Application protocols: of our own peers, and of those that know only the first version.
inline constexpr std::string_view kAlpnOwn = "btlightning/2";
inline constexpr std::string_view kAlpnFirst = "btlightning";
inline constexpr std::string_view kBindingLabel = "EXPORTER-btlightning/2";

using Fingerprint = std::array<uint8_t, 32>;

struct CloseInfo {
    enum class Cause {
        local,             // our close()
        peer_application,  // CONNECTION_CLOSE with an application code
        peer_transport,    // CONNECTION_CLOSE with a transport code, CRYPTO_ERROR included
        idle_timeout,
        unanswered,  // the peer is silent, or acknowledges nothing; we closed
        handshake_timeout,
        stateless_reset,
        certificate,  // the peer did not prove its key, or sent a chain
        alpn,         // no common application protocol
        version,      // no common QUIC version
        protocol,     // the peer broke QUIC; we closed
        internal,
    };
    Cause cause = Cause::local;
    uint64_t code = 0;   // as on the wire, 0 when there was none
    std::string reason;  // printable ASCII, at most 256 bytes, untrusted when from the peer

    Error to_error() const;  // category Connection (Code::certificate: Handshake)
};

// What a connection may hold once its peer is known (spec/transport.md 2.4, design 5.4).
struct StreamLimits {
    uint64_t streams_open_max = 0;   // streams the peer may have open at once
    uint64_t connection_window = 0;  // bytes it may send ahead of what we consumed
};

struct ConnectionStats {
    Nanos smoothed_rtt_ns = 0;
    uint64_t packets_sent = 0;
    uint64_t packets_received = 0;
    uint64_t packets_lost = 0;
    uint64_t bytes_sent = 0;
    uint64_t bytes_received = 0;
    size_t datagram_bytes = 0;  // largest that the path was found to take
};

// What one stream still holds of what send() took.
struct SendBacklog {
    size_t unsent = 0;   // bytes that wait for the network
    size_t unacked = 0;  // bytes that are kept until acknowledged, the unsent among them
    size_t pieces = 0;   // pieces they came in: each costs memory, however short
};

class Connection {
public:
    virtual ~Connection() = default;

    // Whatever the layer above wants to find again; the link never reads it.
    void* user = nullptr;

    virtual uint64_t id() const = 0;  // never reused within the endpoint
    virtual bool is_server() const = 0;
    virtual bool ready() const = 0;  // TLS complete, and the peer proved its key (client)
    virtual bool closing() const = 0;
    virtual const Address& remote() const = 0;  // of the current path
    // False from a change of the peer's address until the new path has answered a challenge. No
    // new request may run meanwhile (design 5.2).
    virtual bool path_validated() const = 0;
    // BLAKE2b-256 of the server's leaf certificate: the peer's for a client (on a resumed session
    // that of the session which issued the ticket), our own for a server.
    virtual std::optional<Fingerprint> certificate_fingerprint() const = 0;
    virtual std::string_view alpn() const = 0;
    virtual ConnectionStats stats() const = 0;
    // Fills `out` with bytes that only the two ends of this connection can compute (RFC 8446 7.5).
    // Inside on_ready: under any label and context. Later only kBindingLabel without a context, up
    // to 32 bytes, and only when kAlpnOwn was chosen: TLS is forgotten once the handshake is over.
    virtual Error exporter(std::string_view label, ByteView context, MutableBytes out) const
    {
        (void)label, (void)context, (void)out;
        return Error(Code::wrong_state, Category::handshake, "no keying material is exported");
    }

    // Opens a bidirectional stream. Code::full when the peer's limit is used up:
    // on_streams_available tells when to try again. Code::wrong_state before ready() or when
    // closing.
    virtual Result<StreamId> open_stream() = 0;
    // Appends to the stream; kept until acknowledged. Nothing leaves before Endpoint::flush. `fin`
    // ends our half. Code::closed when the stream is gone, was reset by us or stopped by the peer.
    virtual Error send(StreamId stream, SharedBytes bytes, bool fin) = 0;
    // Bytes accepted by send() and not yet acknowledged, on one stream / on all.
    virtual size_t unacked(StreamId stream) const = 0;
    virtual size_t unacked_total() const = 0;
    virtual SendBacklog backlog(StreamId stream) const = 0;
    // on_stream_room once, when sending or an acknowledgement has brought the backlog down to all
    // three. Replaces an earlier watch.
    virtual void watch_room(StreamId stream, const SendBacklog& at_most) = 0;
    // Gives the peer credit back: `len` bytes of the stream were consumed. What a stream did not
    // give back before it closed is given back then.
    virtual void consumed(StreamId stream, size_t len) = 0;
    // The peer may be so many bytes of the stream ahead of what was consumed, from now on: the window
    // is not widened any more when the peer uses it up quickly. One that is wider already stays.
    virtual void set_window(StreamId stream, uint64_t bytes) = 0;
    virtual void reset(StreamId stream, uint64_t code) = 0;         // our sending half
    virtual void stop_sending(StreamId stream, uint64_t code) = 0;  // the peer's sending half
    // The peer is authenticated: raises stream count and connection window. The frames leave in the
    // same packet as whatever is sent next. Until then a client has few streams at once and in all,
    // a small window, and cannot change its address.
    virtual void raise_limits(const StreamLimits& limits) = 0;
    // Inside on_stream_closed only: the peer may not open another stream in the place of this one
    // until release_slot(), because what it asked for there still costs us.
    virtual void hold_slot() = 0;
    virtual void release_slot() = 0;
    // When the application wants the keep-alive PING (server: only for authenticated peers).
    virtual void set_keep_alive(Nanos interval_ns) = 0;
    // Counts a protocol oddity against the connection; over budget the link closes it.
    virtual void glitch(unsigned weight) = 0;
    // Sends CONNECTION_CLOSE with an application code (0 on this wire, section 2.5) and ASCII
    // reason; on_closed follows from within the next Endpoint call, never from inside close().
    virtual void close(uint64_t code, std::string_view reason) = 0;
    // The application limits the unauthenticated life: the link closes at this instant unless
    // cleared by kNever.
    virtual void set_deadline(Nanos at_ns, std::string_view reason) = 0;
};

// Upward events. Every call happens inside an Endpoint member function, on its thread. A handler
// may call any member of the connection and of the endpoint's connections, but no other Endpoint
// member.
class ConnectionEvents {
public:
    virtual ~ConnectionEvents() = default;

    // Server only: an Initial passed every filter; the connection exists but is not ready yet.
    virtual void on_accepted(Connection&) {}
    virtual void on_ready(Connection&) = 0;
    // In order, without gaps, each byte once. `bytes` are valid during the call. Credit returns
    // only through consumed(). `fin`: nothing follows; may come with zero bytes.
    virtual void on_stream_data(Connection&, StreamId, ByteView bytes, bool fin) = 0;
    virtual void on_stream_reset(Connection&, StreamId, uint64_t code) = 0;
    virtual void on_stop_sending(Connection&, StreamId, uint64_t code) = 0;
    // Everything we sent on the stream, fin included, was acknowledged.
    virtual void on_stream_flushed(Connection&, StreamId) {}
    // What watch_room() asked for. May come in the middle of a flush.
    virtual void on_stream_room(Connection&, StreamId) {}
    // Both halves are over; the id is never heard of again. Streams that are open when a connection
    // ends are not closed one by one: on_closed ends them all.
    virtual void on_stream_closed(Connection&, StreamId) = 0;
    virtual void on_streams_available(Connection&) {}
    virtual void on_path_changed(Connection&, bool validated) { (void)validated; }
    // Last event. The connection is freed when this returns.
    virtual void on_closed(Connection&, const CloseInfo&) = 0;
};

}  // namespace ltn::quic
