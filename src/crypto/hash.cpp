// Hashes through libsodium.
#include "crypto/hash.h"

#include <sodium.h>

namespace ltn::crypto {

std::array<uint8_t, 32> blake2b_256(ByteView bytes)
{
    std::array<uint8_t, 32> out{};
    crypto_generichash(out.data(), out.size(), bytes.data(), bytes.size(), nullptr, 0);
    return out;
}

std::array<uint8_t, 64> blake2b_512(ByteView bytes)
{
    std::array<uint8_t, 64> out{};
    crypto_generichash(out.data(), out.size(), bytes.data(), bytes.size(), nullptr, 0);
    return out;
}

void sha512(ByteView bytes, std::array<uint8_t, 64>& out)
{
    crypto_hash_sha512(out.data(), bytes.data(), bytes.size());
}

void sha256(ByteView bytes, std::array<uint8_t, 32>& out)
{
    crypto_hash_sha256(out.data(), bytes.data(), bytes.size());
}

}  // namespace ltn::crypto
