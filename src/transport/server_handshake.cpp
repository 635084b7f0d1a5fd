// Handshakes on the server: screened when they arrive, verified a bounded number at a time, then
// our signer is asked; refusals leave no earlier than the minimum delay (upstream-S22).
#include <algorithm>

#include "transport/frame_sender.h"
#include "transport/handshake_strings.h"
#include "transport/own_signature.h"
#include "transport/server_core.h"

namespace ltn::transport {

namespace {

using Phase = ServerStream::Phase;

// While the roster enforces, strangers have this part of a turn's signature checks.
constexpr uint32_t kUnknownShare = 8;

// Peer's clock minus ours; a forged one may be anything.
int64_t clock_difference_s(uint64_t theirs_s, uint64_t ours_s)
{
    constexpr uint64_t kMax = INT64_MAX;
    return theirs_s >= ours_s ? static_cast<int64_t>(std::min(theirs_s - ours_s, kMax))
                              : -static_cast<int64_t>(std::min(ours_s - theirs_s, kMax));
}

}  // namespace

void ServerCoreImpl::begin_handshake(ServerStream& stream)
{
    stream.handshake = std::make_unique<HandshakeWork>();
    HandshakeWork& work = *stream.handshake;
    work.received_ns = now_.monotonic_ns;
    Bytes payload = stream.reader.take_payload();
    Screening screening = admission_.screen(payload, stream.connection->second, now_);
    work.candidate = std::move(screening.candidate);
    work.attempt = next_attempt_++;
    stream.phase = Phase::asking;
    timers_.set(stream.timer, saturating_add(work.received_ns, config_.handshake_timeout_ns));
    attempts_.insert(work.attempt, &stream);
    const ServerConnection& connection = *stream.connection;
    Admit question;
    question.seat = seat_of(connection);
    question.attempt = work.attempt;
    question.source = connection.link->remote();
    question.fault = screening.fault;
    question.unreadable = screening.unreadable;
    question.key = work.candidate.key;
    question.nonce = work.candidate.nonce();
    question.timestamp_s = work.candidate.request.timestamp_s;
    if (connection.authenticated) question.holder = connection.key;
    to_desk(question);
}

void ServerCoreImpl::admitted(ServerStream& stream, const Ruling& ruling)
{
    if (ruling.refusal.has_value()) return refuse(stream, *ruling.refusal, ruling.anonymous);
    if (stop_ != Stop::running ||
        !verify_queue_.push(stream, stream.connection->link->remote(), ruling.lane)) {
        return refuse(stream, Refusal::capacity, false);
    }
    stream.phase = Phase::verifying;
}

bool ServerCoreImpl::verifications_wait() const
{
    return !verify_queue_.empty(Lane::known) || !verify_queue_.empty(Lane::unknown);
}

std::optional<Lane> ServerCoreImpl::next_to_verify() const
{
    const uint32_t turn_max = config_.verifications_per_turn_max;
    if (verified_this_turn_ >= turn_max) return std::nullopt;
    const bool known = !verify_queue_.empty(Lane::known);
    const bool unknown = !verify_queue_.empty(Lane::unknown);
    const uint32_t share =
        doorway_.view().enforcing ? std::max(turn_max / kUnknownShare, 1u) : turn_max;
    // The last one of a turn is a stranger's if none was: known peers, however many, keep nobody
    // out for good.
    const bool reserved = unknown && unknown_this_turn_ == 0 && verified_this_turn_ + 1 == turn_max;
    if (known && !reserved) return Lane::known;
    if (unknown && unknown_this_turn_ < share) return Lane::unknown;
    return std::nullopt;
}

void ServerCoreImpl::verify_queued()
{
    while (auto lane = next_to_verify()) {
        ServerStream* stream = verify_queue_.pop(*lane);
        ++verified_this_turn_;
        if (*lane == Lane::unknown) ++unknown_this_turn_;
        HandshakeWork& work = *stream->handshake;
        const Candidate& candidate = work.candidate;
        auto refusal =
            admission_.prove(candidate, {fingerprint_text_, stream->connection->exporter}, now_);
        if (refusal.has_value()) {
            refuse(*stream, *refusal, false);
            continue;
        }
        const ServerConnection& connection = *stream->connection;
        stream->phase = Phase::proving;
        attempts_.insert(work.attempt, stream);
        to_desk(Proved{seat_of(connection), work.attempt, candidate.key, candidate.nonce(),
                       candidate.request.timestamp_s,
                       connection.authenticated && connection.key == candidate.key});
    }
}

void ServerCoreImpl::proved(ServerStream& stream, const Ruling& ruling)
{
    HandshakeWork& work = *stream.handshake;
    work.proved = true;
    if (ruling.refusal.has_value()) return refuse(stream, *ruling.refusal, false);
    work.reserved = true;
    if (expects_another(stream)) return refuse(stream, Refusal::other_hotkey, false);
    stats_.clock_offset_ms_last = work.clock_offset_ms =
        clock_difference_s(work.candidate.request.timestamp_s, now_.unix_s()) * 1000;
    request_signature(stream);
}

void ServerCoreImpl::request_signature(ServerStream& stream)
{
    HandshakeWork& work = *stream.handshake;
    const codec::HandshakeRequest& request = work.candidate.request;
    work.response_time_s = now_.unix_s();
    work.signed_text = acceptance_text(*stream.connection, request, work.response_time_s);
    work.sign = next_sign_++;
    stream.phase = Phase::signing;
    signing_.insert(work.sign, &stream);
    Nanos handshake_end = saturating_add(work.received_ns, config_.handshake_timeout_ns);
    Nanos signer_end = saturating_add(now_.monotonic_ns, config_.signer_timeout_ns);
    timers_.set(stream.timer, std::min(handshake_end, signer_end));
    outbox_.sign(work.sign, work.signed_text);
}

Error ServerCoreImpl::sign_done(SignId id, const Result<Bytes>& signature, Instant now)
{
    Turn turn(*this, now);
    ServerStream* stream = signing_.erase(id);
    if (stream == nullptr) {
        return Error(
            Code::wrong_state, Category::local,
            "expected the id of a signature that is waited for, got " + std::to_string(id));
    }
    stream->handshake->sign = 0;
    timers_.clear(stream->timer);
    signature_came(*stream, signature);
    return {};
}

void ServerCoreImpl::signature_came(ServerStream& stream, const Result<Bytes>& signature)
{
    ServerConnection& connection = *stream.connection;
    HandshakeWork& work = *stream.handshake;
    // The peer may be gone while its stream is still known: nothing is entered then (upstream-S7).
    if (connection.link->closing()) return give_up(stream, Code::connection_lost);
    Error error =
        check_own_signature(config_.hotkey, config_.signer_is_ours, work.signed_text, signature);
    if (!error.ok()) {
        log_.write(LogLevel::error, "handshake.signer_failed", {{"reason", error.text}});
        return refuse(stream, Refusal::signer, false);
    }
    if (stop_ != Stop::running) {
        return refuse(stream, Refusal::capacity, false);
    }
    codec::HandshakeResponse2 response;
    work.connection_id = connection_id(work.candidate.request.validator_hotkey, now_.unix_ms);
    response.miner_hotkey = config_.hotkey.text;
    response.timestamp_s = work.response_time_s;
    response.signature = codec::base64_encode(signature.value());
    response.accepted = true;
    response.connection_id = work.connection_id;
    response.cert_fingerprint = fingerprint_text_;
    response.frame_payload_max = config_.frame_payload_max;
    const Bytes payload = encode_response(connection, response);
    connection.peer_frame_max =
        connection.second ? work.candidate.request.frame_payload_max : codec::kFramePayloadMaxMax;
    ++stats_.handshakes_ok;
    // Limits first, so that they leave in the packet that carries the answer.
    authenticate(connection, work);
    Error sent =
        send_frame(*connection.link, stream.id, codec::FrameType::handshake_response, payload);
    (void)sent;  // a peer that stopped the stream has heard enough
    conclude(stream);
}

void ServerCoreImpl::refuse(ServerStream& stream, Refusal why, bool anonymous)
{
    note_refusal(stream, why);
    HandshakeWork& work = *stream.handshake;
    if (work.sign != 0) {
        signing_.erase(work.sign);
        outbox_.sign_cancelled(work.sign);
        work.sign = 0;
    }
    leave_desk(stream);
    stream.unlink();
    work.anonymous = anonymous;
    work.reason = told_reason(why, work.proved);
    stream.phase = Phase::refusing;
    Nanos due = saturating_add(work.received_ns, config_.refusal_delay_ns);
    if (due <= now_.monotonic_ns) return send_refusal(stream);
    timers_.set(stream.timer, due);
}

void ServerCoreImpl::send_refusal(ServerStream& stream)
{
    const HandshakeWork& work = *stream.handshake;
    codec::HandshakeResponse2 response;
    response.reason = static_cast<uint64_t>(work.reason);
    if (!work.anonymous) response.miner_hotkey = config_.hotkey.text;
    response.timestamp_s = work.response_time_s != 0 ? work.response_time_s : now_.unix_s();
    const Bytes payload = encode_response(*stream.connection, response);
    Error sent = send_frame(*stream.connection->link, stream.id,
                            codec::FrameType::handshake_response, payload);
    (void)sent;
    conclude(stream);
}

// The peer learns nothing of the reason; the operator reads it here. The sink limits the lines.
void ServerCoreImpl::note_refusal(const ServerStream& stream, Refusal why)
{
    const std::string address = stream.connection->link->remote().text();
    const struct {
        Refusal why;
        const char* name;
        uint64_t* counter;
    } table[] = {
        {Refusal::rate, "source_rate", &stats_.refused_rate},
        {Refusal::hotkey_rate, "hotkey_rate", &stats_.refused_hotkey_rate},
        {Refusal::malformed, "malformed", &stats_.refused_malformed},
        {Refusal::clock, "clock", &stats_.refused_clock},
        {Refusal::permit, "permit", &stats_.refused_permit},
        {Refusal::nonce, "nonce", &stats_.refused_nonce},
        {Refusal::signature, "signature", &stats_.refused_signature},
        {Refusal::capacity, "capacity", &stats_.refused_capacity},
        {Refusal::signer, "signer", &stats_.refused_signer},
        {Refusal::other_hotkey, "other_hotkey", &stats_.refused_other_hotkey},
    };
    for (const auto& row : table) {
        if (row.why != why) continue;
        ++*row.counter;
        if (why != Refusal::clock) {
            log_.write(LogLevel::warning, "handshake_refused",
                       {{"reason", row.name}, {"address", address}});
            continue;
        }
        // Whose clock is wrong nobody can tell, but by how much they differ; it may be forged.
        const int64_t ahead_s =
            clock_difference_s(stream.handshake->candidate.request.timestamp_s, now_.unix_s());
        log_.write(LogLevel::warning, "handshake_refused",
                   {{"reason", row.name},
                    {"address", address},
                    {"peer_clock_ahead_s", std::to_string(ahead_s)}});
    }
}

}  // namespace ltn::transport
