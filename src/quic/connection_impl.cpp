// What the jobs above call on a connection.
#include "quic/connection_impl.h"

#include <algorithm>

#include "quic/endpoint_impl.h"

namespace ltn::quic {

namespace {

constexpr size_t kReasonMax = 256;

Error gone(const char* what)
{
    return Error(Code::closed, Category::connection, what);
}

}  // namespace

std::string printable(ByteView text)
{
    std::string out;
    for (uint8_t byte : text.first(std::min(text.size(), kReasonMax))) {
        out.push_back(byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '?');
    }
    return out;
}

ConnectionStats ConnectionImpl::stats() const
{
    ngtcp2_conn_info info;
    ngtcp2_conn_get_conn_info2(conn_, &info);
    ConnectionStats out;
    out.smoothed_rtt_ns = info.smoothed_rtt;
    out.packets_sent = info.pkt_sent;
    out.packets_received = info.pkt_recv;
    out.packets_lost = info.pkt_lost;
    out.bytes_sent = info.bytes_sent;
    out.bytes_received = info.bytes_recv;
    out.datagram_bytes = path_size_.limit(ngtcp2_conn_get_path_max_tx_udp_payload_size2(conn_));
    return out;
}

Error ConnectionImpl::exporter(std::string_view label, ByteView context, MutableBytes out) const
{
    if (handshake_complete_ && tls_ != nullptr && tls_->export_key(label, context, out)) return {};
    if (binding_ && label == kBindingLabel && context.empty() && out.size() <= binding_->size()) {
        std::copy_n(binding_->begin(), out.size(), out.begin());
        return {};
    }
    return Error(Code::wrong_state, Category::handshake,
                 "expected the handshake to have just ended, or the label \"" +
                     std::string(kBindingLabel) + "\" on a connection of " + std::string(kAlpnOwn) +
                     ", got neither");
}

Stream* ConnectionImpl::find(StreamId id) const
{
    if (last_stream_ != nullptr && last_stream_->id == id) return last_stream_;
    auto* stream = static_cast<Stream*>(ngtcp2_conn_get_stream_user_data2(conn_, id));
    if (stream != nullptr) last_stream_ = stream;
    return stream;
}

Stream* ConnectionImpl::adopt_stream(StreamId id)
{
    Stream* stream = endpoint_.new_stream();
    stream->id = id;
    stream->window = endpoint_.config().stream_window;
    stream->next_of_all = streams_;
    if (streams_ != nullptr) streams_->previous_of_all = stream;
    streams_ = stream;
    last_stream_ = stream;
    return stream;
}

void ConnectionImpl::drop_stream(Stream& stream)
{
    ready_streams_.remove(stream);
    if (last_stream_ == &stream) last_stream_ = nullptr;
    unsent_total_ -= stream.out.unsent();
    drop_unacked(stream.out.unacked());
    (stream.previous_of_all == nullptr ? streams_ : stream.previous_of_all->next_of_all) =
        stream.next_of_all;
    if (stream.next_of_all != nullptr) {
        stream.next_of_all->previous_of_all = stream.previous_of_all;
    }
    endpoint_.free_stream(&stream);
}

void ConnectionImpl::add_unacked(size_t bytes)
{
    unacked_total_ += bytes;
    endpoint_.mutable_stats().bytes_unacked += bytes;
}

void ConnectionImpl::drop_unacked(size_t bytes)
{
    unacked_total_ -= bytes;
    endpoint_.mutable_stats().bytes_unacked -= bytes;
}

void ConnectionImpl::make_ready(Stream& stream)
{
    if (stream.flow_blocked || !stream.has_work()) return;
    ready_streams_.push_back(stream);
    endpoint_.mark_dirty(*this);
}

void ConnectionImpl::close_writing(Stream& stream)
{
    ready_streams_.remove(stream);
    size_t dropped = stream.out.drop_unsent();
    unsent_total_ -= dropped;
    drop_unacked(dropped);
    stream.write_closed = true;
}

Result<StreamId> ConnectionImpl::open_stream()
{
    if (!ready_ || closing_) {
        return Error(Code::wrong_state, Category::connection,
                     "expected an open connection for a stream, got one that is not");
    }
    StreamId id = -1;
    int rc = ngtcp2_conn_open_bidi_stream(conn_, &id, nullptr);
    if (rc == NGTCP2_ERR_STREAM_ID_BLOCKED) {
        return Error(Code::full, Category::connection,
                     "the peer allows no more streams at the moment");
    }
    if (rc != 0) return Error(Code::no_memory, Category::connection, ngtcp2_strerror(rc));
    ngtcp2_conn_set_stream_user_data(conn_, id, adopt_stream(id));
    return id;
}

Error ConnectionImpl::send(StreamId id, SharedBytes bytes, bool fin)
{
    if (closing_) return gone("the connection is closing");
    Stream* stream = find(id);
    if (stream == nullptr || stream->write_closed || stream->fin_queued) {
        return gone("the stream takes no more bytes");
    }
    if (!bytes.empty()) {
        // The clock was last looked at long ago, perhaps: the next write tells the time.
        if (unacked_total_ == 0) heard_ns_ = kNever;
        add_unacked(bytes.size());
        unsent_total_ += bytes.size();
        stream->out.push(std::move(bytes));
    }
    stream->fin_queued = fin;
    make_ready(*stream);
    return {};
}

size_t ConnectionImpl::unacked(StreamId id) const
{
    Stream* stream = find(id);
    return stream == nullptr ? 0 : stream->out.unacked();
}

SendBacklog ConnectionImpl::backlog(StreamId id) const
{
    const Stream* stream = find(id);
    if (stream == nullptr) return {};
    return {stream->out.unsent(), stream->out.unacked(), stream->out.pieces()};
}

void ConnectionImpl::watch_room(StreamId id, const SendBacklog& at_most)
{
    Stream* stream = find(id);
    if (stream == nullptr) return;
    stream->watched = true;
    stream->room = at_most;
}

void ConnectionImpl::report_room(Stream& stream)
{
    if (stream.out.unsent() > stream.room.unsent || stream.out.unacked() > stream.room.unacked ||
        stream.out.pieces() > stream.room.pieces) {
        return;
    }
    stream.watched = false;
    if (!closing_) endpoint_.events().on_stream_room(*this, stream.id);
}

void ConnectionImpl::consumed(StreamId id, size_t len)
{
    Stream* stream = find(id);
    if (stream == nullptr || closing_) return;
    len = static_cast<size_t>(std::min<uint64_t>(len, stream->received - stream->consumed));
    if (len == 0) return;
    stream->consumed += len;
    stream->uncredited += len;
    ngtcp2_conn_extend_max_stream_offset(conn_, id, len);
    give_credit(credit_.taken(len, endpoint_.lending()));
    stream->used_up += len;
    if (stream->used_up >= stream->window / 2) tune_window(*stream);
    // ngtcp2 tells the peer when a quarter of a window has come together; before that there is
    // nothing to write.
    if (stream->uncredited >= endpoint_.config().stream_window / 4) {
        stream->uncredited = 0;
        endpoint_.mark_dirty(*this);
    }
    endpoint_.lend_again();
}

void ConnectionImpl::give_credit(uint64_t bytes)
{
    if (bytes == 0) return;
    ngtcp2_conn_extend_max_offset(conn_, bytes);
    uncredited_ += bytes;
    if (uncredited_ < window_ / 4) return;
    uncredited_ = 0;
    endpoint_.mark_dirty(*this);
}

// A stranger's small window bounds what may lie here of his, read or not.
void ConnectionImpl::lend()
{
    if (!authenticated_ || closing_ || credit_.owed() == 0) return;
    const EndpointConfig& config = endpoint_.config();
    const uint64_t most = std::min(config.lent_per_connection_max, config.lent_max / 2);
    give_credit(credit_.lend(most, endpoint_.lending()));
}

// A peer that uses up half a window within two round trips is held back by it.
void ConnectionImpl::tune_window(Stream& stream)
{
    Nanos now_ns = endpoint_.now_ns();
    Nanos before_ns = stream.looked_at_ns;
    stream.looked_at_ns = now_ns;
    stream.used_up = 0;
    uint64_t most = endpoint_.config().stream_window_max;
    if (stream.window_set || before_ns == 0 || stream.window >= most) return;
    if (now_ns - before_ns >= 2 * stats().smoothed_rtt_ns) return;
    uint64_t more = std::min(stream.window, most - stream.window);
    stream.window += more;
    ngtcp2_conn_extend_max_stream_offset(conn_, stream.id, more);
}

void ConnectionImpl::set_window(StreamId id, uint64_t bytes)
{
    Stream* stream = find(id);
    if (stream == nullptr || closing_) return;
    stream->window_set = true;
    if (bytes <= stream->window) return;
    ngtcp2_conn_extend_max_stream_offset(conn_, id, bytes - stream->window);
    stream->window = bytes;
    endpoint_.mark_dirty(*this);
}

void ConnectionImpl::reset(StreamId id, uint64_t code)
{
    Stream* stream = find(id);
    if (stream == nullptr || closing_) return;
    close_writing(*stream);
    ngtcp2_conn_shutdown_stream_write(conn_, 0, id, code);
    endpoint_.mark_dirty(*this);
}

void ConnectionImpl::stop_sending(StreamId id, uint64_t code)
{
    Stream* stream = find(id);
    if (stream == nullptr || closing_) return;
    stream->stop_asked = true;
    ngtcp2_conn_shutdown_stream_read(conn_, 0, id, code);
    endpoint_.mark_dirty(*this);
}

void ConnectionImpl::raise_limits(const StreamLimits& limits)
{
    if (closing_) return;
    if (!authenticated_) glitches_ = TokenBucket(kGlitchesPeer.burst, kGlitchesPeer.per_second);
    authenticated_ = true;
    peer_streams_max_ = std::max(peer_streams_max_, limits.streams_open_max);
    uint64_t granted = slots_due();
    if (granted > peer_streams_granted_) {
        ngtcp2_conn_extend_max_streams_bidi(conn_,
                                            static_cast<size_t>(granted - peer_streams_granted_));
        peer_streams_granted_ = granted;
    }
    if (limits.connection_window > window_) {
        ngtcp2_conn_extend_max_offset(conn_, limits.connection_window - window_);
        window_ = limits.connection_window;
    }
    lend();
    endpoint_.mark_dirty(*this);
}

void ConnectionImpl::give_slot_back()
{
    uint64_t granted = slots_due();
    if (granted <= peer_streams_granted_) return;
    if (!authenticated_) {
        granted = std::min(granted, endpoint_.config().unauthenticated_streams_total);
    } else {
        // One frame for many: as long as the peer has a quarter of its streams left, it can wait.
        uint64_t left = peer_streams_granted_ - peer_streams_opened_;
        if (left > peer_streams_max_ / 4 && granted - peer_streams_granted_ < 32) return;
    }
    if (granted <= peer_streams_granted_) return;
    ngtcp2_conn_extend_max_streams_bidi(conn_,
                                        static_cast<size_t>(granted - peer_streams_granted_));
    peer_streams_granted_ = granted;
    endpoint_.mark_dirty(*this);
}

void ConnectionImpl::release_slot()
{
    if (peer_slots_held_ == 0) return;
    --peer_slots_held_;
    if (!closing_) give_slot_back();
}

void ConnectionImpl::set_keep_alive(Nanos interval_ns)
{
    keep_alive_ns_ = interval_ns;
    if (nudges_left_ > 0) return;  // PINGs are on their way already
    // Less the tick that it may wait for. A peer with the same interval then hears from us in time
    // and sends no PING of its own.
    if (interval_ns > kSecond) interval_ns -= kSharedTick;
    ngtcp2_conn_set_keep_alive_timeout(conn_, interval_ns == 0 ? UINT64_MAX : interval_ns);
}

void ConnectionImpl::close(uint64_t code, std::string_view reason)
{
    fail_with(CloseInfo::Cause::local, code, reason, true);
}

void ConnectionImpl::set_deadline(Nanos at_ns, std::string_view reason)
{
    deadline_ns_ = at_ns;
    deadline_reason_ = reason;
    endpoint_.set_timer(*this, due_ns());
}

void ConnectionImpl::fail_with(CloseInfo::Cause cause, uint64_t code, std::string_view reason,
                               bool application)
{
    if (closing_) return;
    closing_ = true;
    close_to_send_ = true;
    close_is_application_ = application;
    close_info_ = {cause, code, printable(as_bytes(reason))};
    endpoint_.mark_dirty(*this);
}

void ConnectionImpl::end_silently(CloseInfo::Cause cause, uint64_t code, std::string_view reason)
{
    if (!closing_) close_info_ = {cause, code, printable(as_bytes(reason))};
    closing_ = true;
    close_to_send_ = false;
    dead_ = true;
}

}  // namespace ltn::quic
