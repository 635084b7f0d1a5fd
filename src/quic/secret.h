// Keys for what a server must recognise without state, all derived from one secret.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace ltn::quic {

using Key = std::array<uint8_t, 32>;

// A key per purpose and generation; `purpose` is a constant of ours.
Key derive_key(ByteView secret, std::string_view purpose, uint64_t generation = 0);

}  // namespace ltn::quic
