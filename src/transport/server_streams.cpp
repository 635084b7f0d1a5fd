// Streamed answers: chunks as fast as the peer takes them, limits of their own, one end (5.7).
#include <algorithm>

#include "transport/frame_sender.h"
#include "transport/server_core.h"

namespace ltn::transport {

namespace {

using Phase = ServerStream::Phase;

}  // namespace

void ServerCoreImpl::begin_stream(ServerStream& stream)
{
    if (stream.kind == HandlerKind::stream) return;
    stream.kind = HandlerKind::stream;
    stream.answer = std::make_unique<StreamedAnswer>();
    stream.answer->last_ns = now_.monotonic_ns;
    stream.answer->total_due_ns =
        std::min(saturating_add(now_.monotonic_ns, config_.stream_total_timeout_ns),
                 stream.peer_deadline_ns);
    ++streaming_;
    timers_.set(stream.timer, stream_due_ns(stream));
}

Nanos ServerCoreImpl::stream_due_ns(const ServerStream& stream) const
{
    const StreamedAnswer& answer = *stream.answer;
    Nanos limit =
        answer.begun ? config_.stream_chunk_timeout_ns : config_.stream_first_chunk_timeout_ns;
    return std::min(saturating_add(answer.last_ns, limit), answer.total_due_ns);
}

Error ServerCoreImpl::send_chunk(RequestId id, SharedBytes chunk, ChunkRoom room, Instant now)
{
    Turn turn(*this, now);
    ServerStream* stream = running(id);
    if (stream == nullptr || stream->kind == HandlerKind::unary) {
        if (withdrawn_.count(id) != 0) {
            return Error(Code::cancelled, Category::stream,
                         "the request is not waited for any more");
        }
        return Error(Code::wrong_state, Category::local,
                     "expected the id of a running streamed request, got " + std::to_string(id));
    }
    begin_stream(*stream);
    StreamedAnswer& answer = *stream->answer;
    // Before room is asked for: what can never be sent need not be waited with.
    Error error = check_stream_chunk(chunk.size(), frame_max(*stream->connection));
    if (!error.ok()) return error;
    quic::Connection& link = *stream->connection->link;
    const ChunkGauge::Limits limits{config_.stream_buffer_bytes, config_.streaming_channel_buffer};
    if (room == ChunkRoom::needed && answer.gauge.is_full(link, stream->id, limits)) {
        answer.full = true;
        answer.gauge.watch(link, stream->id, limits);
        return Error(Code::full, Category::stream,
                     "the chunks before this one have not left yet: wait for room");
    }
    if (room == ChunkRoom::needed && !has_room_to_send(*stream->connection, chunk.size())) {
        await_room(*stream, chunk.size());
        return Error(Code::full, Category::stream,
                     "the answers of all peers together wait to be acknowledged: wait for room");
    }
    uint64_t taken = 0;
    error = send_stream_chunk(link, stream->id, chunk, &taken);
    if (!error.ok()) return error;  // the connection is ending, and the withdrawal follows
    answer.gauge.add(taken);
    answer.begun = true;
    answer.last_ns = now_.monotonic_ns;
    ++stats_.chunks_sent;
    // Later limits are found when the armed one comes due.
    Nanos due_ns = stream_due_ns(*stream);
    if (!stream->timer.armed() || due_ns < stream->timer.at_ns())
        timers_.set(stream->timer, due_ns);
    return {};
}

Error ServerCoreImpl::end_stream(RequestId id, Instant now)
{
    Turn turn(*this, now);
    ServerStream* stream = running(id);
    if (stream == nullptr) return withdrawn_ended(id);
    if (stream->kind == HandlerKind::unary) {
        return Error(Code::wrong_state, Category::local,
                     "expected an answer for a unary request, got the end of a stream");
    }
    begin_stream(*stream);
    handler_ended(*stream);
    finish_stream(*stream, std::nullopt);
    return {};
}

void ServerCoreImpl::finish_stream(ServerStream& stream, std::optional<std::string_view> error,
                                   std::optional<codec::AnswerCode> code)
{
    Error sent = send_stream_end(*stream.connection->link, stream.id, error,
                                 stream.connection->second, code);
    (void)sent;  // a peer that stopped the stream has heard enough
    conclude(stream);
    await_delivery(stream);
}

void ServerCoreImpl::handler_overdue(ServerStream& stream)
{
    bool streamed = stream.kind == HandlerKind::stream;
    if (streamed && stream_due_ns(stream) > now_.monotonic_ns) {
        return timers_.set(stream.timer, stream_due_ns(stream));
    }
    ++stats_.requests_timed_out;
    give_up(stream, Code::deadline);
    // Frames are taken whole, so the end never lands in the middle of one (upstream-R10).
    const auto code = codec::AnswerCode::timed_out;
    if (streamed) return finish_stream(stream, "handler timed out", code);
    answer_failure(stream, "handler timed out", code);
}

// The handler is done and its answer is complete, but it is our memory in which it waits to be
// read: a peer that takes nothing of it for the time between two chunks gets the rest no more.
void ServerCoreImpl::await_delivery(ServerStream& stream)
{
    size_t unacked = stream.connection->link->backlog(stream.id).unacked;
    if (unacked == 0) return;
    stream.phase = Phase::delivering;
    ++delivering_;
    stream.mark = unacked;
    timers_.set(stream.timer, saturating_add(now_.monotonic_ns, config_.stream_chunk_timeout_ns));
}

void ServerCoreImpl::delivery_overdue(ServerStream& stream)
{
    size_t unacked = stream.connection->link->backlog(stream.id).unacked;
    if (unacked >= stream.mark) {
        ++stats_.answers_unread;
        give_up(stream, Code::deadline);
        stream.connection->link->reset(stream.id, 0);
        return;
    }
    stream.mark = unacked;
    timers_.set(stream.timer, saturating_add(now_.monotonic_ns, config_.stream_chunk_timeout_ns));
}

void ServerCoreImpl::on_stream_flushed(quic::Connection& link, quic::StreamId id)
{
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr) return;
    ServerStream* stream = connection->streams.find(static_cast<uint64_t>(id));
    if (stream != nullptr && stream->phase == Phase::delivering) give_up(*stream, Code::ok);
}

void ServerCoreImpl::on_stream_room(quic::Connection& link, quic::StreamId id)
{
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr) return;
    ServerStream* stream = connection->streams.find(static_cast<uint64_t>(id));
    if (stream != nullptr && stream->phase == Phase::running) {
        outbox_.request_writable(stream->request);
    }
}

void ServerCoreImpl::deliver_writable(RequestId id)
{
    ServerStream* stream = running(id);
    if (stream == nullptr || stream->answer == nullptr || !stream->answer->full) return;
    // Woken by its own room, it may still be on the list of those who wait for everybody's.
    stream->answer->full = false;
    events_.on_request_writable(id);
}

}  // namespace ltn::transport
