// Streams and requests on the server: one frame in, one frame out (5.4 to 5.8).
#include <algorithm>

#include "transport/frame_sender.h"
#include "transport/server_core.h"

namespace ltn::transport {

namespace {

using Phase = ServerStream::Phase;

// Finished streams kept for the next ones; above this they are given back.
constexpr size_t kPoolMax = 1024;
// The body of a refused request up to here is let run out; a longer one is stopped, at the price
// that the original's client then reports a write error (upstream-S2).
constexpr uint64_t kDrainMax = 4096;

Error unknown_request(RequestId id)
{
    return Error(Code::wrong_state, Category::local,
                 "expected the id of a running request, got " + std::to_string(id));
}

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
    // Before anything else: credit for the connection returns even from streams nobody reads.
    if (!bytes.empty()) link.consumed(id, bytes.size());
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr || link.closing()) return;
    ServerStream& stream = stream_of(*connection, id);
    stream.fin_seen = stream.fin_seen || fin;
    if (stream.phase != Phase::reading) return;
    read(stream, bytes);
    if (stream.phase == Phase::reading && fin) unreadable(stream);
}

void ServerCoreImpl::read(ServerStream& stream, ByteView bytes)
{
    size_t used = 0;
    auto state = codec::FrameReader::State::need_more;
    if (stream.header_got < codec::kFrameHeaderLen) {
        size_t wanted = std::min(codec::kFrameHeaderLen - stream.header_got, bytes.size());
        state = stream.reader.feed(bytes.first(wanted), &used);
        stream.header_got = static_cast<uint8_t>(stream.header_got + wanted);
        bytes = bytes.subspan(wanted);
        if (state == codec::FrameReader::State::failed) return unreadable(stream);
        if (stream.header_got < codec::kFrameHeaderLen) return;
        if (!judge_header(stream)) return;
    }
    if (state == codec::FrameReader::State::need_more) state = stream.reader.feed(bytes, &used);
    if (state == codec::FrameReader::State::failed) return unreadable(stream);
    if (state == codec::FrameReader::State::complete) frame_complete(stream);
}

bool ServerCoreImpl::judge_header(ServerStream& stream)
{
    uint64_t len = stream.reader.declared_len();
    switch (stream.reader.type().value()) {
        case codec::FrameType::handshake_request:
            if (len <= config_.unauthenticated_frame_max) return true;
            break;
        case codec::FrameType::synapse_packet:
            if (stream.connection->authenticated) return true;
            // Before any lookup of the name, so that it tells nothing (upstream-S15), and before a
            // byte of the body is kept (upstream-S2).
            ++stats_.requests_unauthenticated;
            if (len <= kDrainMax) stream.fin_seen = true;
            answer_failure(stream, "authentication failed");
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
        answer_failure(stream, "authentication failed");
    }
}

void ServerCoreImpl::begin_request(ServerStream& stream)
{
    stream.payload = buffers_->share(stream.reader.take_payload());
    auto packet = codec::decode_synapse_packet(stream.payload.view());
    if (!packet.ok()) return answer_failure(stream, "invalid request format");
    if (stop_ != Stop::running || requests_.size() >= config_.requests_in_flight_max) {
        return answer_failure(stream, "request processing failed");
    }
    stream.synapse_type = packet->synapse_type;
    if (!packet->normalised.empty()) {
        stream.data = SharedBytes::take(std::move(packet->normalised));
    } else {
        auto offset = static_cast<size_t>(packet->data.data() - stream.payload.data());
        stream.data = stream.payload.slice(offset, packet->data.size());
    }
    ++stats_.requests;
    stream.request = next_request_++;
    stream.phase = Phase::held;
    stream.deadline_ns = saturating_add(now_.monotonic_ns, config_.handler_timeout_ns);
    timers_.set(stream.timer, stream.deadline_ns);
    requests_.insert(stream.request, &stream);
    if (stream.connection->link->path_validated()) outbox_.request(stream.request);
}

void ServerCoreImpl::release_held(ServerConnection& connection)
{
    connection.streams.for_each([this](ServerStream& stream) {
        if (stream.phase == Phase::held) outbox_.request(stream.request);
    });
}

void ServerCoreImpl::deliver_request(RequestId id)
{
    ServerStream* stream = requests_.find(id);
    if (stream == nullptr || stream->phase != Phase::held) return;
    ServerConnection& connection = *stream->connection;
    // The path may have changed since the frame was complete; its validation brings it back.
    if (!connection.authenticated || !connection.link->path_validated()) return;
    stream->phase = Phase::running;
    Request request;
    request.id = id;
    request.peer = connection.key;
    request.peer_hotkey = connection.hotkey_42;
    request.synapse_type = stream->synapse_type;
    request.data = stream->data;
    request.deadline_ns = stream->deadline_ns;
    request.remote = connection.link->remote();
    // The handler may answer in there, and whatever else: nothing held before it is used after it.
    if (events_.on_request(request) != HandlerKind::none) return;
    stream = requests_.erase(id);
    if (stream != nullptr) answer_failure(*stream, "unrecognized synapse type");
}

