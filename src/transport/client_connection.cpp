// Dialling an address and proving who is who, once per connection: the answer names the server's
// only hotkey, so more handshakes could not prove more (upstream-S13).
#include <algorithm>

#include "transport/client_core.h"
#include "transport/frame_sender.h"
#include "transport/nonce.h"
#include "transport/own_signature.h"

namespace ltn::transport {

namespace {

using State = ClientConnection::State;

// A handshake answer has 267 bytes; a stranger gets to fill no more than this.
constexpr uint64_t kProofPayloadMax = 4096;

Error timed_out(const ClientConnection& connection)
{
    return Error(Code::connect_timeout, Category::connection,
                 (connection.reconnecting ? "Reconnection to " : "Connection to ") +
                     connection.address.text() + " timed out");
}

Error dial_error(const ClientConnection& connection, const quic::CloseInfo& info, bool second_only)
{
    if (info.cause == quic::CloseInfo::Cause::handshake_timeout) return timed_out(connection);
    Error error = info.to_error();
    if (error.code == Code::alpn_mismatch && second_only) {
        error.text = "expected a peer that speaks " + std::string(quic::kAlpnOwn) +
                     ", it offers nothing of the kind (" + error.text + ")";
    }
    error.text = "Connection handshake failed: " + error.text;
    return error;
}

Error lost_error(const quic::CloseInfo& info)
{
    return Error(Code::connection_lost, Category::connection,
                 "connection lost: " + info.to_error().text);
}

}  // namespace

ClientConnection* ClientCoreImpl::find_connection(const Address& address) const
{
    const auto found = connections_.find(address);
    return found == connections_.end() ? nullptr : found->second.get();
}

ClientConnection* ClientCoreImpl::connection_for(const Address& address)
{
    if (ClientConnection* found = find_connection(address)) return found;
    const Place* place = registry_.place_at(address);
    // The places of the registry have their room whether they are connected just now or not.
    const bool loose = place == nullptr || !place->has_room;
    if (loose && loose_ + roomy_places_ >= config_.connections_max) return nullptr;
    auto connection = std::make_unique<ClientConnection>();
    connection->address = address;
    connection->peer.address = address;
    connection->loose = loose;
    loose_ += loose ? 1 : 0;
    for (Timer* timer :
         {&connection->dial_timer, &connection->sign_timer, &connection->slot_timer}) {
        timer->owner = connection.get();
    }
    connection->dial_timer.kind = kDialTimeout;
    connection->sign_timer.kind = kSignTimeout;
    connection->slot_timer.kind = kSlotOver;
    want_dial(*connection);
    return connections_.emplace(address, std::move(connection)).first->second.get();
}

void ClientCoreImpl::want_dial(ClientConnection& connection)
{
    connection.state = State::wanted;
    connection.started_ns = now_.monotonic_ns;
    to_dial_.push_back(&connection);
}

void ClientCoreImpl::dial(ClientConnection& connection)
{
    // Cancelled before the turn ended: nobody wants it any more.
    if (connection.waiting_proof.empty() && !connection.for_registry) {
        return drop(connection, Error());
    }
    const Place* place = registry_.place_at(connection.address);
    connection.reconnecting = place != nullptr ? place->was_ready || place->backoff.failures() > 0
                                               : failures_.find(connection.address) != nullptr;
    stats_.reconnects += connection.reconnecting ? 1 : 0;
    ++stats_.dials;
    connection.state = State::dialing;
    timers_.set(connection.dial_timer,
                saturating_add(now_.monotonic_ns, config_.connect_timeout_ns));
    quic::ConnectOptions options;
    options.remote = connection.address;
    options.timeout_ns = config_.connect_timeout_ns;
    options.user = &connection;
    auto link = endpoint_->connect(options, now_);
    if (!link.ok()) {
        proof_failed(connection, Error(link.error().code, Category::connection,
                                       "Connection failed: " + link.error().text));
        return;
    }
    ++links_;
    connection.link = link.value();
}

void ClientCoreImpl::dial_timed_out(ClientConnection& connection)
{
    if (connection.state == State::pausing) return want_dial(connection);
    proof_failed(connection, timed_out(connection));
}

void ClientCoreImpl::on_ready(quic::Connection& link)
{
    auto* connection = static_cast<ClientConnection*>(link.user);
    if (connection == nullptr || connection->state != State::dialing) return;
    connection->link = &link;
    connection->heard = true;
    begin_proof(*connection);
}

void ClientCoreImpl::begin_proof(ClientConnection& connection)
{
    auto fingerprint = connection.link->certificate_fingerprint();
    if (!fingerprint.has_value()) {
        proof_failed(connection, Error(Code::handshake_protocol, Category::handshake,
                                       "peer certificate not available for fingerprinting"));
        return;
    }
    if (!connection.dial_timer.armed()) {
        timers_.set(connection.dial_timer,
                    saturating_add(now_.monotonic_ns, config_.connect_timeout_ns));
    }
    connection.peer.fingerprint = *fingerprint;
    connection.peer.alpn = connection.link->alpn();
    connection.attempt.fingerprint = codec::base64_encode(*fingerprint);
    connection.attempt.nonce = make_nonce(random_);
    connection.attempt.timestamp_s = now_.unix_s();
    Error error = bind_session(connection);
    if (!error.ok()) return proof_failed(connection, error);
    request_signature(connection);
}

void ClientCoreImpl::request_signature(ClientConnection& connection)
{
    connection.signed_text = text_to_sign(config_.hotkey, connection.attempt);
    connection.state = State::signing;
    connection.sign = next_sign_++;
    signing_.insert(connection.sign, &connection);
    timers_.set(connection.sign_timer,
                saturating_add(now_.monotonic_ns, config_.signer_timeout_ns));
    outbox_.sign(connection.sign, connection.signed_text);
}

Error ClientCoreImpl::sign_done(SignId id, const Result<Bytes>& signature, Instant now)
{
    Turn turn(*this, now);
    ClientConnection* connection = signing_.erase(id);
    if (connection == nullptr) {
        return Error(
            Code::wrong_state, Category::local,
            "expected the id of a signature that is waited for, got " + std::to_string(id));
    }
    connection->sign = 0;
    timers_.clear(connection->sign_timer);
    Error error = check_own_signature(config_.hotkey, config_.signer_is_ours,
                                      connection->signed_text, signature);
    if (!error.ok()) {
        proof_failed(*connection, error);
        return {};
    }
    connection->signature = signature.value();
    send_proof(*connection);
    return {};
}

void ClientCoreImpl::send_proof(ClientConnection& connection)
{
    auto stream = connection.link->open_stream();
    // A repeated handshake while calls use up all streams: on_streams_available tries again, ahead
    // of the waiting calls.
    if (!stream.ok() && stream.error().code == Code::full) return;
    Bytes payload = encode_request(config_.hotkey, connection.attempt, connection.signature,
                                   config_.frame_payload_max);
    connection.signature.clear();
    Error error = stream.error();
    if (error.ok()) {
        connection.proof_stream = stream.value();
        connection.proof_reader = codec::FrameReader(kProofPayloadMax);
        connection.state = State::proving;
        error = send_frame(*connection.link, stream.value(), codec::FrameType::handshake_request,
                           payload);
    }
    if (!error.ok()) {
        proof_failed(connection, Error(error.code, Category::connection,
                                       "Failed to open bidirectional stream: " + error.text));
    }
}

void ClientCoreImpl::proof_data(ClientConnection& connection, ByteView bytes, bool fin)
{
    size_t used = 0;
    auto state = connection.proof_reader.feed(bytes, &used);
    quic::StreamId stream = connection.proof_stream;
    if (state == codec::FrameReader::State::need_more && !fin) return;
    connection.proof_stream = -1;
    if (!fin) connection.link->stop_sending(stream, 0);
    if (state == codec::FrameReader::State::failed) {
        proof_failed(connection, connection.proof_reader.error());
    } else if (state == codec::FrameReader::State::need_more) {
        proof_failed(connection, connection.proof_reader.end_of_stream());
    } else {
        codec::FrameType type = connection.proof_reader.type().value();
        judge_proof(connection, type, connection.proof_reader.take_payload());
    }
}

void ClientCoreImpl::judge_proof(ClientConnection& connection, codec::FrameType type,
                                 ByteView payload)
{
    auto response = read_response(type, payload, connection.attempt);
    if (!response.ok()) return proof_failed(connection, response.error());
    if (!response->accepted) return told_of_another(connection, response.value());

    auto named = named_key(response.value(), config_.ss58);
    const bool wanted = anybody_wants(connection, named);
    const Error mismatch = refuse_others(connection, named, response.value());
    if (!wanted) {
        connection.answered = named;
        return proof_failed(connection, mismatch);
    }
    auto key = verify_response(response.value(), config_.hotkey, connection.attempt, config_.ss58);
    if (!key.ok()) return proof_failed(connection, key.error());
    proven(connection, key.value(), response.value());
}

bool ClientCoreImpl::anybody_wants(ClientConnection& connection,
                                   const std::optional<crypto::PublicKey>& named)
{
    const Place* place = registry_.place_at(connection.address);
    // Repeated handshakes after which nobody waits any more prove what they prove.
    if (place == nullptr && connection.waiting_proof.empty()) return true;
    if (!named.has_value()) return false;
    if (connection.proven && connection.peer.key == *named) return true;
    const Claim* claim = registry_.find(*named);
    if (claim != nullptr && claim->place == place) return true;
    for (const Call* call = connection.waiting_proof.front(); call != nullptr;
         call = LinkedList<Call>::next(*call)) {
        if (call->request.peer == *named) return true;
    }
    return false;
}

Error ClientCoreImpl::refuse_others(ClientConnection& connection,
                                    const std::optional<crypto::PublicKey>& named,
                                    const codec::HandshakeResponse& response)
{
    Error mismatch;
    for (Call* call = connection.waiting_proof.front(); call != nullptr;) {
        Call* next = LinkedList<Call>::next(*call);
        if (named != call->request.peer) {
            mismatch = connection.on_demand ? no_route(call->request.peer, call->request.address)
                                            : mismatch_error(call->request.peer, response);
            finish(*call, mismatch);
        }
        call = next;
    }
    Place* place = registry_.place_at(connection.address);
    if (place == nullptr) return mismatch;
    for (Claim* claim = place->claims.front(); claim != nullptr;
         claim = LinkedList<Claim>::next(*claim)) {
        if (named == claim->hotkey.key) continue;
        mismatch = mismatch_error(claim->hotkey.key, response);
        refute(*claim, mismatch);
    }
    return mismatch;
}

void ClientCoreImpl::proven(ClientConnection& connection, const crypto::PublicKey& key,
                            const codec::HandshakeResponse2& response)
{
    ++stats_.handshakes_ok;
    connection.named_instead.reset();
    connection.peer_frame_max = response.frame_payload_max;
    timers_.clear(connection.dial_timer);
    PeerInfo& peer = connection.peer;
    if (!connection.proven) {
        peer.setup_ns = now_.monotonic_ns - connection.started_ns;
        connection.proven_ns = now_.monotonic_ns;
        connection.demand_allowed_ns = now_.monotonic_ns + kRepeatInterval;
    }
    bool announce = !connection.proven || peer.key != key;
    peer.key = key;
    peer.hotkey_text = response.miner_hotkey;
    peer.clock_offset_ms =
        (static_cast<int64_t>(response.timestamp_s) - static_cast<int64_t>(now_.unix_s())) * 1000;
    connection.proven = true;
    ++connection.proof_count;
    connection.state = State::ready;
    connection.on_demand = false;
    connection.link->set_keep_alive(config_.keep_alive_ns);
    release_slot(connection);
    failures_.forget(connection.address);
    if (Place* place = registry_.place_at(connection.address)) {
        confirm(*place, key);
        host_proven(connection, *place);
    }
    if (announce) {
        outbox_.connected(peer_info(connection));
        // Of those who wait for a stream some may have meant the one that was proved before.
        refuse_unproven(connection);
    }

    while (Call* call = connection.waiting_proof.pop_front()) route(*call);
    dispatch_waiting(connection);
}

void ClientCoreImpl::proof_failed(ClientConnection& connection, const Error& error)
{
    ++stats_.handshakes_failed;
    if (connection.on_demand) return demand_failed(connection, error);
    // First: who sees a call end may look at the question that it hung on.
    forget_signature(connection);
    attempt_failed(connection, error);
    fail_all(connection.waiting_proof, error);
    if (connection.link != nullptr) {
        bool was_ready = connection.state != State::dialing;
        connection.link->close(0, was_ready ? "no_authenticated_hotkeys" : "");
    }
    drop(connection, Error(Code::connection_lost, Category::connection,
                           "connection closed by us: " + error.text));
}

void ClientCoreImpl::drop(ClientConnection& connection, const Error& error)
{
    connection.state = State::gone;
    timers_.clear(connection.dial_timer);
    release_slot(connection);
    leave_host(connection);
    forget_signature(connection);
    if (connection.proven) outbox_.disconnected(peer_info(connection), error);
    if (connection.link != nullptr) {
        // Its last events concern nobody any more; a new dial may begin before they come.
        connection.link->user = nullptr;
        connection.link = nullptr;
    }
    fail_all(connection.waiting_proof, error);
    while (Call* call = connection.waiting_credit.front()) finish(*call, error);
    fail_in_flight(connection, error);
    auto found = connections_.find(connection.address);
    if (found == connections_.end() || found->second.get() != &connection) return;
    loose_ -= connection.loose ? 1 : 0;
    gone_.push_back(std::move(found->second));
    connections_.erase(found);
}

void ClientCoreImpl::forget_signature(ClientConnection& connection)
{
    timers_.clear(connection.sign_timer);
    connection.signature.clear();
    if (connection.sign == 0) return;
    signing_.erase(connection.sign);
    outbox_.sign_cancelled(connection.sign);
    connection.sign = 0;
}

PeerInfo ClientCoreImpl::peer_info(const ClientConnection& connection) const
{
    PeerInfo info = connection.peer;
    if (connection.link != nullptr) {
        info.smoothed_rtt_ns = connection.link->stats().smoothed_rtt_ns;
    }
    return info;
}

void ClientCoreImpl::on_streams_available(quic::Connection& link)
{
    auto* connection = static_cast<ClientConnection*>(link.user);
    if (connection == nullptr) return;
    if (connection->state == State::signing && !connection->signature.empty()) {
        send_proof(*connection);
    }
    if (connection->usable()) dispatch_waiting(*connection);
}

void ClientCoreImpl::on_closed(quic::Connection& link, const quic::CloseInfo& info)
{
    --links_;
    auto* connection = static_cast<ClientConnection*>(link.user);
    if (connection == nullptr) return;
    connection->link = nullptr;
    if (connection->proven) {
        const Error error = lost_error(info);
        connection_lost(*connection, error);
        drop(*connection, error);
    } else {
        proof_failed(*connection, dial_error(*connection, info, config_.require_wire_2));
    }
}

bool ClientCoreImpl::retry_proven(Call& call)
{
    ClientConnection& connection = *call.connection;
    // Chunks that were sent already are not kept.
    if (call.retried || call.sending != nullptr) return false;
    bool proven_since = call.proof_seen < connection.proof_count;
    bool proof_under_way = connection.state != State::ready;
    if (!proven_since && !proof_under_way) {
        if (now_.monotonic_ns < connection.repeat_allowed_ns) return false;
        connection.repeat_allowed_ns = now_.monotonic_ns + kRepeatInterval;
    }
    call.retried = true;
    if (proven_since && !proof_under_way) {
        dispatch(call);
        return true;
    }
    call.phase = Call::Phase::proof;
    connection.waiting_proof.push_back(call);
    if (!proof_under_way) begin_proof(connection);
    return true;
}

}  // namespace ltn::transport
