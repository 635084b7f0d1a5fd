// The hash functions of the protocol, by name and output length.
#pragma once

#include <array>

#include "base/bytes.h"

namespace ltn::crypto {

// The digest length is a parameter of BLAKE2b: the short one is not a prefix of the long one.
std::array<uint8_t, 32> blake2b_256(ByteView bytes);
std::array<uint8_t, 64> blake2b_512(ByteView bytes);

// Writes where it is told, because the result is often a secret that must not be copied about.
void sha512(ByteView bytes, std::array<uint8_t, 64>& out);
void sha256(ByteView bytes, std::array<uint8_t, 32>& out);

}  // namespace ltn::crypto
