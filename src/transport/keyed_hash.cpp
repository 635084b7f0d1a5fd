#include "transport/keyed_hash.h"

#include <sodium/crypto_shorthash.h>

#include <cstring>

namespace ltn::transport {

static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == sizeof(uint64_t));

size_t KeyedHash::operator()(const TableKey& key) const
{
    uint8_t out[crypto_shorthash_BYTES];
    crypto_shorthash(out, key.data(), key.size(), key_.data());
    uint64_t value;
    std::memcpy(&value, out, sizeof value);
    return static_cast<size_t>(value);
}

}  // namespace ltn::transport
