// sr25519 on the public ristretto255 calls of libsodium. Everything that touches a secret is one of
// its constant-time functions; verification may branch, for all it sees is public.
#include "crypto/sr25519.h"

#include <sodium.h>

#include <algorithm>
#include <new>
#include <utility>

#include "crypto/hash.h"
#include "crypto/merlin.h"
#include "crypto/secret.h"

namespace ltn::crypto {

namespace {

using Scalar = std::array<uint8_t, 32>;

constexpr uint8_t kMarkerBit = 0x80;

// 2^252 + 27742317777372353535851937790883648493, little-endian.
constexpr Scalar kGroupOrder = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

// Without branches, since a secret scalar comes through here too: the borrow of value - l.
bool is_canonical_scalar(const uint8_t* value)
{
    unsigned borrow = 0;
    for (size_t i = 0; i < kGroupOrder.size(); ++i) {
        borrow = ((value[i] - kGroupOrder[i] - borrow) >> 8) & 1u;
    }
    return borrow == 1;
}

// What libsodium's decoder lets pass and must not be a key: the identity, whose encoding is all
// zero, and (up to 1.0.18) a set top bit, which would be a second spelling of every key.
bool is_plausible_key(const PublicKey& key)
{
    return (key[31] & 0x80) == 0 && !sodium_is_zero(key.data(), key.size());
}

// The context's own label is empty; "substrate" is its message.
Transcript begin_signature(const PublicKey& key, ByteView message)
{
    Transcript transcript("SigningContext");
    transcript.append("", as_bytes("substrate"));
    transcript.append("sign-bytes", message);
    transcript.append("proto-name", as_bytes("Schnorr-sig"));
    transcript.append("sign:pk", key);
    return transcript;
}

Scalar draw_challenge(Transcript& transcript, ByteView r_encoded)
{
    transcript.append("sign:R", r_encoded);
    std::array<uint8_t, 64> wide{};
    transcript.challenge("sign:c", wide);
    Scalar k{};
    crypto_core_ristretto255_scalar_reduce(k.data(), wide.data());
    return k;
}

}  // namespace

struct KeyPair::Secret {
    Scalar scalar{};
    std::array<uint8_t, 32> nonce_seed{};

