// The permutation Keccak-f[1600], the one piece of sr25519 that libsodium does not offer.
#pragma once

#include <array>
#include <cstdint>

namespace ltn::crypto {

// Lane (x, y) is element x + 5 * y.
using KeccakLanes = std::array<uint64_t, 25>;

void keccak_f1600(KeccakLanes& lanes);

}  // namespace ltn::crypto
