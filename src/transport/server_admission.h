// What one loop checks of a handshake request by itself: its form, its clock and its signature
// (spec/transport.md 3.5). What needs a memory is the admission desk's.
#pragma once

#include <optional>

#include "codec/envelope2.h"
#include "codec/text.h"
#include "transport/desk_messages.h"
#include "transport/server.h"

namespace ltn::transport {

// A request that passed the cheap checks.
struct Candidate {
    codec::HandshakeRequest2 request;
    crypto::PublicKey key{};
    Bytes signature;

    NonceText nonce() const;
};

// What a signature has to be bound to; the exporter (Base64) is the second token's, else empty.
struct SessionText {
    std::string_view fingerprint;
    std::string_view exporter;
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
    Screening screen(ByteView payload, bool second, Instant now) const;
    // Clock once more, since it may have waited for its turn, and the signature.
    std::optional<Refusal> prove(const Candidate& candidate, const SessionText& session,
                                 Instant now) const;
    // Whether the text denotes this key.
    bool denotes(std::string_view hotkey, const crypto::PublicKey& key) const;

private:
    std::optional<Refusal> read_form(Candidate& candidate) const;
    bool in_clock_window(uint64_t timestamp_s, uint64_t now_s) const;

    uint64_t age_max_s_;
    codec::Ss58Policy ss58_;
};

}  // namespace ltn::transport
