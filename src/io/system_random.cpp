#include "io/system_random.h"

#include <sodium.h>

namespace ltn::io {

Error SystemRandom::init()
{
    if (sodium_init() < 0) {
        return {Code::io, Category::local,
                "Failed to start libsodium: expected a source of randomness, found none"};
    }
    return {};
}

void SystemRandom::fill(MutableBytes out)
{
    if (out.empty()) return;  // its pointer may be null, which libsodium declares never to be
    randombytes_buf(out.data(), out.size());
}

}  // namespace ltn::io
