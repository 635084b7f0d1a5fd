#include "quic/secret.h"

#include <sodium.h>

namespace ltn::quic {

Key derive_key(ByteView secret, std::string_view purpose, uint64_t generation)
{
    // A secret of any length: hashed first, since BLAKE2b takes keys of at most 64 bytes.
    uint8_t root[32];
    crypto_generichash(root, sizeof root, secret.data(), secret.size(), nullptr, 0);
    uint8_t number[8];
    for (size_t i = 0; i < 8; ++i) number[i] = static_cast<uint8_t>(generation >> (8 * i));

    Key key;
    crypto_generichash_state state;
    crypto_generichash_init(&state, root, sizeof root, key.size());
    crypto_generichash_update(&state, number, sizeof number);
    crypto_generichash_update(&state, as_bytes(purpose).data(), purpose.size());
    crypto_generichash_final(&state, key.data(), key.size());
    sodium_memzero(root, sizeof root);
    return key;
}

}  // namespace ltn::quic
