// What a call has on the second token only (docs/wire-2.md): terms that the server honours, the
// peer's frame limit, and chunks that follow the request.
#include <algorithm>

#include "transport/client_core.h"
#include "transport/frame_sender.h"

namespace ltn::transport {

uint64_t ClientCoreImpl::frame_max(const ClientConnection& connection) const
{
    return std::min(config_.frame_payload_max, connection.peer_frame_max);
}

codec::RequestTerms ClientCoreImpl::terms_of(const Call& call) const
{
    codec::RequestTerms terms;
    terms.priority = call.request.priority;
    terms.more_follows = call.sending != nullptr;
    if (call.request.deadline_ns != kNever) {
        // Rounded up: our own clock, which is the stricter one, ends the call.
        const Nanos left = std::max<Nanos>(call.request.deadline_ns - now_.monotonic_ns, 0);
        terms.deadline_ms = static_cast<uint64_t>(left / kMillisecond) + 1;
    }
    return terms;
}

// The deadline that we sent along has passed there, and with it here: who set it hears of his own.
bool ClientCoreImpl::deadline_came_back(const Call& call, uint64_t answer_code) const
{
    return answer_code == static_cast<uint64_t>(codec::AnswerCode::timed_out) &&
           call.request.deadline_ns <= now_.monotonic_ns;
}

void ClientCoreImpl::begin_chunks(Call& call)
{
    if (call.sending->ended) return end_sending(call);
    if (!call.sending->full) return;
    call.sending->full = false;
    outbox_.writable(call.request.id);
}

Error ClientCoreImpl::send_chunk(CallId id, SharedBytes chunk, Instant now)
{
    Turn turn(*this, now);
    Call* call = calls_.find(id);
    if (call == nullptr || call->sending == nullptr || call->sending->ended) {
        return Error(Code::wrong_state, Category::local,
                     "expected the id of a call that sends chunks and has not ended them, got " +
                         std::to_string(id));
    }
    if (call->phase == Call::Phase::rest) {
        return Error(Code::closed, Category::stream, "the peer has answered already");
    }
    const bool sent = call->phase == Call::Phase::answer;
    const uint64_t payload_max = sent ? frame_max(*call->connection) : config_.frame_payload_max;
    Error error = check_stream_chunk(chunk.size(), payload_max);
    if (!error.ok()) return error;
    SentChunks& sending = *call->sending;
    const ChunkGauge::Limits limits{config_.stream_buffer_bytes, config_.stream_buffer_chunks};
    if (!sent || sending.gauge.is_full(*call->connection->link, call->stream, limits)) {
        sending.full = true;
        if (sent) sending.gauge.watch(*call->connection->link, call->stream, limits);
        return Error(Code::full, Category::stream,
                     "what comes before this chunk has not left yet: wait for room");
    }
    uint64_t taken = 0;
    error = send_stream_chunk(*call->connection->link, call->stream, chunk, &taken);
    if (!error.ok()) {
        return Error(Code::closed, Category::stream,
                     "the peer takes no more chunks: " + error.text);
    }
    sending.gauge.add(taken);
    return {};
}

Error ClientCoreImpl::end_chunks(CallId id, Instant now)
{
    Turn turn(*this, now);
    Call* call = calls_.find(id);
    if (call == nullptr || call->sending == nullptr || call->sending->ended) {
        return Error(Code::wrong_state, Category::local,
                     "expected the id of a call that sends chunks and has not ended them, got " +
                         std::to_string(id));
    }
    call->sending->ended = true;
    if (call->phase == Call::Phase::answer) end_sending(*call);
    return {};
}

void ClientCoreImpl::end_sending(Call& call)
{
    Error sent =
        send_stream_end(*call.connection->link, call.stream, std::nullopt, call.connection->second);
    (void)sent;  // a peer that stopped the stream has heard enough
}

void ClientCoreImpl::on_stream_room(quic::Connection& link, quic::StreamId stream)
{
    wake_sender(link, stream);
}

void ClientCoreImpl::wake_sender(quic::Connection& link, quic::StreamId stream)
{
    auto* connection = static_cast<ClientConnection*>(link.user);
    if (connection == nullptr) return;
    Call* call = connection->in_flight.find(static_cast<uint64_t>(stream));
    if (call == nullptr || call->sending == nullptr || !call->sending->full) return;
    call->sending->full = false;
    outbox_.writable(call->request.id);
}

}  // namespace ltn::transport
