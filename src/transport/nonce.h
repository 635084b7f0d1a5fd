// The nonce of a handshake request: 32 hexadecimal digits (spec/transport.md 3.2, 3.3).
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace ltn::transport {

inline constexpr size_t kNonceTextLen = 32;

std::string make_nonce(Random& random);
// Both cases are accepted, and are different nonces to the replay set.
bool is_valid_nonce(std::string_view text);

}  // namespace ltn::transport
