#include "quic/stateless_reset.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace ltn::quic {

namespace {

// Five unpredictable bytes and the token; below that no peer looks at it.
constexpr size_t kLenMin = 5 + NGTCP2_STATELESS_RESET_TOKENLEN;
constexpr size_t kLenMax = 42;  // what a short packet of ours could well have

}  // namespace

StatelessReset::StatelessReset(ByteView secret, uint64_t answers_per_second)
    : key_(derive_key(secret, "ltn stateless reset")),
      budget_(answers_per_second, answers_per_second)
{
}

ngtcp2_stateless_reset_token StatelessReset::token_for(ByteView id) const
{
    ngtcp2_stateless_reset_token token;
    static_assert(sizeof token.data == crypto_generichash_BYTES_MIN);
    crypto_generichash(token.data, sizeof token.data, id.data(), id.size(), key_.data(),
                       key_.size());
    return token;
}

size_t StatelessReset::answer(MutableBytes out, ByteView id, size_t trigger_len, Random& random,
                              Nanos now_ns)
{
    if (trigger_len <= kLenMin || out.size() < kLenMax || !budget_.take(now_ns)) return 0;
    size_t len = std::min(kLenMax, trigger_len - 1);
    ngtcp2_stateless_reset_token token = token_for(id);
    MutableBytes packet = out.first(len);
    random.fill(packet.first(len - sizeof token.data));
    packet[0] = static_cast<uint8_t>((packet[0] & 0x3f) | 0x40);
    std::memcpy(packet.data() + len - sizeof token.data, token.data, sizeof token.data);
    return len;
}

}  // namespace ltn::quic
