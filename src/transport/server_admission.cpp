#include "transport/server_admission.h"

#include <algorithm>

#include "transport/handshake_strings.h"
#include "transport/nonce.h"
#include "transport/replay_set.h"

namespace ltn::transport {

namespace {

bool read_request(ByteView payload, bool second, codec::HandshakeRequest2& out)
{
    if (second) {
        auto request = codec::decode_handshake_request2(payload);
        if (request.ok()) out = std::move(request.value());
        return request.ok();
    }
    auto request = codec::decode_handshake_request(payload);
    if (request.ok()) static_cast<codec::HandshakeRequest&>(out) = std::move(request.value());
    return request.ok();
}

}  // namespace

NonceText Candidate::nonce() const
{
    NonceText out{};
    std::copy_n(request.nonce.begin(), std::min(request.nonce.size(), out.size()), out.begin());
    return out;
}

bool ServerAdmission::in_clock_window(uint64_t timestamp_s, uint64_t now_s) const
{
    // Age inclusive, future exclusive (3.5 checks 4 and 5).
    if (now_s > timestamp_s && now_s - timestamp_s >= age_max_s_) return false;
    return timestamp_s <= now_s || timestamp_s - now_s <= kClockSkewS;
}

std::optional<Refusal> ServerAdmission::read_form(Candidate& candidate) const
{
    const codec::HandshakeRequest& request = candidate.request;
    if (!is_valid_nonce(request.nonce)) return Refusal::nonce;
    auto hotkey = codec::ss58_decode(request.validator_hotkey, ss58_);
    if (!hotkey.ok()) return Refusal::malformed;
    auto signature = codec::base64_decode(request.signature);
    if (!signature.ok() || signature->size() != sizeof(crypto::Signature)) {
        return Refusal::malformed;
    }
    candidate.key = hotkey->key;
    candidate.signature = std::move(signature.value());
    return std::nullopt;
}

bool ServerAdmission::denotes(std::string_view hotkey, const crypto::PublicKey& key) const
{
    auto decoded = codec::ss58_decode(hotkey, ss58_);
    return decoded.ok() && decoded->key == key;
}

Screening ServerAdmission::screen(ByteView payload, bool second, Instant now) const
{
    Screening out;
    codec::HandshakeRequest2& request = out.candidate.request;
    if (!read_request(payload, second, request)) {
        out.fault = Refusal::malformed;
        out.unreadable = true;
        return out;
    }
    out.fault = read_form(out.candidate);
    if (!out.fault.has_value() && !in_clock_window(request.timestamp_s, now.unix_s())) {
        out.fault = Refusal::clock;
    }
    return out;
}

std::optional<Refusal> ServerAdmission::prove(const Candidate& candidate,
                                              const SessionText& session, Instant now) const
{
    const codec::HandshakeRequest2& request = candidate.request;
    if (!in_clock_window(request.timestamp_s, now.unix_s())) return Refusal::clock;
    const std::string message =
        session.exporter.empty()
            ? request_string(request.validator_hotkey, request.timestamp_s, request.nonce,
                             session.fingerprint)
            : request_string2(request.validator_hotkey, request.expected_hotkey,
                              request.timestamp_s, request.nonce, session.fingerprint,
                              session.exporter);
    if (!crypto::verify(candidate.key, as_bytes(message), candidate.signature)) {
        return Refusal::signature;
    }
    return std::nullopt;
}

}  // namespace ltn::transport
