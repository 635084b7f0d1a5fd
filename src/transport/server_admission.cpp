#include "transport/server_admission.h"

#include <algorithm>

#include "transport/handshake_strings.h"
#include "transport/nonce.h"
#include "transport/replay_set.h"

namespace ltn::transport {

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

Screening ServerAdmission::screen(ByteView payload, Instant now) const
{
    Screening out;
    auto request = codec::decode_handshake_request(payload);
    if (!request.ok()) {
        out.fault = Refusal::malformed;
        out.unreadable = true;
        return out;
    }
    out.candidate.request = std::move(request.value());
    out.fault = read_form(out.candidate);
    if (!out.fault.has_value() &&
        !in_clock_window(out.candidate.request.timestamp_s, now.unix_s())) {
        out.fault = Refusal::clock;
    }
    return out;
}

std::optional<Refusal> ServerAdmission::prove(const Candidate& candidate,
                                              std::string_view fingerprint, Instant now) const
{
    const codec::HandshakeRequest& request = candidate.request;
    if (!in_clock_window(request.timestamp_s, now.unix_s())) return Refusal::clock;
    std::string message =
        request_string(request.validator_hotkey, request.timestamp_s, request.nonce, fingerprint);
    if (!crypto::verify(candidate.key, as_bytes(message), candidate.signature)) {
        return Refusal::signature;
    }
    return std::nullopt;
}

}  // namespace ltn::transport
