// sr25519 as the Substrate world uses it: Schnorr signatures over ristretto255 with a Merlin
// transcript, signing context "substrate" (spec/transport.md 13.5 to 13.8). Checked against the
// crate schnorrkel.
#pragma once

#include <array>

#include "base/bytes.h"
#include "base/random.h"
#include "base/status.h"

namespace ltn::crypto {

using PublicKey = std::array<uint8_t, 32>;
using Seed = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;

// The expanded secret: scalar and nonce seed. Lives in locked memory where the system allows it and
// is wiped when it goes; it can be moved, never copied.
class KeyPair {
public:
    KeyPair();
    ~KeyPair();
    KeyPair(KeyPair&&) noexcept;
    KeyPair& operator=(KeyPair&&) noexcept;
    KeyPair(const KeyPair&) = delete;
    KeyPair& operator=(const KeyPair&) = delete;

    static KeyPair from_seed(const Seed& seed);
    // 64 bytes: canonical scalar, then nonce seed. Code::bad_key if the scalar is not below l.
    static Result<KeyPair> from_secret(ByteView secret64);

    // False for a default-constructed pair: sign() then gives 64 zero bytes, which never verify.
    bool has_secret() const { return secret_ != nullptr; }
    const PublicKey& public_key() const { return public_key_; }
    // Copies the 64 secret bytes out (key files); the caller wipes them.
    void export_secret(std::array<uint8_t, 64>& out) const;
    // Randomised by 32 bytes of `random` (all zero makes the published vectors).
    Signature sign(ByteView message, Random& random) const;

private:
    struct Secret;
    Secret* secret_ = nullptr;
    PublicKey public_key_{};
};

// Canonical ristretto255 encoding of a point that is not the identity (spec 12.1 S16).
bool is_valid_public_key(const PublicKey& key);

// False for a wrong signature, a cleared marker bit, s >= l, an invalid or identity key.
bool verify(const PublicKey& key, ByteView message, ByteView signature);

// Must be called before anything else here; idempotent and thread-safe.
bool init();

}  // namespace ltn::crypto
