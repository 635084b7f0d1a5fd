// How a connection comes to be: settings, transport parameters (spec/transport.md 2.4) and TLS.
#include <sodium.h>

#include <algorithm>

#include "quic/connection_impl.h"
#include "quic/endpoint_impl.h"
#include "quic/tls/crypto.h"

namespace ltn::quic {

namespace {

// quinn starts at 333 ms, so that a lost first packet costs a second. Most of our peers are a
// tenth of that away, and what is sent twice is one datagram.
constexpr Nanos kInitialRtt = 100 * kMillisecond;
constexpr size_t kActiveConnectionIds = 5;

// ngtcp2's own probes end at 1444. Up to 1452 the first that arrives ends the search, and one that
// does not ends it above. Then come what clouds and data centres carry (MTUs of 8896 and 9000) and
// what only loopback does; none of them leaves before there is bulk to send, nor to an old peer.
constexpr uint16_t kMtuProbes[] = {1452, 1400, 1340, 1280, 8848, 16384, 32768, 65487};

Error failed(const char* what, int code)
{
    return Error(Code::internal, Category::connection,
                 std::string(what) + " failed: " + ngtcp2_strerror(code));
}

}  // namespace

ConnectionImpl::ConnectionImpl(EndpointImpl& endpoint, uint64_t id, bool is_server,
                               const Address& local, const Address& remote)
    : endpoint_(endpoint),
      id_(id),
      is_server_(is_server),
      local_(local),
      remote_(remote),
      path_(local, remote),
      answers_(endpoint.config().unanswered_ns),
      glitches_(kGlitchesStranger.burst, kGlitchesStranger.per_second)
{
    timer.owner = this;
}

ConnectionImpl::~ConnectionImpl()
{
    while (streams_ != nullptr) drop_stream(*streams_);
    credit_.end(endpoint_.lending());
    if (conn_ != nullptr) ngtcp2_conn_del(conn_);
    if (binding_) sodium_memzero(binding_->data(), binding_->size());
    for (uint64_t key : ids_) endpoint_.remove_id(key, *this);
    for (uint64_t key : reset_keys_) endpoint_.remove_reset_token(key, *this);
}

void ConnectionImpl::fill_settings(ngtcp2_settings& settings, Nanos handshake_timeout_ns)
{
    const EndpointConfig& config = endpoint_.config();
    ngtcp2_settings_default(&settings);
    settings.initial_ts = endpoint_.now_ns();
    settings.initial_rtt = kInitialRtt;
    settings.handshake_timeout = handshake_timeout_ns == kNever ? UINT64_MAX : handshake_timeout_ns;
    settings.rand_ctx.native_handle = &endpoint_.random();
    settings.max_tx_udp_payload_size = std::max<size_t>(config.udp_payload_max, 1200);
    settings.pmtud_probes = kMtuProbes;
    settings.pmtud_probeslen = std::size(kMtuProbes);
    // Stream windows are widened in tune_window(), since some must not be.
    settings.max_stream_window = 0;
    // ngtcp2 would widen a stranger's window too, so a server's is widened by raise_limits() alone.
    settings.max_window = is_server_ ? 0 : config.connection_window_max;
    // The acknowledgement rides on the answer; bare ones are held back in answer_or_hold().
    settings.ack_thresh = 1;
    if (config.qlog) qlog_ = config.qlog(*this);
    if (qlog_) {
        settings.qlog_write = [](void* user, uint32_t flags, const void* data, size_t len) {
            static_cast<ConnectionImpl*>(user)->qlog_(
                ByteView(static_cast<const uint8_t*>(data), len),
                (flags & NGTCP2_QLOG_WRITE_FLAG_FIN) != 0);
        };
    }
    // Ours are by kind, know what is earned, and count per source too (glitch.h). ngtcp2's also counts what
    // arrives for a stream that has ended, such as quinn's STOP_SENDING of nearly every answer, and so cut
    // off a busy honest client after 10,000 calls: it is left for what no honest rate comes near.
    settings.glitch_ratelim_burst = 1'000'000;
    settings.glitch_ratelim_rate = 1'000'000;
}

void ConnectionImpl::fill_params(ngtcp2_transport_params& params) const
{
    const EndpointConfig& config = endpoint_.config();
    ngtcp2_transport_params_default(&params);
    params.initial_max_stream_data_bidi_local = config.stream_window;
    params.initial_max_stream_data_bidi_remote = config.stream_window;
    params.initial_max_data = window_;
    params.initial_max_streams_bidi = peer_streams_granted_;
    params.initial_max_streams_uni = 0;
    params.max_idle_timeout = config.idle_timeout_ns == kNever ? 0 : config.idle_timeout_ns;
    params.max_udp_payload_size = std::max<uint64_t>(config.udp_payload_max, kUdpPayloadOld);
    params.active_connection_id_limit = kActiveConnectionIds;
    params.grease_quic_bit = 1;
}

Error ConnectionImpl::start_tls(const tls::Context& context)
{
    auto session =
        tls::Session::create(context, endpoint_.config().alpn, &endpoint_.config().key_log);
    if (!session) return session.error();
    tls_ = std::move(session.value());
    tls_->bind(conn_);
    if (endpoint_.config().keep_alive_ns != 0) set_keep_alive(endpoint_.config().keep_alive_ns);
    return {};
}

// What was agreed on is in ngtcp2's keys; a server keeps thousands of connections and no session.
void ConnectionImpl::forget_tls()
{
    ngtcp2_conn_set_tls_native_handle(conn_, nullptr);
    tls_.reset();
}

void ConnectionImpl::register_id(const ngtcp2_cid& id)
{
    uint64_t key = ConnectionIds::key_of_ours(id.data);
    ids_.push_back(key);
    endpoint_.add_id(key, *this);
}

Result<std::unique_ptr<ConnectionImpl>> ConnectionImpl::client(EndpointImpl& endpoint, uint64_t id,
                                                               const ConnectOptions& options)
{
    std::unique_ptr<ConnectionImpl> self(
        new ConnectionImpl(endpoint, id, false, options.local, options.remote));
    self->user = options.user;
    // The limits for strangers are a server's.
    self->authenticated_ = true;
    self->glitches_ = TokenBucket(kGlitchesPeer.burst, kGlitchesPeer.per_second);
    self->window_ = endpoint.config().connection_window;

    ngtcp2_cid scid, dcid;
    endpoint.connection_ids().make(endpoint.random(), scid);
    uint8_t guess[kFirstServerIdLen];
    endpoint.random().fill(guess);
    ngtcp2_cid_init(&dcid, guess, sizeof guess);

    ngtcp2_settings settings;
    self->fill_settings(settings, options.timeout_ns);
    Bytes token = endpoint.token_cache().take(options.remote);
    settings.token = token.data();
    settings.tokenlen = token.size();
    settings.token_type = NGTCP2_TOKEN_TYPE_NEW_TOKEN;
    ngtcp2_transport_params params;
    self->fill_params(params);

    int rc =
        ngtcp2_conn_client_new(&self->conn_, &dcid, &scid, self->path_.get(), NGTCP2_PROTO_VER_V1,
                               &callbacks(), &settings, &params, endpoint.memory(), self.get());
    if (rc != 0) return failed("a new client connection", rc);
    self->register_id(scid);
    if (Error error = self->start_tls(*endpoint.client_context()); !error.ok()) return error;
    return self;
}

Result<std::unique_ptr<ConnectionImpl>> ConnectionImpl::server(EndpointImpl& endpoint, uint64_t id,
                                                               const Datagram& first,
                                                               const Acceptance& acceptance)
{
    const EndpointConfig& config = endpoint.config();
    std::unique_ptr<ConnectionImpl> self(
        new ConnectionImpl(endpoint, id, true, first.local, first.remote));
    self->window_ = config.unauthenticated_window;
    self->peer_streams_granted_ = config.unauthenticated_streams_open;
    self->peer_streams_max_ = config.unauthenticated_streams_open;

    const ngtcp2_pkt_hd& header = acceptance.header;
    ngtcp2_cid scid;
    endpoint.connection_ids().make(endpoint.random(), scid);
    self->first_id_key_ =
        endpoint.connection_ids().key_of_theirs(ByteView(header.dcid.data, header.dcid.datalen));

    ngtcp2_settings settings;
    self->fill_settings(settings, config.handshake_timeout_ns);
    if (acceptance.address_validated) {
        settings.token = header.token;
        settings.tokenlen = header.tokenlen;
        settings.token_type =
            acceptance.after_retry ? NGTCP2_TOKEN_TYPE_RETRY : NGTCP2_TOKEN_TYPE_NEW_TOKEN;
    }
    ngtcp2_transport_params params;
    self->fill_params(params);
    params.original_dcid = acceptance.original_dcid;
    params.original_dcid_present = 1;
    if (acceptance.after_retry) {
        params.retry_scid = header.dcid;
        params.retry_scid_present = 1;
    }
    ngtcp2_stateless_reset_token token =
        endpoint.resets().token_for(ByteView(scid.data, scid.datalen));
    std::copy(std::begin(token.data), std::end(token.data), params.stateless_reset_token);
    params.stateless_reset_token_present = 1;

    int rc =
        ngtcp2_conn_server_new(&self->conn_, &header.scid, &scid, self->path_.get(), header.version,
                               &callbacks(), &settings, &params, endpoint.memory(), self.get());
    if (rc != 0) return failed("a new server connection", rc);
    self->register_id(scid);
    if (Error error = self->start_tls(*endpoint.server_context()); !error.ok()) return error;
    return self;
}

}  // namespace ltn::quic
