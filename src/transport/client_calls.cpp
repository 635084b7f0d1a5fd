// Calls: accepted, routed to the connection that proved the hotkey, sent on a stream, answered.
#include "transport/client_core.h"
#include "transport/frame_sender.h"
#include "transport/peer_limits.h"
#include "transport/stream_codes.h"
#include "transport/write_budget.h"

namespace ltn::transport {

namespace {

using State = ClientConnection::State;

// Finished calls kept for the next ones; above this they are given back.
constexpr size_t kPoolMax = 1024;

Error unexpected_frame(codec::FrameType type)
{
    if (type == codec::FrameType::stream_chunk) {
        return Error(Code::unexpected_frame, Category::transport,
                     "received StreamChunk on non-streaming query; use query_axon_stream for "
                     "streaming synapses");
    }
    return Error(Code::unexpected_frame, Category::transport,
                 "unexpected response type: " + std::string(codec::frame_type_name(type)));
}

Error reset_error(uint64_t code)
{
    return Error(Code::stream_reset, Category::transport,
                 "read error: stream reset by peer: error " + std::to_string(code));
}

}  // namespace

Error ClientCoreImpl::call(CallRequest request, Instant now)
{
    Turn turn(*this, now);
    Error error = check_request(request);
    return error.ok() ? accept(std::move(request), false) : error;
}

Error ClientCoreImpl::check_request(const CallRequest& request) const
{
    uint64_t len = synapse_packet_len(request.synapse_type, request.data.size(), now_.unix_s());
    if (len > config_.frame_payload_max) {
        return Error(Code::too_large, Category::transport,
                     "frame payload " + std::to_string(len) + " bytes exceeds maximum " +
                         std::to_string(config_.frame_payload_max));
    }
    // Of a live connection the peer's limit is known too; else it is found when the call is sent.
    const ClientConnection* live =
        len < codec::kFramePayloadMinMax ? nullptr : find_connection(request.address);
    if (live != nullptr && len > live->peer_frame_max) return beyond_peer(len, *live);
    uint64_t room = config_.unsent_bytes_max - std::min(unacked_bytes_, config_.unsent_bytes_max);
    if (unacked_bytes_ != 0 && request.data.size() > room) {
        return Error(Code::full, Category::local,
                     "expected at most " + std::to_string(config_.unsent_bytes_max) +
                         " request bytes on their way, " + std::to_string(unacked_bytes_) +
                         " are and " + std::to_string(request.data.size()) + " came");
    }
    return {};
}

void ClientCoreImpl::set_limits(const ClientLimits& limits, Instant now)
{
    const Turn turn(*this, now);
    config_.calls_max = limits.calls_max;
    config_.unsent_bytes_max = limits.unsent_bytes_max;
}

Error ClientCoreImpl::connect(CallId id, const crypto::PublicKey& peer, const Address& address,
                              Nanos deadline_ns, Instant now)
{
    Turn turn(*this, now);
    CallRequest request;
    request.id = id;
    request.peer = peer;
    request.address = address;
    request.deadline_ns = deadline_ns;
    return accept(std::move(request), true);
}

Error ClientCoreImpl::accept(CallRequest request, bool is_connect,
                             std::unique_ptr<AnswerStream> chunks)
{
    if (stop_ != Stop::running) {
        return Error(Code::shutdown, Category::local, "the client is shutting down");
    }
    if (calls_.size() >= config_.calls_max) {
        return Error(Code::full, Category::local,
                     "expected at most " + std::to_string(config_.calls_max) +
                         " calls outstanding, this is one more");
    }
    if (calls_.find(request.id) != nullptr) {
        return Error(
            Code::invalid_argument, Category::local,
            "expected an unused call id, " + std::to_string(request.id) + " is outstanding");
    }
    Call& call = *take_from_pool();
    call.request = std::move(request);
    call.is_connect = is_connect;
    call.chunks = std::move(chunks);
    if (call.request.sends_chunks) call.sending = std::make_unique<SentChunks>();
    count_unacked(call);
    call.accepted_ns = now_.monotonic_ns;
    calls_.insert(call.request.id, &call);
    if (!is_connect) ++stats_.calls_started;
    timers_.set(call.deadline, call.request.deadline_ns);
    // A deadline that has passed already is found by this turn; no dial begins for it.
    if (call.request.deadline_ns <= now_.monotonic_ns) {
        expire_timers();
    } else {
        route(call);
    }
    return {};
}

void ClientCoreImpl::dispatch(Call& call)
{
    // First come, first served: nobody overtakes who waits already.
    ClientConnection& connection = *call.connection;
    if (connection.waiting_credit.empty() && send(call)) return;
    call.phase = Call::Phase::credit;
    connection.waiting_credit.push_back(call, call.request.priority);
}

void ClientCoreImpl::dispatch_waiting(ClientConnection& connection)
{
    while (Call* call = connection.waiting_credit.front()) {
        if (!send(*call)) return;
    }
}

bool ClientCoreImpl::send(Call& call)
{
    ClientConnection& connection = *call.connection;
    if (call.sending != nullptr && !connection.second) {
        finish(call, no_second_token(connection));
        return true;
    }
    auto stream = connection.link->open_stream();
    if (!stream.ok()) {
        if (stream.error().code == Code::full) return false;
        finish(call, Error(Code::connection_lost, Category::connection,
                           "Failed to open stream: " + stream.error().text));
        return true;
    }
    call.unlink();
    call.phase = Call::Phase::answer;
    call.stream = stream.value();
    call.proof_seen = connection.proof_count;
    call.sent_ns = now_.monotonic_ns;
    call.reader = codec::FrameReader(config_.frame_payload_max, buffers_.get());
    if (call.chunks != nullptr) {
        call.chunks->restart(connection.second);
        connection.link->set_window(call.stream, call.chunks->link_window());
    }
    connection.in_flight.insert(static_cast<uint64_t>(call.stream), &call);
    const codec::RequestTerms terms = terms_of(call);
    Error error = send_synapse_packet(*connection.link, call.stream, call.request.synapse_type,
                                      call.request.data, now_.unix_s(), frame_max(connection),
                                      connection.second ? &terms : nullptr);
    if (!error.ok()) {
        abandon(call, stream_code::kStalled);
        finish(call, Error(error.code, Category::transport,
                           "failed to write frame payload: " + error.text));
        return true;
    }
    count_unacked(call);
    if (call.sending != nullptr) begin_chunks(call);
    // A caller's deadline covers the transfer too (upstream-R26); without one the original's limit
    // for this phase has to do.
    if (call.request.deadline_ns == kNever) {
        call.unsent_seen = connection.link->backlog(call.stream).unsent;
        call.pause.kind = kCallTransfer;
        timers_.set(call.pause, saturating_add(now_.monotonic_ns, write_budget(call.unsent_seen)));
    }
    return true;
}

// The original cuts a transfer that lasts longer than its budget, also a healthy one on a slow link.
// Here the budget is for the rest: as long as bytes leave, a fresh one begins.
void ClientCoreImpl::transfer_due(Call& call)
{
    size_t unsent = call.connection->link->backlog(call.stream).unsent;
    if (unsent == 0) return;
    if (unsent < call.unsent_seen) {
        call.unsent_seen = unsent;
        timers_.set(call.pause, saturating_add(now_.monotonic_ns, write_budget(unsent)));
        return;
    }
    size_t unacked = call.connection->link->unacked(call.stream);
    abandon(call, stream_code::kStalled);
    finish(call, Error(Code::deadline, Category::transport,
                       "request transfer timed out after " +
                           std::to_string(write_budget(call.unsent_seen) / kSecond) + "s (" +
                           std::to_string(unacked) + " bytes unacknowledged by peer)"));
}

void ClientCoreImpl::on_stream_flushed(quic::Connection& link, quic::StreamId stream)
{
    auto* connection = static_cast<ClientConnection*>(link.user);
    if (connection == nullptr) return;
    Call* call = connection->in_flight.find(static_cast<uint64_t>(stream));
    if (call == nullptr) return;
    uncount_unacked(*call);
    if (call->pause.kind == kCallTransfer) timers_.clear(call->pause);
    if (call->chunks != nullptr) await_first_chunk(*call);
}

void ClientCoreImpl::count_unacked(Call& call)
{
    uncount_unacked(call);
    call.unacked_bytes = call.request.data.size();
    unacked_bytes_ += call.unacked_bytes;
}

void ClientCoreImpl::uncount_unacked(Call& call)
{
    unacked_bytes_ -= call.unacked_bytes;
    call.unacked_bytes = 0;
}

void ClientCoreImpl::on_stream_data(quic::Connection& link, quic::StreamId stream, ByteView bytes,
                                    bool fin)
{
    auto* connection = static_cast<ClientConnection*>(link.user);
    Call* call = nullptr;
    if (connection != nullptr) call = connection->in_flight.find(static_cast<uint64_t>(stream));
    if (call != nullptr && call->chunks != nullptr) {
        call->chunks->offer(bytes, fin);
        return pump(*call);
    }
    // Before anything else: credit for the connection returns even from streams nobody reads.
    if (!bytes.empty()) link.consumed(stream, bytes.size());
    if (call != nullptr) return answer_data(*call, bytes, fin);
    if (connection != nullptr && stream == connection->proof_stream) {
        proof_data(*connection, bytes, fin);
    }
}

void ClientCoreImpl::answer_data(Call& call, ByteView bytes, bool fin)
{
    size_t used = 0;
    auto state = call.reader.feed(bytes, &used);
    if (state == codec::FrameReader::State::need_more && !fin) return;
    bool usable = state == codec::FrameReader::State::complete &&
                  call.reader.type() == codec::FrameType::synapse_response;
    leave_stream(call, fin, usable ? stream_code::kDone : stream_code::kUnusable);
    if (state == codec::FrameReader::State::failed) {
        finish(call, call.reader.error());
    } else if (state == codec::FrameReader::State::need_more) {
        finish(call, call.reader.end_of_stream());
    } else {
        answer_complete(call);
    }
}

void ClientCoreImpl::answer_complete(Call& call)
{
    codec::FrameType type = call.reader.type().value();
    if (type != codec::FrameType::synapse_response) return finish(call, unexpected_frame(type));
    SharedBytes payload = buffers_->share(call.reader.take_payload());
    auto response = decode_answer(payload.view(), call.connection->second);
    if (!response.ok()) {
        finish(call, Error(Code::malformed, Category::serialization,
                           "Failed to parse synapse response: " + response.error().text));
        return;
    }
    if (!response->success && response->error == "authentication failed" && retry_proven(call)) {
        return;
    }
    Error error;
    if (!response->success) {
        call.answer_code = response->code.value_or(0);
        if (deadline_came_back(call, call.answer_code)) {
            return finish(call, query_timed_out());
        }
        error = Error(Code::handler, Category::handler,
                      std::string(response->error.value_or("request failed")));
    }
    SharedBytes data;
    if (!response->normalised.empty()) {
        data = SharedBytes::take(std::move(response->normalised));
    } else {
        data = payload.slice(static_cast<size_t>(response->data.data() - payload.data()),
                             response->data.size());
    }
    finish(call, std::move(error), std::move(data));
}

void ClientCoreImpl::on_stream_reset(quic::Connection& link, quic::StreamId stream, uint64_t code)
{
    auto* connection = static_cast<ClientConnection*>(link.user);
    if (connection == nullptr) return;
    if (stream == connection->proof_stream) {
        connection->proof_stream = -1;
        proof_failed(*connection, reset_error(code));
        return;
    }
    Call* call = connection->in_flight.erase(static_cast<uint64_t>(stream));
    if (call != nullptr) finish(*call, reset_error(code));
}

// The peer reads no more of our request. Routine after a whole frame (1.1), and a server that
// refuses a large request says so this way too; either way its answer or the end of its half tells
// what became of the call.
// Chunks of ours are another matter: who waits for room finds out that there is none to come.
void ClientCoreImpl::on_stop_sending(quic::Connection& link, quic::StreamId stream, uint64_t)
{
    wake_sender(link, stream);
}

void ClientCoreImpl::on_stream_closed(quic::Connection& link, quic::StreamId stream)
{
    auto* connection = static_cast<ClientConnection*>(link.user);
    if (connection == nullptr) return;
    if (stream == connection->proof_stream) {
        connection->proof_stream = -1;
        proof_failed(*connection, connection->proof_reader.end_of_stream());
        return;
    }
    Call* call = connection->in_flight.erase(static_cast<uint64_t>(stream));
    if (call != nullptr) finish(*call, call->reader.end_of_stream());
}

void ClientCoreImpl::cancel(CallId id, Instant now)
{
    Turn turn(*this, now);
    Call* call = calls_.find(id);
    if (call == nullptr) return;
    abandon(*call, stream_code::kCancelled);
    finish(*call, Error(Code::cancelled, Category::local, "cancelled by the caller"));
}

void ClientCoreImpl::leave_stream(Call& call, bool fin, uint64_t code)
{
    ClientConnection& connection = *call.connection;
    connection.in_flight.erase(static_cast<uint64_t>(call.stream));
    timers_.clear(call.pause);
    uncount_unacked(call);
    // Nothing after the last frame is read, not even the FIN (1.1).
    if (!fin) connection.link->stop_sending(call.stream, code);
    // Answered before it was all sent: keeping the rest would let a peer that answers and does not
    // read pile up our requests here.
    const bool more = call.sending != nullptr && !call.sending->ended;
    if (more || connection.link->backlog(call.stream).unsent > 0) {
        connection.link->reset(call.stream, code);
    }
}

// A reset, not a FIN: the server must never take half a frame for a short one (upstream-R26).
void ClientCoreImpl::abandon(Call& call, uint64_t code)
{
    if (call.phase != Call::Phase::answer) return;
    ClientConnection& connection = *call.connection;
    connection.in_flight.erase(static_cast<uint64_t>(call.stream));
    connection.link->reset(call.stream, code);
    connection.link->stop_sending(call.stream, code);
}

void ClientCoreImpl::finish(Call& call, Error error, SharedBytes data)
{
    call.unlink();
    if (call.connection != nullptr) end_pause(*call.connection);
    timers_.clear(call.deadline);
    timers_.clear(call.pause);
    uncount_unacked(call);
    CallId id = call.request.id;
    calls_.erase(id);
    if (call.is_connect) {
        PeerInfo peer;
        if (error.ok() && call.connection != nullptr) peer = peer_info(*call.connection);
        outbox_.connect_done(id, std::move(error), std::move(peer));
    } else {
        ++(error.ok() ? stats_.calls_ok : stats_.calls_failed);
        CallResult result;
        result.error = std::move(error);
        result.data = std::move(data);
        result.answer_code = call.answer_code;
        bool sent = call.sent_ns != 0;
        result.queue_ns = (sent ? call.sent_ns : now_.monotonic_ns) - call.accepted_ns;
        result.network_ns = sent ? now_.monotonic_ns - call.sent_ns : 0;
        if (call.chunks != nullptr) {
            result.chunks = call.chunks->chunks();
            result.bytes = call.chunks->bytes();
            result.answer_code = call.chunks->answer_code();
            if (result.chunks != 0) result.first_chunk_ns = call.first_chunk_ns - call.sent_ns;
        }
        outbox_.call_done(id, std::move(result));
    }
    std::unique_ptr<Call> spent(&call);
    if (pool_.size() >= kPoolMax) return;
    call.request = CallRequest();
    call.connection = nullptr;
    call.retried = false;
    call.phase = Call::Phase::proof;
    call.stream = -1;
    call.sent_ns = 0;
    call.first_chunk_ns = 0;
    call.reader = codec::FrameReader(0);
    call.chunks.reset();
    call.sending.reset();
    call.answer_code = 0;
    pool_.push_back(std::move(spent));
}

void ClientCoreImpl::fail_all(LinkedList<Call>& calls, const Error& error)
{
    while (Call* call = calls.front()) finish(*call, error);
}

void ClientCoreImpl::fail_in_flight(ClientConnection& connection, const Error& error)
{
    while (Call* call = connection.in_flight.any()) {
        connection.in_flight.erase(static_cast<uint64_t>(call->stream));
        finish(*call, error);
    }
}

Call* ClientCoreImpl::take_from_pool()
{
    if (pool_.empty()) pool_.push_back(std::make_unique<Call>());
    Call* call = pool_.back().release();
    pool_.pop_back();
    call->deadline.owner = call->pause.owner = call;
    call->deadline.kind = kCallDeadline;
    return call;
}

}  // namespace ltn::transport
