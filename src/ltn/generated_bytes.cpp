#include "generated_bytes.h"

namespace ltn_program {

void generate_bytes(uint8_t* out, size_t n)
{
    uint64_t x = 0x9e3779b97f4a7c15U ^ static_cast<uint64_t>(n);
    for (size_t i = 0; i < n; ++i) {
        x = x * 6364136223846793005U + 1442695040888963407U;
        out[i] = static_cast<uint8_t>(x >> 56);
    }
}

}  // namespace ltn_program
