// From the bytes of a stream to one frame: what may be kept of it, for how long, and how much of it
// over all peers (1.5, 1.9).
#include <algorithm>

#include "transport/frame_sender.h"
#include "transport/server_core.h"

namespace ltn::transport {

namespace {

using Phase = ServerStream::Phase;
using State = codec::FrameReader::State;

// The body of a refused request up to here is let run out; a longer one is stopped, at the price
// that the original's client then reports a write error (upstream-S2).
constexpr uint64_t kDrainMax = 4096;

// A frame that has begun is given this long, whatever comes; PINGs keep the connection alive, so
// nothing else would ever end it (attack-A5).
constexpr Nanos kReadGrace = 5 * kSecond;
// From then on a look every so often, at 1 KiB/s each: long enough for a path that loses three
// packets in a row and backs off, and no credit for what came fast before.
constexpr Nanos kReadLook = 10 * kSecond;
constexpr uint64_t kReadBytesPerLook = 10 * 1024;

// One frame in so many pieces, or in pieces of so many bytes each, is how the network brings it; each
// beyond is work for us that its writer did not have to make (upstream-S19). Below 200 a second the
// budget of oddities lets it pass. Chunks are frames of their own, and may be small.
constexpr uint64_t kPiecesFree = 256;
constexpr uint64_t kPieceMean = 64;

}  // namespace

ServerStream& ServerCoreImpl::stream_of(ServerConnection& connection, quic::StreamId id)
{
    ServerStream* stream = connection.streams.find(static_cast<uint64_t>(id));
    if (stream != nullptr) return *stream;
    stream = take_from_pool();
    stream->connection = &connection;
    stream->id = id;
    stream->reader = codec::FrameReader(config_.frame_payload_max, buffers_.get());
    connection.streams.insert(static_cast<uint64_t>(id), stream);
    return *stream;
}

void ServerCoreImpl::on_stream_data(quic::Connection& link, quic::StreamId id, ByteView bytes,
                                    bool fin)
{
    ServerConnection* connection = connection_of(link);
    if (connection != nullptr && connection->second && !link.closing()) {
        ServerStream* known = connection->streams.find(static_cast<uint64_t>(id));
        if (known != nullptr && known->takes_chunks()) return chunks_came(*known, bytes, fin);
    }
    // Before anything else: credit for the connection returns even from streams nobody reads.
    if (!bytes.empty()) link.consumed(id, bytes.size());
    if (connection == nullptr || link.closing()) return;
    ServerStream& stream = stream_of(*connection, id);
    stream.fin_seen = stream.fin_seen || fin;
    if (stream.phase != Phase::reading) return;
    stream.received += bytes.size();
    ++stream.pieces;
    if (stream.pieces > kPiecesFree && (stream.pieces - kPiecesFree) * kPieceMean > stream.received)
        link.glitch(1);
    read(stream, bytes);
    if (stream.phase != Phase::reading) return;
    if (fin) return unreadable(stream);
    if (!stream.timer.armed()) {
        timers_.set(stream.timer, saturating_add(now_.monotonic_ns, kReadGrace));
    }
}

void ServerCoreImpl::read(ServerStream& stream, ByteView bytes)
{
    size_t used = 0;
    auto state = State::need_more;
    if (stream.header_got < codec::kFrameHeaderLen) {
        size_t wanted = std::min(codec::kFrameHeaderLen - stream.header_got, bytes.size());
        state = stream.reader.feed(bytes.first(wanted), &used);
        stream.header_got = static_cast<uint8_t>(stream.header_got + wanted);
        bytes = bytes.subspan(wanted);
        if (state == State::failed) return unreadable(stream);
        if (stream.header_got < codec::kFrameHeaderLen) return;
        if (!judge_header(stream)) return;
    }
    if (state == State::need_more) {
        if (!hold_bytes(stream, bytes.size())) return;
        state = stream.reader.feed(bytes, &used);
    }
    if (state == State::failed) return unreadable(stream);
    if (state != State::complete) return;
    frame_complete(stream);
    if (!stream.takes_chunks()) return;
    // What follows the request came with it, and its credit is given back already.
    const ByteView rest = bytes.subspan(used);
    stream.incoming->reader.prepaid(rest.size());
    chunks_came(stream, rest, stream.fin_seen);
}

bool ServerCoreImpl::judge_header(ServerStream& stream)
{
    uint64_t len = stream.reader.declared_len();
    switch (stream.reader.type().value()) {
        case codec::FrameType::handshake_request:
            if (len <= config_.unauthenticated_frame_max) return true;
            break;
        case codec::FrameType::synapse_packet:
            if (!stream.connection->authenticated) {
                // Before any lookup of the name, so that it tells nothing (upstream-S15), and before
                // a byte of the body is kept (upstream-S2).
                ++stats_.requests_unauthenticated;
                if (len <= kDrainMax) stream.fin_seen = true;
                answer_failure(stream, "authentication failed", codec::AnswerCode::unauthenticated);
                return false;
            }
            if (len <= config_.held_bytes_max) return true;
            refuse_for_bytes(stream);
            return false;
        default: break;
    }
    unreadable(stream);
    return false;
}

void ServerCoreImpl::frame_complete(ServerStream& stream)
{
    if (stream.reader.type() == codec::FrameType::handshake_request) {
        begin_handshake(stream);
    } else if (stream.connection->authenticated) {
        begin_request(stream);
    } else {
        ++stats_.requests_unauthenticated;
        answer_failure(stream, "authentication failed", codec::AnswerCode::unauthenticated);
    }
}

void ServerCoreImpl::frame_overdue(ServerStream& stream)
{
    if (stream.past_grace && stream.received - stream.mark < kReadBytesPerLook) {
        ++stats_.requests_too_slow;
        return unreadable(stream);
    }
    stream.past_grace = true;
    stream.mark = stream.received;
    timers_.set(stream.timer, saturating_add(now_.monotonic_ns, kReadLook));
}

// The budget is shared by all peers, so it is the one that holds most of it that has to give way:
// whoever floods it is refused, and a peer with a small request is not.
bool ServerCoreImpl::hold_bytes(ServerStream& stream, size_t len)
{
    if (stream.reader.type() != codec::FrameType::synapse_packet) return true;
    ServerConnection& connection = *stream.connection;
    uint64_t fresh = std::min<uint64_t>(len, stream.reader.declared_len() - stream.held_bytes);
    while (held_bytes_ + fresh > config_.held_bytes_max) {
        ServerConnection* largest = &connection;
        uint64_t most = connection.held_bytes + fresh;
        connections_.for_each([&largest, &most](ServerConnection& other) {
            if (other.held_bytes > most) {
                largest = &other;
                most = other.held_bytes;
            }
        });
        ServerStream* victim = &stream;
        if (largest != &connection) {
            victim = nullptr;
            largest->streams.for_each([&victim](ServerStream& other) {
                if (victim == nullptr || other.held_bytes > victim->held_bytes) victim = &other;
            });
        }
        refuse_for_bytes(*victim);
        if (victim == &stream) return false;
    }
    stream.held_bytes += fresh;
    connection.held_bytes += fresh;
    held_bytes_ += fresh;
    return true;
}

void ServerCoreImpl::let_go_of_bytes(ServerStream& stream)
{
    held_bytes_ -= stream.held_bytes;
    stream.connection->held_bytes -= stream.held_bytes;
    stream.held_bytes = 0;
}

// With the generic failure and not with an empty end: the peer did nothing wrong, and may try again.
void ServerCoreImpl::refuse_for_bytes(ServerStream& stream)
{
    ++stats_.requests_over_bytes;
    give_up(stream, Code::full);
    answer_failure(stream, "request processing failed", codec::AnswerCode::busy);
}

void ServerCoreImpl::unreadable(ServerStream& stream)
{
    send_empty(*stream.connection->link, stream.id);
    stream.connection->link->glitch(1);
    conclude(stream);
}

}  // namespace ltn::transport
