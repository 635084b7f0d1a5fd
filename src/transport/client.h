// The client job: dials addresses, proves who we are, checks who answered, and runs calls, each on
// a stream of its own. Pure: datagrams, time, randomness and signatures come in; events go out.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/datagram.h"
#include "base/log.h"
#include "base/random.h"
#include "codec/text.h"
#include "quic/endpoint.h"
#include "transport/types.h"

namespace ltn::transport {

struct ClientConfig {
    Hotkey hotkey;
    // The signer is a key pair of this process, made from the same secret as the hotkey: checking
    // its signatures (74 us each) would check our own arithmetic.
    bool signer_is_ours = false;
    // The second protocol token (docs/wire-2.md): spoken with peers that know it; required of all.
    bool wire_2 = true;
    bool require_wire_2 = false;
    Nanos connect_timeout_ns = 10 * kSecond;
    Nanos idle_timeout_ns = 150 * kSecond;
    Nanos unanswered_ns = 4 * kSecond;  // kNever: the idle timeout decides
    Nanos keep_alive_ns = 30 * kSecond;
    Nanos signer_timeout_ns = 10 * kSecond;
    uint64_t connections_max = 1024;
    uint64_t frame_payload_max = 67'108'864;
    uint64_t calls_max = 65'536;  // in flight and waiting, together
    // Request bytes accepted and not yet acknowledged, of all calls; a call above it is Code::full.
    // The one call that finds nothing outstanding may be larger.
    uint64_t unsent_bytes_max = 512ULL << 20;
    // Chunks of one call accepted and not yet given to the network; eight times the bytes may wait
    // for their acknowledgement.
    uint64_t stream_buffer_bytes = 1'250'000;
    uint64_t stream_buffer_chunks = 32;
    codec::Ss58Policy ss58 = codec::Ss58Policy::only_42;
    // Reconnection of registered addresses (spec/transport.md 4.8, 7.1).
    Nanos reconnect_initial_backoff_ns = kSecond;
    Nanos reconnect_max_backoff_ns = 60 * kSecond;
    uint32_t reconnect_retries_max = 5;
    Nanos reconnect_slow_probe_ns = 60 * kSecond;  // kNever: give up after the retries
    // Dials of the registry under way at once. One without an answer for a quarter of a second only
    // waits and counts no more: else a few hundred dead addresses would hold up all the others.
    uint32_t dials_at_once_max = 256;
    bool retry_registered_in_background = true;
    quic::EndpointConfig quic;
};

// One line of the registry: this hotkey claims to be reached there.
struct RegistryEntry {
    Hotkey miner;
    Address address;
};

enum class MinerState : uint8_t {
    waiting,      // known, neither proved nor refused yet
    ready,        // proved on a live connection
    backoff,      // failed; tried again at `next_try_ns`
    exhausted,    // failed too often, waits for the next update
    false_claim,  // the server there proved another hotkey
    over_limit,   // no room under connections_max
};

struct MinerInfo {
    Hotkey miner;
    Address address;
    MinerState state = MinerState::waiting;
    uint32_t attempts = 0;
    Nanos next_try_ns = kNever;
    Error last_error;
};

struct ClientStats {
    uint64_t calls_started = 0;
    uint64_t calls_ok = 0;
    uint64_t calls_failed = 0;
    uint64_t dials = 0;
    uint64_t handshakes_ok = 0;
    uint64_t handshakes_failed = 0;
    uint64_t connections = 0;
    uint64_t calls_in_flight = 0;
    uint64_t reconnects = 0;  // dials of addresses that had failed or been lost
    uint64_t unanswered = 0;  // connections given up for unanswered_ns
    // The registry by state, MinerState.
    uint64_t miners_waiting = 0;
    uint64_t miners_ready = 0;
    uint64_t miners_backoff = 0;
    uint64_t miners_exhausted = 0;
    uint64_t miners_false_claim = 0;
    uint64_t miners_over_limit = 0;
};

// Called from inside ClientCore members, on their thread. May call any ClientCore member but
// receive, handle_expiry and flush.
class ClientEvents {
public:
    virtual ~ClientEvents() = default;
    // Exactly once for every call that call() accepted.
    virtual void on_call_done(CallId id, CallResult result) = 0;
    // Exactly once for every ping() accepted: the peer, or why it could not be reached.
    virtual void on_connect_done(CallId id, Error error, const PeerInfo& peer) = 0;
    // Please sign exactly these bytes with our hotkey and tell sign_done(). May be answered inside
    // this call, later, or never: the core has its own deadline.
    virtual void on_sign(SignId id, ByteView message) = 0;
    // The id will not be waited for any more (its deadline passed or its connection ended).
    virtual void on_sign_cancelled(SignId id) = 0;
    // One chunk of a call made by open(); it counts against the window until taken(). Never after
    // on_call_done of that call.
    virtual void on_chunk(CallId, SharedBytes) {}
    // send_chunk() said full before, and has room again or something else to say.
    virtual void on_writable(CallId) {}
    // An update_registry(): once per entry, as each is known, then once for the whole ticket.
    virtual void on_miner_outcome(uint64_t /*ticket*/, size_t /*index*/, const Error&) {}
    virtual void on_registry_done(uint64_t /*ticket*/) {}
    virtual void on_connected(const PeerInfo&) {}
    virtual void on_disconnected(const crypto::PublicKey&, const Address&, const Error&) {}
    // After close(): everything has been answered and every connection is gone.
    virtual void on_stopped() = 0;
};

// What may change while running; the rest is fixed at start.
struct ClientLimits {
    uint64_t calls_max = 65'536;
    uint64_t unsent_bytes_max = 536'870'912;
};

class ClientCore {
public:
    static Result<std::unique_ptr<ClientCore>> create(ClientConfig config, ClientEvents& events,
                                                      Random& random, Log& log, Instant now);
    virtual ~ClientCore() = default;

