#include "transport/server_admission.h"

#include "transport/handshake_strings.h"
#include "transport/nonce.h"

namespace ltn::transport {

ServerAdmission::ServerAdmission(const ServerConfig& config, Random& random)
    : age_max_s_(config.max_signature_age_s),
      ss58_(config.ss58),
      replay_(config.max_signature_age_s, config.nonce_entries_max, random),
      sources_(config.handshake_attempts_per_minute_max, config.tracked_rate_sources_max, random),
      hotkeys_(config.hotkey_attempts_per_minute_max, config.tracked_rate_sources_max, random)
{
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

Screening ServerAdmission::screen(ByteView payload, const Address& source, Instant now)
{
    Screening out;
    TableKey from = source_key(source);
    auto request = codec::decode_handshake_request(payload);
    if (!request.ok()) {
        bool within_budget = sources_.take(from, now.monotonic_ns);
        out.refusal = within_budget ? Refusal::malformed : Refusal::rate;
        out.anonymous = true;
        return out;
    }
    out.candidate.request = std::move(request.value());
    out.refusal = read_form(out.candidate);
    // A clock that is off is not charged: behind one address it would lock the others out.
    if (!out.refusal.has_value() &&
        !in_clock_window(out.candidate.request.timestamp_s, now.unix_s())) {
        out.refusal = Refusal::clock;
        return out;
    }
    if (!sources_.take(from, now.monotonic_ns)) {
        out.refusal = Refusal::rate;
        out.anonymous = true;
    }
    return out;
}

std::optional<Refusal> ServerAdmission::prove(const Candidate& candidate,
                                              std::string_view fingerprint, Instant now)
{
    const codec::HandshakeRequest& request = candidate.request;
    uint64_t now_s = now.unix_s();
    // Again, because it may have waited for its turn.
    if (!in_clock_window(request.timestamp_s, now_s)) return Refusal::clock;
    auto verdict = replay_.check(request.nonce, request.timestamp_s, now_s);
    if (verdict == ReplaySet::Verdict::full) return Refusal::capacity;
    if (verdict != ReplaySet::Verdict::fresh) return Refusal::nonce;
    std::string message =
        request_string(request.validator_hotkey, request.timestamp_s, request.nonce, fingerprint);
    if (!crypto::verify(candidate.key, as_bytes(message), candidate.signature)) {
        return Refusal::signature;
    }
    // Only now, so that nobody burns another's nonces or budget with signatures that do not hold.
    verdict = replay_.record(request.nonce, request.timestamp_s, now_s);
    if (verdict != ReplaySet::Verdict::fresh) return Refusal::capacity;
    if (!hotkeys_.take(candidate.key, now.monotonic_ns)) return Refusal::hotkey_rate;
    return std::nullopt;
}

}  // namespace ltn::transport
