// Trains of packets, on their way out.
#include <algorithm>
#include <utility>

#include "quic/connection_impl.h"
#include "quic/endpoint_impl.h"

namespace ltn::quic {

namespace {

constexpr size_t kVectorsMax = 8;
// With short messages a train ends early, so that the peer works on the first half while we build
// the second (488 to 812 thousand calls/s); bulk wants the longest trains (40 % at 1 MB).
constexpr size_t kShortTrain = 16;
constexpr size_t kBulkQueue = 128 * 1024;
// Pacing spreads packets over a round trip; below this there is nothing to spread them over.
constexpr Nanos kUnpacedRtt = kMillisecond;
// Nor above this: no path is so long, a machine slept before it read an acknowledgement. ngtcp2 takes
// that for the path (15 s asleep: two packets in 11 s, answers to path checks held back with them).
constexpr Nanos kPacedRttMax = 2 * kSecond;
constexpr unsigned kRttEveryTrains = 64;
constexpr size_t kClosePacketKept = 256;
// The search for datagrams above 1452 bytes begins when so much waits at once. ngtcp2 keeps a buffer
// as large as the largest packet it has read, for the life of a connection: peers whose messages are
// short do not make each other pay for that.
constexpr size_t kWideQueue = 64 * 1024;
// After so many trains the searches and exchanges of a young connection are over.
constexpr unsigned kYoungTrains = 64;

}  // namespace

ngtcp2_ssize ConnectionImpl::write_packet(ngtcp2_conn* conn, ngtcp2_path* path,
                                          ngtcp2_pkt_info* info, uint8_t* out, size_t len,
                                          ngtcp2_tstamp now, void* self)
{
    auto& of = *static_cast<ConnectionImpl*>(self);
    const size_t found = ngtcp2_conn_get_path_max_tx_udp_payload_size2(conn);
    // A probe that finds no room waits for it.
    if (!of.wide_) len = std::min(len, PathSize::kOrdinary);
    len = of.path_size_.limit(len);
    ngtcp2_ssize n = of.write_packet(path, info, MutableBytes(out, len), now);
    if (n > 0) of.path_size_.sent(static_cast<size_t>(n), found, now);
    return n;
}

ngtcp2_ssize ConnectionImpl::write_packet(ngtcp2_path* path, ngtcp2_pkt_info* info,
                                          MutableBytes out, ngtcp2_tstamp now)
{
    ngtcp2_vec vectors[kVectorsMax];
    bool carries = false;
    const size_t full = std::min(out.size(), ngtcp2_conn_get_path_max_tx_udp_payload_size2(conn_));
    for (;;) {
        Stream* stream = ready_streams_.front();
        StreamId id = -1;
        size_t count = 0, total = 0;
        uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_NONE;
        bool fin = false;
        if (stream != nullptr) {
            id = stream->id;
            count = stream->out.peek(vectors, kVectorsMax, total);
            fin = stream->fin_queued && total == stream->out.unsent();
            if (fin) flags |= NGTCP2_WRITE_STREAM_FLAG_FIN;
            if (!ready_streams_.single()) flags |= NGTCP2_WRITE_STREAM_FLAG_MORE;
            // Full packets keep a train going; a lone short one must not be blown up.
            if (unsent_total_ > full) flags |= NGTCP2_WRITE_STREAM_FLAG_PADDING;
        }
        ngtcp2_ssize taken = -1;
        ngtcp2_ssize n = ngtcp2_conn_writev_stream(conn_, path, info, out.data(), out.size(),
                                                   &taken, flags, id, vectors, count, now);
        if (stream != nullptr && taken >= 0) {
            stream->out.sent(static_cast<size_t>(taken));
            unsent_total_ -= static_cast<size_t>(taken);
            carries = carries || taken > 0;
            if (fin && static_cast<size_t>(taken) == total) {
                stream->fin_sent = true;
                stream->fin_with_data = taken > 0;
            }
            if (!stream->has_work()) {
                ready_streams_.remove(*stream);
            } else if (!ready_streams_.single()) {
                ready_streams_.remove(*stream);
                ready_streams_.push_back(*stream);
            }
            if (stream->watched) [[unlikely]]
                report_room(*stream);
        }
        if (carries && n > 0) expect_ping();
        if (stream == nullptr) return n;  // what follows is said of a stream
        switch (n) {
            case NGTCP2_ERR_WRITE_MORE: continue;
            case NGTCP2_ERR_STREAM_DATA_BLOCKED:
                stream->flow_blocked = true;
                ready_streams_.remove(*stream);
                continue;
            case NGTCP2_ERR_STREAM_SHUT_WR:
            case NGTCP2_ERR_STREAM_NOT_FOUND: close_writing(*stream); continue;
            default: return n;
        }
    }
}

size_t ConnectionImpl::train_limit() const
{
    const EndpointConfig& config = endpoint_.config();
    if (config.disable_gso_hint) return 1;
    size_t most = std::max<size_t>(config.train_datagrams_max, 1);
    const Stream* first = ready_streams_.front();
    bool bulk = first != nullptr && first->out.unsent() > kBulkQueue;
    return bulk ? most : std::min(most, kShortTrain);
}

// Unpaced once is unpaced for good: ngtcp2 counts what was sent meanwhile, and would make all of it up
// with one pause as soon as it is asked again.
bool ConnectionImpl::paced()
{
    if (!paced_) return false;
    ngtcp2_conn_info info;
    ngtcp2_conn_get_conn_info2(conn_, &info);
    // One sample is enough for a pause of seconds; a path that is short shows in many.
    if (info.smoothed_rtt > kPacedRttMax) paced_ = false;
    if (packets_until_rtt_ == 0) {
        packets_until_rtt_ = kRttEveryTrains;
        paced_ = paced_ && info.smoothed_rtt >= kUnpacedRtt;
    }
    --packets_until_rtt_;
    return paced_;
}

ConnectionImpl::Wrote ConnectionImpl::write(DatagramSink& sink)
{
    if (dead_) return Wrote::finished;
    if (close_to_send_) return write_close(sink);
    if (heard_ns_ == kNever) heard_ns_ = endpoint_.now_ns();
    if (unsent_total_ >= kWideQueue) wide_ = true;

    ngtcp2_path_storage storage;
    ngtcp2_path_storage_zero(&storage);
    ngtcp2_pkt_info info{};
    MutableBytes room = endpoint_.train_room();
    size_t segment_len = 0;
    ngtcp2_ssize n = ngtcp2_conn_write_aggregate_pkt2(
        conn_, &storage.path, &info, room.data(), room.size(), &segment_len,
        &ConnectionImpl::write_packet, train_limit(), endpoint_.now_ns());
    if (n < 0) {
        handle_error(static_cast<int>(n));
        return dead_ ? Wrote::finished : Wrote::more;
    }
    ack_due_ns_ = kNever;
    datagrams_unanswered_ = 0;
    bool after_timer = std::exchange(after_timer_, false);
    if (n == 0) return Wrote::done;
    if (paced()) ngtcp2_conn_update_pkt_tx_time(conn_, endpoint_.now_ns());

    Train train;
    train.local = local_;
    train.remote = same(storage.path.remote, remote_) ? remote_ : from_ngtcp2(storage.path.remote);
    train.bytes = ByteView(room.data(), static_cast<size_t>(n));
    train.segment_len = segment_len;
    train.ecn = info.ecn;
    if (answers_.wanted()) expect_answer();
    if (!endpoint_.offer(sink, train)) return Wrote::blocked;
    if (trains_ < kYoungTrains) {
        ++trains_;
        return Wrote::more;
    }
    // Room left in the packet and nobody who wants it: asking ngtcp2 once more would yield nothing
    // (a tenth of the cost of a short call). It would after a timer, which may want two packets.
    bool all_said = ready_streams_.empty() && train.bytes.size() < NGTCP2_MAX_UDP_PAYLOAD_SIZE &&
                    path_validated_ && !after_timer;
    return all_said ? Wrote::done : Wrote::more;
}

ConnectionImpl::Wrote ConnectionImpl::write_close(DatagramSink& sink)
{
    ngtcp2_ccerr error;
    ngtcp2_ccerr_default(&error);
    ByteView reason = as_bytes(close_info_.reason);
    if (close_is_application_) {
        ngtcp2_ccerr_set_application_error(&error, close_info_.code, reason.data(), reason.size());
    } else {
        ngtcp2_ccerr_set_transport_error(&error, close_info_.code, reason.data(), reason.size());
    }
    ngtcp2_path_storage storage;
    ngtcp2_path_storage_zero(&storage);
    ngtcp2_pkt_info info{};
    MutableBytes room = endpoint_.train_room();
    ngtcp2_ssize n = ngtcp2_conn_write_connection_close(conn_, &storage.path, &info, room.data(),
                                                        1200, &error, endpoint_.now_ns());
    close_to_send_ = false;
    dead_ = true;
    // Nothing can be sent without keys, or to an address that has not earned it: then silence.
    if (n <= 0) return Wrote::finished;
    ByteView packet(room.data(), static_cast<size_t>(n));
    if (packet.size() <= kClosePacketKept) close_packet_.assign(packet.begin(), packet.end());
    Train train;
    train.local = local_;
    train.remote = remote_;
    train.bytes = packet;
    train.segment_len = packet.size();
    train.ecn = info.ecn;
    endpoint_.offer(sink, train);
    return Wrote::finished;
}

}  // namespace ltn::quic
