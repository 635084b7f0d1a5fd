// The server's certificate: self-signed P-256, made anew at every start (spec/transport.md 2.2).
// Peers look at nothing but the fingerprint of its DER bytes.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/random.h"
#include "base/status.h"

namespace ltn::quic::tls {

using Fingerprint = std::array<uint8_t, 32>;

// Certificates in the order they are sent, leaf first. We make one; tests make worse.
struct Identity {
    std::vector<Bytes> chain;
    Bytes key_der;  // ECPrivateKey
    Fingerprint fingerprint{};
};

Fingerprint fingerprint_of(ByteView certificate_der);

// Same random bytes, same certificate.
Result<Identity> make_identity(Random& random);

// P-256 or Ed25519: the kinds of key that a peer's certificate may hold.
bool key_kind_allowed(ByteView certificate_der);

}  // namespace ltn::quic::tls
