// Connection ids of ours: 8 bytes, random but for the first, which hides the number of the loop
// that owns the connection. The mask is one XOR, so that a classic BPF program can undo it.
#pragma once

#include <ngtcp2/ngtcp2.h>

#include <cstdint>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"

namespace ltn::quic {

inline constexpr size_t kConnectionIdLen = 8;
// What a client makes up as the server's first id (RFC 9000 7.2 wants at least 8).
inline constexpr size_t kFirstServerIdLen = 20;

class ConnectionIds {
public:
    // Loops of one server share `secret` and so the mask.
    ConnectionIds(ByteView secret, uint8_t loop_index);

    void make(Random& random, ngtcp2_cid& out) const;
    uint8_t loop_of(ByteView id) const { return static_cast<uint8_t>(id[0] ^ id[1] ^ mask_); }
    uint8_t mask() const { return mask_; }

    // Keys of the tables. Ours are random, so the bytes will do; the first id of a connection comes
    // from the peer, who could make them collide, and is hashed under a key.
    static uint64_t key_of_ours(const uint8_t* id)
    {
        uint64_t key;
        std::memcpy(&key, id, sizeof key);
        return key;
    }
    uint64_t key_of_theirs(ByteView id) const;

private:
    uint8_t hash_key_[16];
    uint8_t mask_ = 0;
    uint8_t loop_index_ = 0;
};

// The destination id of a datagram, if it has the form of QUIC at all.
struct Destination {
    ByteView id;
    bool long_header = false;
    uint32_t version = 0;
};
std::optional<Destination> destination_of(ByteView datagram);

}  // namespace ltn::quic