Error ServerCoreImpl::answer(RequestId id, SharedBytes data, Instant now)
{
    Turn turn(*this, now);
    ServerStream* stream = requests_.find(id);
    if (stream == nullptr || stream->phase != Phase::running) return unknown_request(id);
    requests_.erase(id);
    Error error = send_synapse_response(*stream->connection->link, stream->id, data, now.unix_s(),
                                        config_.frame_payload_max);
    if (error.code == Code::too_large) {
        answer_failure(*stream, "internal serialization error");
        return error;
    }
    conclude(*stream);
    return {};
}

Error ServerCoreImpl::fail(RequestId id, Instant now)
{
    Turn turn(*this, now);
    ServerStream* stream = requests_.find(id);
    if (stream == nullptr || stream->phase != Phase::running) return unknown_request(id);
    requests_.erase(id);
    answer_failure(*stream, "request processing failed");
    return {};
}

void ServerCoreImpl::answer_failure(ServerStream& stream, std::string_view text)
{
    Error sent = send_synapse_failure(*stream.connection->link, stream.id, text, now_.unix_s());
    (void)sent;  // a peer that stopped the stream has heard enough
    conclude(stream);
}

void ServerCoreImpl::unreadable(ServerStream& stream)
{
    send_empty(*stream.connection->link, stream.id);
    stream.connection->link->glitch(1);
    conclude(stream);
}

void ServerCoreImpl::conclude(ServerStream& stream)
{
    timers_.clear(stream.timer);
    stream.unlink();
    stream.phase = Phase::done;
    stream.request = 0;
    stream.handshake.reset();
    stream.payload = stream.data = SharedBytes();
    stream.reader = codec::FrameReader(0);
    if (!stream.fin_seen) stream.connection->link->stop_sending(stream.id, 0);
    stream.fin_seen = true;
}

void ServerCoreImpl::give_up(ServerStream& stream, Code why)
{
    timers_.clear(stream.timer);
    if (stream.phase == Phase::held || stream.phase == Phase::running) {
        requests_.erase(stream.request);
        // Who was never told of it need not be told that it is over.
        if (stream.phase == Phase::running) outbox_.request_cancelled(stream.request, why);
    }
    if (stream.handshake != nullptr && stream.handshake->sign != 0) {
        signing_.erase(stream.handshake->sign);
        outbox_.sign_cancelled(stream.handshake->sign);
    }
    stream.unlink();
    stream.handshake.reset();
    stream.payload = stream.data = SharedBytes();
    stream.phase = Phase::done;
}

void ServerCoreImpl::on_stream_reset(quic::Connection& link, quic::StreamId id, uint64_t)
{
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr || link.closing()) return;
    ServerStream& stream = stream_of(*connection, id);
    stream.fin_seen = true;
    if (stream.phase == Phase::reading) return unreadable(stream);
    if (stream.phase == Phase::done) return;
    give_up(stream, Code::stream_reset);
    link.reset(id, 0);
}

void ServerCoreImpl::on_stop_sending(quic::Connection& link, quic::StreamId id, uint64_t)
{
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr || link.closing()) return;
    // After our answer it is routine (1.1); before it, the peer has lost interest (upstream-R13).
    ServerStream& stream = stream_of(*connection, id);
    if (stream.phase == Phase::done) return;
    give_up(stream, Code::stream_reset);
    link.reset(id, 0);
    conclude(stream);
}

void ServerCoreImpl::on_stream_closed(quic::Connection& link, quic::StreamId id)
{
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr) return;
    ServerStream* stream = connection->streams.find(static_cast<uint64_t>(id));
    if (stream == nullptr) return;
    give_up(*stream, Code::stream_reset);
    connection->streams.erase(static_cast<uint64_t>(id));
    release(stream);
}

ServerStream* ServerCoreImpl::take_from_pool()
{
    if (pool_.empty()) pool_.push_back(std::make_unique<ServerStream>());
    ServerStream* stream = pool_.back().release();
    pool_.pop_back();
    stream->timer.owner = stream;
    stream->timer.kind = kStreamTimer;
    return stream;
}

void ServerCoreImpl::release(ServerStream* stream)
{
    std::unique_ptr<ServerStream> spent(stream);
    stream->unlink();
    timers_.clear(stream->timer);
    if (pool_.size() >= kPoolMax) return;
    stream->connection = nullptr;
    stream->id = -1;
    stream->phase = Phase::reading;
    stream->fin_seen = false;
    stream->header_got = 0;
    stream->request = 0;
    stream->synapse_type = {};
    pool_.push_back(std::move(spent));
}

}  // namespace ltn::transport
