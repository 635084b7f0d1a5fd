// What one loop checks of a handshake request by itself: its form, its clock and its signature
// (spec/transport.md 3.5). What needs a memory is the admission desk's.
#pragma once

#include <optional>

#include "codec/envelope.h"
#include "codec/text.h"
#include "transport/desk_messages.h"
#include "transport/server.h"

namespace ltn::transport {

// A request that passed the cheap checks.
struct Candidate {
    codec::HandshakeRequest request;
    crypto::PublicKey key{};
    Bytes signature;

    NonceText nonce() const;
};

struct Screening {
    std::optional<Refusal> fault;
    bool unreadable = false;
    Candidate candidate;
};

class ServerAdmission {
public:
    explicit ServerAdmission(const ServerConfig& config)
        : age_max_s_(config.max_signature_age_s), ss58_(config.ss58)
    {
    }

    // Form and clock window. No elliptic curve is touched.
    Screening screen(ByteView payload, Instant now) const;
    // Clock once more, since it may have waited for its turn, and the signature.
    std::optional<Refusal> prove(const Candidate& candidate, std::string_view fingerprint,
                                 Instant now) const;

private:
    std::optional<Refusal> read_form(Candidate& candidate) const;
    bool in_clock_window(uint64_t timestamp_s, uint64_t now_s) const;

    uint64_t age_max_s_;
    codec::Ss58Policy ss58_;
};

}  // namespace ltn::transport
