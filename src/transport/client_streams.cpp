// Calls whose answer is a stream.
#include "transport/client_core.h"
#include "transport/peer_limits.h"
#include "transport/stream_codes.h"

namespace ltn::transport {

Error ClientCoreImpl::open(CallRequest request, const StreamTerms& terms, Instant now)
{
    Turn turn(*this, now);
    Error error = check_request(request);
    if (!error.ok()) return error;
    return accept(std::move(request), false,
                  std::make_unique<AnswerStream>(terms, config_.frame_payload_max,
                                                 config_.quic.stream_window, buffers_));
}

void ClientCoreImpl::taken(CallId id, size_t bytes, Instant now)
{
    Turn turn(*this, now);
    Call* call = calls_.find(id);
    if (call == nullptr || call->chunks == nullptr) return;
    bool had = call->chunks->holding();
    call->chunks->taken(bytes);
    // From here on the peer is waited for again.
    if (had && !call->chunks->holding()) {
        call->pause.kind = kCallChunk;
        timers_.set(call->pause,
                    saturating_add(now_.monotonic_ns, call->chunks->terms().chunk_gap_ns));
    }
    pump(*call);
}

void ClientCoreImpl::pump(Call& call)
{
    using Kind = AnswerStream::Step::Kind;
    AnswerStream& chunks = *call.chunks;
    for (;;) {
        AnswerStream::Step step = chunks.next();
        if (step.kind == Kind::wait) break;
        if (step.kind == Kind::chunk) {
            if (call.first_chunk_ns == 0) call.first_chunk_ns = now_.monotonic_ns;
            timers_.clear(call.pause);
            outbox_.chunk(call.request.id, std::move(step.chunk));
            continue;
        }
        if (call.phase == Call::Phase::answer) {
            uint64_t code = stream_code::kUnusable;
            if (step.kind != Kind::failed || step.error.code == Code::stream) {
                code = stream_code::kDone;
            } else if (step.error.code == Code::too_large &&
                       step.error.category == Category::stream) {
                code = stream_code::kTooMuch;
            }
            leave_stream(call, chunks.fin(), code);
            if (step.kind == Kind::refused) {
                chunks.restart(call.connection->second);
                if (retry_proven(call)) return;
            }
        }
        if (deadline_came_back(call, chunks.answer_code())) step.error = query_timed_out();
        finish(call, std::move(step.error));
        return;
    }
    size_t credit = chunks.settle();
    if (call.phase != Call::Phase::answer) return;
    if (credit > 0) call.connection->link->consumed(call.stream, credit);
    if (!chunks.fin()) return;
    // Nothing more can come, nor go wrong: the connection may end before the consumer is done.
    leave_stream(call, true, stream_code::kDone);
    call.connection = nullptr;
    call.phase = Call::Phase::rest;
}

void ClientCoreImpl::await_first_chunk(Call& call)
{
    if (call.first_chunk_ns != 0) return;
    call.pause.kind = kCallChunk;
    timers_.set(call.pause, saturating_add(now_.monotonic_ns, call.chunks->terms().first_chunk_ns));
}

void ClientCoreImpl::chunk_due(Call& call)
{
    abandon(call, stream_code::kSilent);
    finish(call, Error(Code::deadline, Category::stream, "chunk read timed out"));
}

}  // namespace ltn::transport
