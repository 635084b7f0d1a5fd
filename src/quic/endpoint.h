// A QUIC endpoint without sockets and clocks: datagrams and time in, datagrams and stream events
// out. One endpoint is a client, a server, or both; it lives on one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/datagram.h"
#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "quic/connection.h"
#include "quic/oddity.h"

namespace ltn::quic {

namespace tls {
struct Identity;
}

// `adaptive`: only while more strangers come, or are half-way in, than is ordinary.
enum class RetryPolicy { always, never, adaptive };

using KeyLog = std::function<void(std::string_view line)>;
using QlogWriter = std::function<void(ByteView piece, bool last)>;

// What old peers take (they advertise it as their max_udp_payload_size), and all that anybody needs to
// send before it has proved who it is.
constexpr uint32_t kUdpPayloadOld = 1472;
constexpr uint32_t kUdpPayloadMin = 1200;
constexpr uint32_t kUdpPayloadMax = 65'487;  // IPv4 or IPv6, without extensions

struct EndpointConfig {
    // Offered (client) or accepted (server), most wanted first.
    std::vector<std::string> alpn = {"btlightning"};

    // Client: a hello goes out on connect(); server: Initials are accepted once serve() was called.
    Nanos idle_timeout_ns = 150 * kSecond;
    Nanos handshake_timeout_ns = 10 * kSecond;  // QUIC + TLS
    Nanos keep_alive_ns = 0;                    // 0: none until set_keep_alive
    // For this long with something on its way: nothing heard (clients), or a full congestion window.
    // kNever: the idle timeout and the peer decide.
    Nanos unanswered_ns = 4 * kSecond;

    RetryPolicy retry = RetryPolicy::always;
    Nanos retry_token_life_ns = 15 * kSecond;
    Nanos new_token_life_ns = 24ULL * 3600 * kSecond;
    Nanos token_key_period_ns = 3600 * kSecond;  // two generations are honoured

    // Windows. Stream windows have their final size from the start (design 5.4).
    uint64_t stream_window = 1'250'000;
    uint64_t stream_window_max = 16ULL << 20;  // after auto-tuning
    uint64_t connection_window = 64ULL << 20;  // client, and server after raise_limits
    uint64_t connection_window_max = 128ULL << 20;
    // Bytes that lie unread in the windows of streams and do not count against their connection's:
    // of one connection (128 streams with a window each and some more), and of all, of which
    // one connection gets at most half. Beyond that, streams that nobody reads hold up the others of their connection.
    uint64_t lent_per_connection_max = 256ULL << 20;
    uint64_t lent_max = 512ULL << 20;

    // Server, before raise_limits().
    uint64_t unauthenticated_streams_open = 4;
    uint64_t unauthenticated_streams_total = 16;
    uint64_t unauthenticated_window = 64 * 1024;

    // Datagrams towards the network.
    uint32_t udp_payload_max = 9'000;   // largest we look for and take, kUdpPayloadOld at least
    uint32_t train_datagrams_max = 44;  // GSO batch, upper bound

    uint32_t connections_max = 65536;       // the endpoint's own bound on state
    uint32_t handshakes_max = 1024;         // server connections whose TLS is not complete
    uint32_t handshakes_per_turn_max = 64;  // begun between two flushes
    // RetryPolicy::adaptive: above either, until both were kept for ten seconds.
    uint32_t retry_above_handshakes = 256;
    uint32_t retry_above_initials_per_second = 500;
    // Answers to strangers, over all of them; a second's worth may go at once.
    uint32_t retries_per_second_max = 50'000;
    uint32_t refusals_per_second_max = 200;
    uint32_t negotiations_per_second_max = 100;
    uint32_t resets_per_second_max = 100;
    uint32_t token_cache_max = 256;  // NEW_TOKENs kept by a client, one per address
    uint8_t loop_index = 0;          // carried, masked, in every connection id

    // Keys stateless resets, tokens and the masking of ids. Empty: random at construction.
    Bytes server_secret;

    // Server: the certificate and its key, for endpoints that stand behind one port and so must
    // show the same fingerprint. Null: a fresh one.
    std::shared_ptr<const tls::Identity> identity;

    bool disable_gso_hint = false;  // trains of one datagram

