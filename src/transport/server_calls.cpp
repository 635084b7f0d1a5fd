// Requests on the server: their turn, their handler, one frame out (5.4 to 5.8), and what becomes
// of them when nobody waits any more.
#include <algorithm>
#include <utility>

#include "transport/frame_sender.h"
#include "transport/server_core.h"

namespace ltn::transport {

namespace {

using codec::AnswerCode;
using Phase = ServerStream::Phase;

// Finished streams kept for the next ones; above this they are given back.
constexpr size_t kPoolMax = 1024;

// A longer answer is watched until the peer has taken it: it waits in our memory, and a peer that
// gives no room on any of its streams would keep that for as long as it stays.
constexpr size_t kUnwatchedMax = 64 * 1024;

Error unknown_request(RequestId id)
{
    return Error(Code::wrong_state, Category::local,
                 "expected the id of a running request, got " + std::to_string(id));
}

}  // namespace

void ServerCoreImpl::begin_request(ServerStream& stream)
{
    stream.payload = buffers_->share(stream.reader.take_payload());
    timers_.clear(stream.timer);
    auto packet = decode_request(*stream.connection, stream.payload.view());
    if (!packet.ok()) {
        return answer_failure(stream, "invalid request format", AnswerCode::invalid_request);
    }
    if (stop_ != Stop::running ||
        requests_.size() + withdrawn_.size() >= config_.requests_in_flight_max) {
        return answer_failure(stream, "request processing failed", AnswerCode::busy);
    }
    stream.synapse_type = packet->synapse_type;
    if (!packet->normalised.empty()) {
        stream.data = SharedBytes::take(std::move(packet->normalised));
    } else {
        auto offset = static_cast<size_t>(packet->data.data() - stream.payload.data());
        stream.data = stream.payload.slice(offset, packet->data.size());
    }
    ++stats_.requests;
    stream.connection->last_active_ns = now_.monotonic_ns;
    stream.request = next_request_++;
    stream.phase = Phase::held;
    take_terms(stream, packet->terms);
    timers_.set(stream.timer, stream.deadline_ns);
    requests_.insert(stream.request, &stream);
    stream.connection->waiting.push_back(stream, stream.terms.priority);
    ++requests_waiting_;
    call_waiting(*stream.connection);
}

bool ServerCoreImpl::may_hand_up(ServerConnection& connection)
{
    // The path may change at any time; its validation asks again.
    return connection.authenticated && !connection.waiting.empty() &&
           connection.running < config_.requests_per_peer_max && !connection.link->closing() &&
           connection.lane != Lane::blocked && connection.link->path_validated() &&
           has_room_to_run(connection);
}

void ServerCoreImpl::call_waiting(ServerConnection& connection)
{
    if (connection.handing_up || !may_hand_up(connection)) return;
    connection.handing_up = true;
    outbox_.requests(connection.link->id());
}

void ServerCoreImpl::hand_requests_up(uint64_t connection_id)
{
    ServerConnection* connection = connections_.find(connection_id);
    if (connection == nullptr) return;
    connection->handing_up = false;
    // Looked up again each time: a handler may do whatever it likes in there.
    while (connection != nullptr && may_hand_up(*connection)) {
        hand_up(*connection->waiting.front());
        connection = connections_.find(connection_id);
    }
}

void ServerCoreImpl::leave_queue(ServerStream& stream)
{
    stream.unlink();
    --requests_waiting_;
    let_go_of_bytes(stream);
}

void ServerCoreImpl::hand_up(ServerStream& held)
{
    ServerConnection& connection = *held.connection;
    leave_queue(held);
    take_running_bytes(held);
    held.phase = Phase::running;
    ++connection.running;
    Request request;
    RequestId id = request.id = held.request;
    request.peer = connection.key;
    request.peer_hotkey = connection.hotkey_42;
    request.synapse_type = held.synapse_type;
    request.data = held.data;
    request.deadline_ns = held.deadline_ns;
    request.peer_deadline_ns = held.peer_deadline_ns;
    request.priority = held.terms.priority;
    request.more_follows = held.terms.more_follows;
    request.remote = connection.link->remote();
    // The handler may answer in there, and whatever else: nothing held before it is used after it.
    HandlerKind kind = events_.on_request(request);
    if (kind == HandlerKind::unary) ++stats_.requests_unary;
    if (kind == HandlerKind::stream) ++stats_.requests_stream;
    ServerStream* stream = requests_.find(id);
    if (stream == nullptr) return;
    if (kind == HandlerKind::none && stream->kind == HandlerKind::none) {
        handler_ended(*stream);
        return answer_failure(*stream, "unrecognized synapse type", AnswerCode::unknown_type);
    }
    if (kind == HandlerKind::stream) begin_stream(*stream);
    if (stream->kind == HandlerKind::none) stream->kind = HandlerKind::unary;
    if (stream->failed_early) return fail_running(*stream);
    if (stream->takes_chunks()) pump_chunks(*stream);
}

ServerStream* ServerCoreImpl::running(RequestId id) const
{
    ServerStream* stream = requests_.find(id);
    bool ours = stream != nullptr && stream->phase == Phase::running && !stream->failed_early;
    return ours ? stream : nullptr;
}

void ServerCoreImpl::handler_ended(ServerStream& stream)
{
    requests_.erase(stream.request);
    --stream.connection->running;
    release_running_bytes(stream.connection, stream.running_bytes);
    call_waiting(*stream.connection);
}

Error ServerCoreImpl::withdrawn_ended(RequestId id)
{
    auto found = withdrawn_.find(id);
    if (found == withdrawn_.end()) return unknown_request(id);
    Withdrawn gone = found->second;
    withdrawn_.erase(found);
    ServerConnection* connection = connections_.find(gone.connection);
    release_running_bytes(connection, gone.bytes);
    if (connection != nullptr) {
        if (gone.slot_held) connection->link->release_slot();
        --connection->running;
        call_waiting(*connection);
    }
    return Error(Code::wrong_state, Category::local, "the request is not waited for any more");
}

Error ServerCoreImpl::answer(RequestId id, SharedBytes data, Instant now)
{
    Turn turn(*this, now);
    ServerStream* stream = running(id);
    if (stream == nullptr) return withdrawn_ended(id);
    if (stream->kind == HandlerKind::stream) {
        return Error(Code::wrong_state, Category::local,
                     "expected chunks and an end for a streamed answer, got a whole one");
    }
    handler_ended(*stream);
    const ServerConnection& connection = *stream->connection;
    if (!has_room_to_send(connection, data.size())) {
        // Nothing but its sending would make room for it, and that is what there is no room for.
        ++stats_.answers_over_bytes;
        answer_failure(*stream, "request processing failed", AnswerCode::busy);
        return Error(Code::full, Category::handler,
                     "expected room for an answer of " + std::to_string(data.size()) + " bytes, " +
                         std::to_string(endpoint_->stats().bytes_unacked) +
                         " bytes of others wait; the peer was told that we are busy");
    }
    Error error = send_synapse_response(*connection.link, stream->id, data, now.unix_s(),
                                        frame_max(connection), connection.second);
    if (error.code == Code::too_large) {
        answer_failure(*stream, "internal serialization error", AnswerCode::too_large);
        return error;
    }
    conclude(*stream);
    if (data.size() > kUnwatchedMax) await_delivery(*stream);
    return {};
}

Error ServerCoreImpl::fail(RequestId id, Instant now)
{
    Turn turn(*this, now);
    ServerStream* stream = running(id);
    if (stream == nullptr) return withdrawn_ended(id);
    if (stream->kind != HandlerKind::none) {
        fail_running(*stream);
    } else {
        // From within on_request: only its return says in which frame the failure goes.
        stream->failed_early = true;
    }
    return {};
}

void ServerCoreImpl::fail_running(ServerStream& stream)
{
    handler_ended(stream);
    if (stream.kind == HandlerKind::stream)
        return finish_stream(stream, "stream processing failed", AnswerCode::handler_failed);
    answer_failure(stream, "request processing failed", AnswerCode::handler_failed);
}

void ServerCoreImpl::answer_failure(ServerStream& stream, std::string_view text, AnswerCode code)
{
    Error sent = send_synapse_failure(*stream.connection->link, stream.id, text, now_.unix_s(),
                                      stream.connection->second, code);
    (void)sent;  // a peer that stopped the stream has heard enough
    conclude(stream);
}

void ServerCoreImpl::conclude(ServerStream& stream)
{
    forget_work(stream);
    stream.phase = Phase::done;
    if (!stream.fin_seen) stream.connection->link->stop_sending(stream.id, 0);
    stream.fin_seen = true;
}

void ServerCoreImpl::forget_work(ServerStream& stream)
{
    timers_.clear(stream.timer);
    stream.unlink();
    let_go_of_bytes(stream);
    stream.request = 0;
    stream.kind = HandlerKind::none;
    stream.failed_early = false;
    if (stream.answer != nullptr) --streaming_;
    stream.answer.reset();
    stream.incoming.reset();
    stream.handshake.reset();
    stream.payload = stream.data = SharedBytes();
    stream.reader = codec::FrameReader(0);
}

void ServerCoreImpl::give_up(ServerStream& stream, Code why)
{
    switch (stream.phase) {
        case Phase::held:
            // Who was never told of it need not be told that it is over.
            requests_.erase(stream.request);
            leave_queue(stream);
            break;
        case Phase::running: withdraw(stream, why); break;
        case Phase::delivering: --delivering_; break;
        default: break;
    }
    if (stream.handshake != nullptr && stream.handshake->sign != 0) {
        signing_.erase(stream.handshake->sign);
        outbox_.sign_cancelled(stream.handshake->sign);
    }
    leave_desk(stream);
    forget_work(stream);
    stream.phase = Phase::done;
}

void ServerCoreImpl::withdraw(ServerStream& stream, Code why)
{
    ++stats_.requests_withdrawn;
    outbox_.request_cancelled(stream.request, why);
    if (!config_.handlers_end_withdrawn) return handler_ended(stream);
    requests_.erase(stream.request);
    stream.withdrawn = stream.request;
    const uint64_t bytes = std::exchange(stream.running_bytes, 0);
    withdrawn_.emplace(stream.request, Withdrawn{stream.connection->link->id(), false, bytes});
}

void ServerCoreImpl::on_stream_reset(quic::Connection& link, quic::StreamId id, uint64_t code)
{
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr || link.closing()) return;
    ServerStream& stream = stream_of(*connection, id);
    stream.fin_seen = true;
    if (stream.phase == Phase::reading) return unreadable(stream);
    if (stream.phase == Phase::done || stream.phase == Phase::delivering) return;
    give_up(stream, why_withdrawn(*connection, code));
    link.reset(id, 0);
}

void ServerCoreImpl::on_stop_sending(quic::Connection& link, quic::StreamId id, uint64_t code)
{
    ServerConnection* connection = connection_of(link);
    if (connection == nullptr || link.closing()) return;
    // After our answer it is routine (1.1); before it, the peer has lost interest (upstream-R13).
    ServerStream& stream = stream_of(*connection, id);
    if (stream.phase == Phase::done) return;
    bool answered = stream.phase == Phase::delivering;
    give_up(stream, why_withdrawn(*connection, code));
    if (answered) return;
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
    auto withdrawn = withdrawn_.find(stream->withdrawn);
    if (withdrawn != withdrawn_.end()) {
        withdrawn->second.slot_held = true;
        link.hold_slot();
    }
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
    if (pool_.size() >= kPoolMax) return;
    stream->connection = nullptr;
    stream->id = -1;
    stream->phase = Phase::reading;
    stream->fin_seen = false;
    stream->header_got = 0;
    stream->received = stream->mark = stream->pieces = 0;
    stream->past_grace = false;
    stream->withdrawn = 0;
    stream->synapse_type = {};
    stream->peer_deadline_ns = kNever;
    stream->terms = {};
    pool_.push_back(std::move(spent));
}

}  // namespace ltn::transport
