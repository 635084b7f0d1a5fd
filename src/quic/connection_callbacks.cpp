// What ngtcp2 reports while it reads a datagram or looks at its timers.
#include <algorithm>

#include "quic/connection_impl.h"
#include "quic/endpoint_impl.h"
#include "quic/tls/crypto.h"

namespace ltn::quic {

// The C side: user data to object, flags to words. Nothing here throws but for want of memory.
struct Callbacks {
    static ConnectionImpl& of(void* user) { return *static_cast<ConnectionImpl*>(user); }
    static Stream* stream_of(void* user) { return static_cast<Stream*>(user); }

    static int handshake_completed(ngtcp2_conn*, void* user)
    {
        return of(user).on_handshake_completed();
    }
    static int client_initial(ngtcp2_conn* conn, const ngtcp2_cid* dcid, void* user)
    {
        ++of(user).endpoint_.mutable_stats().initial_keys_derived;
        return tls::derive_initial_keys(conn, *dcid);
    }
    static int crypto_data(ngtcp2_conn*, ngtcp2_encryption_level level, uint64_t,
                           const uint8_t* data, size_t len, void* user)
    {
        return of(user).on_crypto_data(level, ByteView(data, len));
    }
    static int stream_open(ngtcp2_conn*, int64_t id, void* user)
    {
        return of(user).on_stream_open(id);
    }
    static int stream_data(ngtcp2_conn*, uint32_t flags, int64_t id, uint64_t, const uint8_t* data,
                           size_t len, void* user, void* stream)
    {
        return of(user).on_stream_data(id, stream_of(stream), ByteView(data, len),
                                       (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0);
    }
    static int stream_acked(ngtcp2_conn*, int64_t, uint64_t offset, uint64_t len, void* user,
                            void* stream)
    {
        return of(user).on_stream_acked(stream_of(stream), offset, len);
    }
    static int stream_close(ngtcp2_conn*, uint32_t, int64_t id, uint64_t, void* user, void* stream)
    {
        return of(user).on_stream_close(id, stream_of(stream));
    }
    static int stream_reset(ngtcp2_conn*, int64_t id, uint64_t, uint64_t code, void* user,
                            void* stream)
    {
        return of(user).on_stream_reset(id, stream_of(stream), code);
    }
    static int stop_sending(ngtcp2_conn*, int64_t id, uint64_t code, void* user, void* stream)
    {
        return of(user).on_stream_stopped(id, stream_of(stream), code);
    }
    static int stream_credit(ngtcp2_conn*, int64_t, uint64_t, void* user, void* stream)
    {
        return of(user).on_stream_credit(stream_of(stream));
    }
    static int streams_available(ngtcp2_conn*, uint64_t, void* user)
    {
        ConnectionImpl& self = of(user);
        if (self.ready_ && !self.closing_) self.endpoint_.events().on_streams_available(self);
        return 0;
    }
    static void rand(uint8_t* out, size_t len, const ngtcp2_rand_ctx* context)
    {
        static_cast<Random*>(context->native_handle)->fill(MutableBytes(out, len));
    }
    static int new_id(ngtcp2_conn*, ngtcp2_cid* id, ngtcp2_stateless_reset_token* token, size_t,
                      void* user)
    {
        return of(user).on_new_id(*id, *token);
    }
    static int id_gone(ngtcp2_conn*, const ngtcp2_cid* id, void* user)
    {
        return of(user).on_id_gone(*id);
    }
    static int path_check_begun(ngtcp2_conn*, uint32_t, const ngtcp2_path* path, const ngtcp2_path*,
                                void* user)
    {
        return of(user).on_path_check(*path, true, false);
    }
    static int path_checked(ngtcp2_conn*, uint32_t, const ngtcp2_path* path, const ngtcp2_path*,
                            ngtcp2_path_validation_result result, void* user)
    {
        return of(user).on_path_check(*path, false,
                                      result == NGTCP2_PATH_VALIDATION_RESULT_SUCCESS);
    }
    static int path_challenge(ngtcp2_conn*, ngtcp2_path_challenge_data* data, void* user)
    {
        of(user).endpoint_.random().fill(data->data);
        return 0;
    }
    static int new_token(ngtcp2_conn*, const uint8_t* token, size_t len, void* user)
    {
        return of(user).on_new_token(ByteView(token, len));
    }
    static int peer_id_status(ngtcp2_conn*, ngtcp2_connection_id_status_type type, uint64_t,
                              const ngtcp2_cid*, const ngtcp2_stateless_reset_token* token,
                              void* user)
    {
        return of(user).on_peer_id(type == NGTCP2_CONNECTION_ID_STATUS_TYPE_ACTIVATE, token);
    }
    static int stateless_reset(ngtcp2_conn*, const ngtcp2_pkt_stateless_reset2*, void* user)
    {
        of(user).reset_by_peer_ = true;
        return 0;
    }
};

const ngtcp2_callbacks& ConnectionImpl::callbacks()
{
    static const ngtcp2_callbacks table = [] {
        ngtcp2_callbacks c{};
        tls::install_crypto_callbacks(c);
        c.recv_client_initial = Callbacks::client_initial;
        c.handshake_completed = Callbacks::handshake_completed;
        c.recv_crypto_data = Callbacks::crypto_data;
        c.stream_open = Callbacks::stream_open;
        c.recv_stream_data = Callbacks::stream_data;
        c.acked_stream_data_offset = Callbacks::stream_acked;
        c.stream_close = Callbacks::stream_close;
        c.stream_reset = Callbacks::stream_reset;
        c.recv_stop_sending = Callbacks::stop_sending;
        c.extend_max_stream_data = Callbacks::stream_credit;
        c.extend_max_local_streams_bidi = Callbacks::streams_available;
        c.rand = Callbacks::rand;
        c.get_new_connection_id2 = Callbacks::new_id;
        c.remove_connection_id = Callbacks::id_gone;
        c.begin_path_validation = Callbacks::path_check_begun;
        c.path_validation = Callbacks::path_checked;
        c.get_path_challenge_data2 = Callbacks::path_challenge;
        c.recv_new_token = Callbacks::new_token;
        c.dcid_status2 = Callbacks::peer_id_status;
        c.recv_stateless_reset2 = Callbacks::stateless_reset;
        return c;
    }();
    return table;
}

int ConnectionImpl::on_crypto_data(ngtcp2_encryption_level level, ByteView bytes)
{
    if (tls_ == nullptr || handshake_complete_) {
        // Tickets at a client: we resume nothing, so there is nobody to read them. A server is
        // sent nothing here by an honest client; the frame counts against the peer in any case.
        return 0;
    }
    return tls::feed(conn_, level, bytes);
}

int ConnectionImpl::on_handshake_completed()
{
    handshake_complete_ = true;
    alpn_ = tls_->alpn();
    if (alpn_.empty()) {
        // wolfSSL lets a peer pass that names no protocol at all.
        fail_with(CloseInfo::Cause::alpn, NGTCP2_CRYPTO_ERROR | tls::kAlertNoApplicationProtocol,
                  "no application protocol", false);
        return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    if (is_server_) {
        fingerprint_ = endpoint_.own_fingerprint();
        uint8_t token[Tokens::kLenMax];
        size_t len =
            endpoint_.tokens().make_new_token(token, remote_, endpoint_.random(), endpoint_.now());
        if (ngtcp2_conn_submit_new_token(conn_, token, len) != 0) {
            return NGTCP2_ERR_CALLBACK_FAILURE;
        }
    } else {
        fingerprint_ = tls_->peer_fingerprint();
        if (!fingerprint_) {
            fail_with(CloseInfo::Cause::certificate, NGTCP2_CRYPTO_ERROR | 42,
                      "the handshake completed without a checked certificate", false);
            return NGTCP2_ERR_CALLBACK_FAILURE;
        }
    }
    if (alpn_ == kAlpnOwn) {
        binding_.emplace();
        if (!tls_->export_key(kBindingLabel, {}, *binding_)) {
            fail_with(CloseInfo::Cause::internal, NGTCP2_INTERNAL_ERROR, "no exporter", false);
            return NGTCP2_ERR_CALLBACK_FAILURE;
        }
    }
    EndpointStats& stats = endpoint_.mutable_stats();
    ++stats.handshakes_completed;
    if (is_server_) --stats.handshaking;
    ready_ = true;
    endpoint_.events().on_ready(*this);
    return 0;
}

int ConnectionImpl::on_stream_open(StreamId id)
{
    Stream* stream = adopt_stream(id);
    ++peer_streams_opened_;
    return ngtcp2_conn_set_stream_user_data(conn_, id, stream) == 0 ? 0
                                                                    : NGTCP2_ERR_CALLBACK_FAILURE;
}

int ConnectionImpl::on_stream_data(StreamId id, Stream* stream, ByteView bytes, bool fin)
{
    if (closing_) return 0;
    got_stream_data_ = true;
    if (reading_elsewhere_) data_elsewhere_ = true;
    if (stream != nullptr) {
        stream->received += bytes.size();
        credit_.arrived(bytes.size());
        last_stream_ = stream;
    }
    if (bytes.empty() && !fin) return 0;
    earn_bytes(bytes.size());
    endpoint_.events().on_stream_data(*this, id, bytes, fin);
    lend();  // what nobody took at once
    return 0;
}

int ConnectionImpl::on_stream_acked(Stream* stream, uint64_t offset, uint64_t len)
{
    if (stream == nullptr) return 0;
    const size_t fresh = stream->out.acked(offset + len);
    drop_unacked(fresh);
    earn_bytes(fresh);
    if (fresh > 0) heard();
    if (stream->watched) [[unlikely]]
        report_room(*stream);
    // A last call without bytes is about an end that travelled alone.
    if (stream->fin_sent && !stream->flushed && !stream->write_closed &&
        stream->out.unacked() == 0 && (stream->fin_with_data || len == 0)) {
        stream->flushed = true;
        if (!closing_) endpoint_.events().on_stream_flushed(*this, stream->id);
    }
    return 0;
}

int ConnectionImpl::on_stream_close(StreamId id, Stream* stream)
{
    bool theirs = ngtcp2_conn_is_local_stream2(conn_, id) == 0;
    if (stream != nullptr) {
        if (stream->received > stream->consumed) {
            give_credit(credit_.taken(stream->received - stream->consumed, endpoint_.lending()));
        }
        if (stream->in_order && stream->fin_sent) earn_stream();
        bool flushed = stream->fin_sent && !stream->flushed && !stream->write_closed;
        // From here on the id is unknown, also to a handler that asks.
        ngtcp2_conn_set_stream_user_data(conn_, id, nullptr);
        drop_stream(*stream);
        if (flushed && !closing_) endpoint_.events().on_stream_flushed(*this, id);
    }
    if (theirs) ++peer_streams_closed_;
    // First, since the layer above may hold the slot.
    if (!closing_) endpoint_.events().on_stream_closed(*this, id);
    if (theirs) give_slot_back();
    endpoint_.lend_again();
    return 0;
}

int ConnectionImpl::on_stream_reset(StreamId id, Stream* stream, uint64_t code)
{
    if (stream != nullptr && stream->stop_asked) forgive(Oddity::reset);
    if (stream != nullptr) stream->in_order = false;
    if (!closing_) endpoint_.events().on_stream_reset(*this, id, code);
    return 0;
}

int ConnectionImpl::on_stream_stopped(StreamId id, Stream* stream, uint64_t code)
{
    // quinn stops a stream whose frame it has read before it saw the end: that is ordinary. Often the
    // acknowledgement of the end comes with it, ngtcp2 has forgotten the stream and this is not called:
    // then what the stream has earned pays for it.
    if (stream != nullptr) {
        if (stream->fin_queued) {
            forgive(Oddity::stop);
        } else {
            stream->in_order = false;
        }
        close_writing(*stream);
    }
    if (!closing_) endpoint_.events().on_stop_sending(*this, id, code);
    return 0;
}

int ConnectionImpl::on_stream_credit(Stream* stream)
{
    if (stream == nullptr) return 0;
    stream->flow_blocked = false;
    make_ready(*stream);
    return 0;
}

int ConnectionImpl::on_new_id(ngtcp2_cid& id, ngtcp2_stateless_reset_token& token)
{
    endpoint_.connection_ids().make(endpoint_.random(), id);
    token = endpoint_.resets().token_for(ByteView(id.data, id.datalen));
    register_id(id);
    return 0;
}

int ConnectionImpl::on_id_gone(const ngtcp2_cid& id)
{
    uint64_t key = ConnectionIds::key_of_ours(id.data);
    endpoint_.remove_id(key, *this);
    ids_.erase(std::remove(ids_.begin(), ids_.end(), key), ids_.end());
    return 0;
}

int ConnectionImpl::on_peer_id(bool in_use, const ngtcp2_stateless_reset_token* token)
{
    if (token == nullptr) return 0;
    uint64_t key = endpoint_.connection_ids().key_of_theirs(token->data);
    if (in_use) {
        reset_keys_.push_back(key);
        endpoint_.add_reset_token(key, *this);
    } else {
        endpoint_.remove_reset_token(key, *this);
        reset_keys_.erase(std::remove(reset_keys_.begin(), reset_keys_.end(), key),
                          reset_keys_.end());
    }
    return 0;
}

int ConnectionImpl::on_path_check(const ngtcp2_path& path, bool begun, bool good)
{
    if (begun) {
        path_in_check_ = from_ngtcp2(path.remote);
        return 0;
    }
    if (good && !path_validated_ && same(path.remote, remote_)) {
        path_validated_ = true;
        if (!closing_) endpoint_.events().on_path_changed(*this, true);
    }
    return 0;
}

int ConnectionImpl::on_new_token(ByteView token)
{
    endpoint_.token_cache().put(remote_, token);
    return 0;
}

}  // namespace ltn::quic
