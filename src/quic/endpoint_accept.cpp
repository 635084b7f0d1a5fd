// Datagrams that belong to no connection: the cheap answers first, and state only for those who
// have shown that they are where they say.
#include <algorithm>

#include "quic/endpoint_impl.h"
#include "quic/reflectors.h"
#include "quic/tls/crypto.h"

namespace ltn::quic {

namespace {

constexpr uint64_t kConnectionRefused = 0x02;
constexpr uint64_t kInvalidToken = 0x0b;
// Of a version that we do not have either, so that clients learn to pass over what they do not
// know.
constexpr uint32_t kReservedVersion = 0x1a2a3a4a;

}  // namespace

void EndpointImpl::receive_stray(const Datagram& datagram, const Destination& destination)
{
    Tombstone* grave = nullptr;
    if (destination.id.size() == kConnectionIdLen) {
        grave = graves_by_id_.find(ConnectionIds::key_of_ours(destination.id.data()));
    }
    if (grave == nullptr && destination.long_header && graves_by_first_id_.size() > 0) {
        grave = graves_by_first_id_.find(ids_.key_of_theirs(destination.id));
    }
    if (grave != nullptr && grave->until_ns > now_.monotonic_ns) {
        answer_from(*grave, datagram);
        return;
    }
    if (!destination.long_header && datagram.bytes.size() > NGTCP2_STATELESS_RESET_TOKENLEN) {
        ByteView token = datagram.bytes.last(NGTCP2_STATELESS_RESET_TOKENLEN);
        if (ConnectionImpl* connection = by_reset_token_.find(ids_.key_of_theirs(token))) {
            connection->read(datagram);
            settle(*connection);
            return;
        }
    }
    if (server_context_ == nullptr || reflects(datagram.remote)) {
        if (server_context_ != nullptr) ++stats_.reflectors_ignored;
        drop();
        return;
    }
    if (destination.long_header) {
        if (accepting_) {
            receive_initial(datagram, destination);
        } else {
            drop();
        }
        return;
    }
    if (Reply* reply = new_reply(datagram)) {
        reply->len = reset_.answer(reply->bytes, destination.id, datagram.bytes.size(), random_,
                                   now_.monotonic_ns);
        if (reply->len > 0) {
            ++stats_.stateless_resets_sent;
            return;
        }
        --reply_count_;
    }
    ++stats_.resets_withheld;
    drop();
}

// Late packets of a closed connection: the first, second, fourth, eighth ... is told again.
void EndpointImpl::answer_from(Tombstone& grave, const Datagram& datagram)
{
    ++grave.packets;
    if (grave.close_packet.empty() || (grave.packets & (grave.packets - 1)) != 0 ||
        datagram.bytes.size() < grave.close_packet.size()) {
        return;
    }
    if (Reply* reply = new_reply(datagram)) {
        reply->len = grave.close_packet.size();
        std::copy(grave.close_packet.begin(), grave.close_packet.end(), reply->bytes.begin());
    }
}

void EndpointImpl::receive_initial(const Datagram& datagram, const Destination& destination)
{
    if (destination.version != NGTCP2_PROTO_VER_V1) {
        send_version_negotiation(datagram, destination);
        return;
    }
    Acceptance acceptance;
    ngtcp2_pkt_hd& header = acceptance.header;
    if (datagram.bytes.size() > kUdpPayloadOld ||
        ngtcp2_accept(&header, datagram.bytes.data(), datagram.bytes.size()) != 0 ||
        header.dcid.datalen < NGTCP2_MIN_INITIAL_DCIDLEN ||
        glitches_.exhausted(datagram.remote, now_.monotonic_ns)) {
        drop();
        return;
    }
    // Before anything is computed: who cannot be let in any more is not read any further.
    load_.count(stats_.handshaking, now_.monotonic_ns);
    const bool retry_due =
        config_.retry == RetryPolicy::always ||
        (config_.retry == RetryPolicy::adaptive && load_.wants_retry(now_.monotonic_ns));
    const bool maybe_ours = Tokens::looks_ours(ByteView(header.token, header.tokenlen));
    if (!load_.room(maybe_ours || retry_due, stats_.handshaking)) {
        shed();
        return;
    }

    Tokens::Checked token =
        tokens_.check(ByteView(header.token, header.tokenlen), datagram.remote, header.dcid, now_);
    acceptance.original_dcid = header.dcid;
    if (token.verdict == Tokens::Verdict::valid_retry) {
        acceptance.original_dcid = token.original_dcid;
        acceptance.after_retry = true;
        acceptance.address_validated = true;
    } else if (token.verdict == Tokens::Verdict::valid_new_token) {
        acceptance.address_validated = true;
    }
    if (header.tokenlen > 0) {
        ++(acceptance.address_validated ? stats_.tokens_accepted : stats_.tokens_refused);
    }

    Gate::Verdict verdict = gate_ == nullptr
                                ? Gate::Verdict::accept
                                : gate_->admit(datagram.remote, acceptance.address_validated);
    if (verdict == Gate::Verdict::drop) {
        drop();
        return;
    }
    if (verdict == Gate::Verdict::refuse) {
        refuse(datagram, header, kConnectionRefused, "");
        return;
    }
    if (token.verdict == Tokens::Verdict::forged_retry) {
        // Not told: whoever has seen the client's packet could end its attempt by damaging a copy.
        drop();
        return;
    }
    if (token.verdict == Tokens::Verdict::spent_retry) {
        refuse(datagram, header, kInvalidToken, "");
        return;
    }
    if (!acceptance.address_validated && (retry_due || verdict == Gate::Verdict::retry)) {
        send_retry(datagram, header);
        return;
    }
    // A token that only looked like one buys no place.
    if (!load_.room(acceptance.address_validated, stats_.handshaking)) {
        shed();
        return;
    }
    if (connections_.size() >= config_.connections_max) {
        refuse(datagram, header, kConnectionRefused, "");
        return;
    }
    load_.begun();
    if (accept(datagram, acceptance)) tokens_.use(token, now_);
}

void EndpointImpl::shed()
{
    ++stats_.initials_shed;
    drop();
}

// False when nothing came of it.
bool EndpointImpl::accept(const Datagram& datagram, const Acceptance& acceptance)
{
    auto made = ConnectionImpl::server(*this, next_connection_++, datagram, acceptance);
    if (!made) {
        if (failure_log_budget_.take(now_.monotonic_ns)) {
            log_.write(LogLevel::error, "quic.accept_failed", {{"error", made.error().text}});
        }
        ++stats_.handshakes_failed;
        return false;
    }
    ConnectionImpl* connection = add(std::move(made.value()));
    ++stats_.handshaking;
    by_first_id_.insert(connection->first_id_key(), connection);
    events_.on_accepted(*connection);
    connection->read(datagram);
    bool lives = !connection->dead();
    bool retry = connection->wants_retry();
    settle(*connection);
    if (retry) send_retry(datagram, acceptance.header);
    return lives;
}

void EndpointImpl::send_retry(const Datagram& datagram, const ngtcp2_pkt_hd& header)
{
    Reply* reply = retry_budget_.take(now_.monotonic_ns) ? new_reply(datagram) : nullptr;
    if (reply == nullptr) {
        ++stats_.retries_withheld;
        return;
    }
    ngtcp2_cid scid;
    ids_.make(random_, scid);
    uint8_t token[Tokens::kLenMax];
    size_t token_len = tokens_.make_retry(token, datagram.remote, scid, header.dcid, random_, now_);
    reply->len = tls::write_retry(reply->bytes, header.version, header.scid, scid, header.dcid,
                                  ByteView(token, token_len));
    if (reply->len == 0) {
        --reply_count_;
        return;
    }
    ++stats_.retries_sent;
}

void EndpointImpl::refuse(const Datagram& datagram, const ngtcp2_pkt_hd& header, uint64_t code,
                          std::string_view reason)
{
    ++stats_.connections_refused;
    // Initial keys have to be derived for it: not for everybody.
    Reply* reply = refusal_budget_.take(now_.monotonic_ns) ? new_reply(datagram) : nullptr;
    if (reply == nullptr) {
        ++stats_.refusals_withheld;
        return;
    }
    ++stats_.initial_keys_derived;
    reply->len = tls::write_initial_close(reply->bytes, header.version, header.scid, header.dcid,
                                          code, reason);
    if (reply->len == 0) --reply_count_;
}

void EndpointImpl::send_version_negotiation(const Datagram& datagram,
                                            const Destination& destination)
{
    // Version 0 is itself a negotiation; a short datagram may be a reflection.
    ngtcp2_version_cid ids;
    int rc = ngtcp2_pkt_decode_version_cid(&ids, datagram.bytes.data(), datagram.bytes.size(),
                                           kConnectionIdLen);
    if (destination.version == 0 || datagram.bytes.size() < NGTCP2_MAX_UDP_PAYLOAD_SIZE ||
        (rc != 0 && rc != NGTCP2_ERR_VERSION_NEGOTIATION)) {
        drop();
        return;
    }
    Reply* reply = negotiation_budget_.take(now_.monotonic_ns) ? new_reply(datagram) : nullptr;
    if (reply == nullptr) {
        ++stats_.negotiations_withheld;
        drop();
        return;
    }
    const uint32_t versions[] = {NGTCP2_PROTO_VER_V1, kReservedVersion};
    uint8_t unused;
    random_.fill(MutableBytes(&unused, 1));
    ngtcp2_ssize n = ngtcp2_pkt_write_version_negotiation(
        reply->bytes.data(), reply->bytes.size(), unused, ids.scid, ids.scidlen, ids.dcid,
        ids.dcidlen, versions, std::size(versions));
    if (n <= 0) {
        --reply_count_;
        drop();
        return;
    }
    reply->len = static_cast<size_t>(n);
    ++stats_.version_negotiations_sent;
}

}  // namespace ltn::quic
