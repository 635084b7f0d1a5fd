#include "quic/connection_id.h"

#include <sodium.h>

#include "quic/secret.h"

namespace ltn::quic {

ConnectionIds::ConnectionIds(ByteView secret, uint8_t loop_index) : loop_index_(loop_index)
{
    Key key = derive_key(secret, "ltn connection ids");
    mask_ = key[0];
    std::memcpy(hash_key_, key.data() + 16, sizeof hash_key_);
    static_assert(sizeof hash_key_ == crypto_shorthash_KEYBYTES);
}

void ConnectionIds::make(Random& random, ngtcp2_cid& out) const
{
    uint8_t id[kConnectionIdLen];
    random.fill(id);
    id[0] = static_cast<uint8_t>(loop_index_ ^ id[1] ^ mask_);
    ngtcp2_cid_init(&out, id, sizeof id);
}

uint64_t ConnectionIds::key_of_theirs(ByteView id) const
{
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, id.data(), id.size(), hash_key_);
    return key_of_ours(hash);
}

std::optional<Destination> destination_of(ByteView datagram)
{
    if (datagram.empty()) return std::nullopt;
    Destination out;
    if ((datagram[0] & 0x80) == 0) {
        if (datagram.size() < 1 + kConnectionIdLen) return std::nullopt;
        out.id = datagram.subspan(1, kConnectionIdLen);
        return out;
    }
    if (datagram.size() < 7) return std::nullopt;
    out.long_header = true;
    for (size_t i = 1; i < 5; ++i) out.version = out.version << 8 | datagram[i];
    size_t len = datagram[5];
    if (datagram.size() < 7 + len) return std::nullopt;
    out.id = datagram.subspan(6, len);
    return out;
}

}  // namespace ltn::quic
