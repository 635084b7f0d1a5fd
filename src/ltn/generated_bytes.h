// The bytes that benches, tests and the built-in handlers send: repeatable, and different for every
// length.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ltn_program {

// x starts as 0x9e3779b97f4a7c15 XOR n; each byte is the top 8 bits after
// x = x * 6364136223846793005 + 1442695040888963407.
void generate_bytes(uint8_t* out, size_t n);

}  // namespace ltn_program