    // Accepted (ok) means exactly one on_call_done, possibly before this returns. Dials when there
    // is no live connection to the address; joins a dial under way.
    virtual Error call(CallRequest request, Instant now) = 0;
    // A call whose answer is a stream: any number of on_chunk, then one on_call_done (Code::ok: the
    // peer ended it with success). Same rules as call() otherwise.
    virtual Error open(CallRequest request, const StreamTerms& terms, Instant now) = 0;
    // The consumer is done with `bytes` of what on_chunk brought, in that order; 0 tells of an empty
    // chunk, which takes room too. Unknown ids are ignored.
    virtual void taken(CallId id, size_t bytes, Instant now) = 0;
    // One chunk of a call with sends_chunks. Code::full: nothing was taken, on_writable follows (also
    // while the call has no stream yet). Code::too_large: larger than either end's frame limit with
    // its envelope. Code::closed: the peer takes no more, its answer follows.
    virtual Error send_chunk(CallId id, SharedBytes chunk, Instant now) = 0;
    // No chunk follows.
    virtual Error end_chunks(CallId id, Instant now) = 0;

    // The complete desired state, resolved and well-formed (spec/transport.md 4.9). Updates are
    // serialised: one that comes while another is under way waits for it, and replaces one that
    // waits already (whose outcomes are then Code::cancelled).
    virtual void update_registry(uint64_t ticket, std::vector<RegistryEntry> entries,
                                 Instant now) = 0;
    virtual std::vector<MinerInfo> miners() const = 0;
    // Where a registered hotkey is to be reached.
    virtual std::optional<Address> registered_address(const crypto::PublicKey& key) const = 0;
    // Connects and authenticates without calling; the same deadline rules.
    virtual Error connect(CallId id, const crypto::PublicKey& peer, const Address& address,
                          Nanos deadline_ns, Instant now) = 0;
    // A live connection to `address` has proved `peer`: call() needs no dial and no handshake.
    virtual bool has_route(const Address& address, const crypto::PublicKey& peer) const = 0;
    // May lose the race; when it wins the call ends with Code::cancelled, and its stream is reset
    // and stopped.
    virtual void cancel(CallId id, Instant now) = 0;
    virtual void set_limits(const ClientLimits& limits, Instant now) = 0;
    // 64 raw bytes, or why not. Verified against our hotkey before use (promise S2). Unknown and
    // late ids are ignored and give Code::wrong_state.
    virtual Error sign_done(SignId id, const Result<Bytes>& signature, Instant now) = 0;

    virtual bool is_handshake_work(const Datagram& datagram) const = 0;
    virtual void receive(const Datagram& datagram, Instant now) = 0;
    virtual Nanos next_expiry_ns() const = 0;
    virtual void handle_expiry(Instant now) = 0;
    virtual bool wants_flush() const = 0;
    virtual bool flush(DatagramSink& sink, Instant now) = 0;

    // Fails what is outstanding with Code::shutdown, closes connections with `client_shutdown`;
    // on_stopped follows from a later call once the close packets left. Idempotent.
    virtual void stop(Instant now) = 0;
    virtual const ClientStats& stats() const = 0;
    virtual std::vector<PeerInfo> peers() const = 0;
};

}  // namespace ltn::transport
