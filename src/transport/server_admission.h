// Who may come in: the checks on a handshake request from cheap to dear (spec/transport.md 3.5 in
// the order of the design), with the replay set and the budgets they use. Knows no connections.
#pragma once

#include <optional>
#include <string>

#include "codec/envelope.h"
#include "codec/text.h"
#include "transport/rate_limiter.h"
#include "transport/replay_set.h"
#include "transport/server.h"

namespace ltn::transport {

enum class Refusal { rate, hotkey_rate, malformed, clock, nonce, signature, capacity, signer };

// A request that passed the cheap checks.
struct Candidate {
    codec::HandshakeRequest request;
    crypto::PublicKey key{};
    Bytes signature;
};

struct Screening {
    std::optional<Refusal> refusal;
    // Undecodable input and the source's budget: the answer does not name us (3.5, upstream-S22).
    bool anonymous = false;
    Candidate candidate;
};

class ServerAdmission {
public:
    ServerAdmission(const ServerConfig& config, Random& random);

    // Form, clock window, budget of the source. No elliptic curve is touched.
    Screening screen(ByteView payload, const Address& source, Instant now);
    // Nonce, signature, budget of the hotkey. The nonce is consumed once the signature held.
    std::optional<Refusal> prove(const Candidate& candidate, std::string_view fingerprint,
                                 Instant now);

    void forget_expired(Instant now) { replay_.evict(now.unix_s()); }
    uint64_t nonces() const { return replay_.size(); }

private:
    std::optional<Refusal> read_form(Candidate& candidate) const;
    bool in_clock_window(uint64_t timestamp_s, uint64_t now_s) const;

    uint64_t age_max_s_;
    codec::Ss58Policy ss58_;
    ReplaySet replay_;
    RateLimiter sources_;
    RateLimiter hotkeys_;
};

}  // namespace ltn::transport
