// Chunks that a client sends after its request (docs/wire-2.md): read like a streamed answer, handed
// up only as fast as the handler takes them.
#include <algorithm>

#include "transport/server_core.h"

namespace ltn::transport {

namespace {

using Phase = ServerStream::Phase;

}  // namespace

void ServerCoreImpl::chunks_came(ServerStream& stream, ByteView bytes, bool fin)
{
    stream.fin_seen = stream.fin_seen || fin;
    stream.incoming->reader.offer(bytes, fin);
    pump_chunks(stream);
}

void ServerCoreImpl::pump_chunks(ServerStream& stream)
{
    using Kind = AnswerStream::Step::Kind;
    RequestChunks& incoming = *stream.incoming;
    // A request that waits for its turn keeps what has come, which the credit bounds.
    while (stream.phase == Phase::running && !incoming.ended) {
        AnswerStream::Step step = incoming.reader.next();
        if (step.kind == Kind::wait) break;
        if (step.kind == Kind::chunk) {
            renew_limits(stream);
            outbox_.request_chunk(stream.request, std::move(step.chunk));
        } else if (step.kind == Kind::success) {
            incoming.ended = true;
            outbox_.request_chunks_end(stream.request);
        } else {
            const bool streamed = stream.kind == HandlerKind::stream;
            const std::string_view text = "invalid request format";
            stream.connection->link->glitch(1);
            give_up(stream, Code::malformed);
            if (streamed) return finish_stream(stream, text, codec::AnswerCode::invalid_request);
            return answer_failure(stream, text, codec::AnswerCode::invalid_request);
        }
    }
    const size_t credit = incoming.reader.settle();
    if (credit > 0) stream.connection->link->consumed(stream.id, credit);
}

// The handler cannot be done before the request is: its limit counts from the newest chunk.
void ServerCoreImpl::renew_limits(ServerStream& stream)
{
    const Nanos now_ns = now_.monotonic_ns;
    if (stream.answer != nullptr) {
        // Later limits are found when the armed one comes due.
        stream.answer->last_ns = now_ns;
        return;
    }
    stream.deadline_ns =
        std::min(saturating_add(now_ns, config_.handler_timeout_ns), stream.peer_deadline_ns);
    timers_.set(stream.timer, stream.deadline_ns);
}

void ServerCoreImpl::deliver_chunk(ServerEvent& event)
{
    if (running(event.id) == nullptr) return;
    if (event.kind == ServerEvent::Kind::request_chunk) {
        events_.on_request_chunk(event.id, std::move(event.bytes));
    } else {
        events_.on_request_chunks_end(event.id);
    }
}

void ServerCoreImpl::taken_chunk(RequestId id, size_t bytes, Instant now)
{
    Turn turn(*this, now);
    ServerStream* stream = running(id);
    if (stream == nullptr || stream->incoming == nullptr) return;
    stream->incoming->reader.taken(bytes);
    pump_chunks(*stream);
}

}  // namespace ltn::transport