    // For finding faults; neither is on unless set. `key_log` gets the TLS secrets of every
    // connection, in the line format that packet analysers read: whoever has them reads all of it.
    // `qlog` is asked for each new connection; what it returns, unless empty, gets the pieces of a
    // qlog document, the last of them with `last`. It may outlive the connection's other events.
    KeyLog key_log;
    std::function<QlogWriter(const Connection&)> qlog;
};

struct EndpointStats {
    uint64_t datagrams_received = 0;
    uint64_t datagrams_dropped = 0;   // unparseable, too short, unknown and unanswerable
    uint64_t reflectors_ignored = 0;  // of these, from ports that only answer
    uint64_t initials_shed = 0;  // of these, turned away unread because too many were half-way in
    uint64_t initial_keys_derived = 0;
    uint64_t retries_sent = 0;
    uint64_t retries_withheld = 0;  // beyond retries_per_second_max; likewise below
    uint64_t negotiations_withheld = 0;
    uint64_t resets_withheld = 0;
    uint64_t refusals_withheld = 0;
    uint64_t tokens_accepted = 0;
    uint64_t tokens_refused = 0;
    uint64_t version_negotiations_sent = 0;
    uint64_t stateless_resets_sent = 0;
    uint64_t connections_refused = 0;
    uint64_t handshakes_failed = 0;
    uint64_t handshakes_completed = 0;
    uint64_t glitch_closes = 0;
    uint64_t unanswered = 0;     // closed for unanswered_ns
    OddityCounts oddities{};     // by kind (oddity.h), those that were in order included
    uint64_t connections = 0;    // now
    uint64_t handshaking = 0;    // now
    uint64_t bytes_lent = 0;     // now: unread in streams and not counted by their connections
    uint64_t bytes_unacked = 0;  // now: taken for sending and not yet acknowledged
};

struct ConnectOptions {
    Address remote;
    Address local;  // unspecified is fine
    Nanos timeout_ns = 10 * kSecond;
    void* user = nullptr;  // becomes Connection::user before any event
};

// Server side filter, asked before any state or crypto for an Initial.
class Gate {
public:
    virtual ~Gate() = default;
    // Refuse: CONNECTION_REFUSED. Retry: accept once the address is validated, whatever the policy.
    enum class Verdict { accept, drop, refuse, retry };
    virtual Verdict admit(const Address& remote, bool address_validated) = 0;
};

class Endpoint {
public:
    // `events`, `random`, `log` outlive the endpoint. With `serve` and without an identity, makes a
    // fresh self-signed P-256 certificate (section 2.2) from `random`.
    static Result<std::unique_ptr<Endpoint>> create(EndpointConfig config, bool serve,
                                                    ConnectionEvents& events, Gate* gate,
                                                    Random& random, Log& log, Instant now);
    virtual ~Endpoint() = default;

    virtual Result<Connection*> connect(const ConnectOptions& options, Instant now) = 0;

    // True when receive() of this datagram would run a TLS handshake (an Initial, or anything for a
    // connection that is not complete). A caller-driven wait hands such a datagram to the loop
    // thread instead (design 3.5).
    virtual bool is_handshake_work(const Datagram& datagram) const = 0;
    // Which loop owns the connection that a datagram belongs to; nothing when any may have it (the
    // first packets of a connection). Meaningful for loops that share `server_secret`.
    virtual std::optional<uint8_t> owner_loop(const Datagram& datagram) const
    {
        (void)datagram;
        return std::nullopt;
    }
    virtual void receive(const Datagram& datagram, Instant now) = 0;

    // When handle_expiry() is due; kNever if nothing waits. Changes with every call.
    virtual Nanos next_expiry_ns() const = 0;
    virtual void handle_expiry(Instant now) = 0;

    // Builds and sends everything that may leave now. False: the sink was full; call again when it
    // is writable.
    virtual bool flush(DatagramSink& sink, Instant now) = 0;
    // True when flush() has something to do.
    virtual bool wants_flush() const = 0;

    // Stops accepting (server), closes every connection with `reason` (application code 0).
    virtual void close_all(std::string_view reason) = 0;
    virtual void stop_accepting() = 0;

    virtual std::optional<Fingerprint> own_fingerprint() const = 0;
    virtual const EndpointStats& stats() const = 0;
    virtual size_t connection_count() const = 0;
};

// A certificate for several endpoints; its key is wiped when the last of them lets go.
Result<std::shared_ptr<const tls::Identity>> make_identity(Random& random);

// What hides the loop's number in the connection ids of endpoints with this secret: the first two
// bytes of an id and this one give it by exclusive or. For whoever steers datagrams.
uint8_t connection_id_mask(ByteView server_secret);

}  // namespace ltn::quic
