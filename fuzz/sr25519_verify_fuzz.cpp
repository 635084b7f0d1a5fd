// Verification of arbitrary key (32 bytes), signature (64 bytes) and message (the rest). The first
// byte chooses: 0 takes all as it comes, 1 signs the message with the key bytes as seed and flips
// one bit, which must never verify.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "crypto/sr25519.h"

namespace {

class ZeroRandom final : public ltn::Random {
public:
    void fill(ltn::MutableBytes out) override { std::fill(out.begin(), out.end(), uint8_t{0}); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    using namespace ltn::crypto;
    static const bool ready = init();
    if (!ready) std::abort();
    if (size < 1 + 32 + 64) {
        if (verify(PublicKey{}, {data, size}, {data, size})) std::abort();
        return 0;
    }
    std::array<uint8_t, 32> key{};
    std::copy_n(data + 1, 32, key.begin());
    const ltn::ByteView signature(data + 33, 64);
    const ltn::ByteView message(data + 97, size - 97);
    if (data[0] % 2 == 0) {
        const bool good = verify(key, message, signature);
        // A good signature has the marker, and its key passes as one.
        if (good && ((signature[63] & 0x80) == 0 || !is_valid_public_key(key))) std::abort();
        if (verify(key, message, signature.first(63))) std::abort();
        return 0;
    }
    ZeroRandom zero;
    const KeyPair pair = KeyPair::from_seed(key);
    Signature made = pair.sign(message, zero);
    if (!verify(pair.public_key(), message, made)) std::abort();
    const size_t bit = (signature[0] << 8 | signature[1]) % (8 * made.size());
    made[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    if (verify(pair.public_key(), message, made)) std::abort();
    return 0;
}