    static Secret* make() { return new (secret_alloc(sizeof(Secret))) Secret; }
};

bool init()
{
    return sodium_init() >= 0;
}

KeyPair::KeyPair() = default;

KeyPair::~KeyPair()
{
    secret_free(secret_);
}

KeyPair::KeyPair(KeyPair&& other) noexcept
    : secret_(std::exchange(other.secret_, nullptr)), public_key_(other.public_key_)
{
}

KeyPair& KeyPair::operator=(KeyPair&& other) noexcept
{
    std::swap(secret_, other.secret_);
    std::swap(public_key_, other.public_key_);
    return *this;
}

KeyPair KeyPair::from_seed(const Seed& seed)
{
    KeyPair pair;
    pair.secret_ = Secret::make();
    SecretArray<64> hash;
    sha512(seed, hash.array());
    uint8_t* low = hash.data();
    low[0] &= 0xf8;
    low[31] &= 0x3f;
    low[31] |= 0x40;
    // Divided by the cofactor, which is exact after the clamping; always below l.
    Scalar& scalar = pair.secret_->scalar;
    for (size_t i = 0; i < scalar.size(); ++i) {
        const unsigned next = i + 1 < scalar.size() ? low[i + 1] : 0u;
        scalar[i] = static_cast<uint8_t>((low[i] >> 3) | (next << 5));
    }
    std::copy_n(hash.data() + 32, 32, pair.secret_->nonce_seed.begin());
    // Cannot fail: the scalar has bit 251 set, so it is neither zero nor a multiple of l.
    (void)crypto_scalarmult_ristretto255_base(pair.public_key_.data(), scalar.data());
    return pair;
}

Result<KeyPair> KeyPair::from_secret(ByteView secret64)
{
    if (secret64.size() != 64) {
        return Error(Code::bad_key, Category::config,
                     "secret key: expected 64 bytes, got " + std::to_string(secret64.size()));
    }
    if (!is_canonical_scalar(secret64.data())) {
        return Error(Code::bad_key, Category::config,
                     "secret key: expected a scalar below the group order, got one that is not");
    }
    KeyPair pair;
    pair.secret_ = Secret::make();
    std::copy_n(secret64.begin(), 32, pair.secret_->scalar.begin());
    std::copy_n(secret64.begin() + 32, 32, pair.secret_->nonce_seed.begin());
    if (crypto_scalarmult_ristretto255_base(pair.public_key_.data(), pair.secret_->scalar.data()) !=
        0) {
        return Error(Code::bad_key, Category::config,
                     "secret key: expected a scalar other than zero");
    }
    return pair;
}

void KeyPair::export_secret(std::array<uint8_t, 64>& out) const
{
    out.fill(0);
    if (secret_ == nullptr) return;
    std::copy_n(secret_->scalar.begin(), 32, out.begin());
    std::copy_n(secret_->nonce_seed.begin(), 32, out.begin() + 32);
}

Signature KeyPair::sign(ByteView message, Random& random) const
{
    Signature signature{};
    if (secret_ == nullptr) return signature;

    Transcript transcript = begin_signature(public_key_, message);

    // The nonce depends on the message, the secret nonce seed and fresh randomness: a broken
    // generator alone does not reveal the key.
    SecretArray<32> fresh;
    random.fill(fresh.bytes());
    SecretArray<64> wide;
    transcript.witness("signing", secret_->nonce_seed, fresh.view(), wide.bytes());
    SecretArray<32> r;
    crypto_core_ristretto255_scalar_reduce(r.data(), wide.data());
    // A zero nonce would give the key away in s; it never happens, and if it did, the signature
    // stays all zero, which nobody accepts.
    if (crypto_scalarmult_ristretto255_base(signature.data(), r.data()) != 0) return Signature{};

    const Scalar k = draw_challenge(transcript, ByteView(signature).first(32));
    SecretArray<32> product;
    crypto_core_ristretto255_scalar_mul(product.data(), k.data(), secret_->scalar.data());
    crypto_core_ristretto255_scalar_add(signature.data() + 32, product.data(), r.data());
    signature[63] |= kMarkerBit;
    return signature;
}

bool is_valid_public_key(const PublicKey& key)
{
    return is_plausible_key(key) && crypto_core_ristretto255_is_valid_point(key.data()) == 1;
}

// Decoding the key is about a tenth of the work. It cannot be kept between calls: libsodium takes
// and gives points in encoded form only, so a cache of decoded keys needs another field
// implementation.
bool verify(const PublicKey& key, ByteView message, ByteView signature)
{
    if (signature.size() != 64 || (signature[63] & kMarkerBit) == 0) return false;
    Scalar s;
    std::copy_n(signature.begin() + 32, 32, s.begin());
    s[31] &= static_cast<uint8_t>(~kMarkerBit);
    if (!is_canonical_scalar(s.data())) return false;
    if (!is_plausible_key(key)) return false;

    const ByteView r_encoded = signature.first(32);
    Transcript transcript = begin_signature(key, message);
    const Scalar k = draw_challenge(transcript, r_encoded);

    // Fails on an encoding that is not canonical, and on k = 0, which nobody can bring about.
    std::array<uint8_t, 32> k_a{};
    if (crypto_scalarmult_ristretto255(k_a.data(), k.data(), key.data()) != 0) return false;

    // The library calls a product that is the identity an error; for s = 0 it is the right answer
    // and its encoding is all zero.
    std::array<uint8_t, 32> s_b{};
    if (!sodium_is_zero(s.data(), s.size()) &&
        crypto_scalarmult_ristretto255_base(s_b.data(), s.data()) != 0) {
        return false;
    }
    // R is never decoded: an encoding that is not canonical equals no result of an encoder.
    std::array<uint8_t, 32> expected{};
    if (crypto_core_ristretto255_sub(expected.data(), s_b.data(), k_a.data()) != 0) return false;
    return std::equal(expected.begin(), expected.end(), r_encoded.begin());
}

}  // namespace ltn::crypto
