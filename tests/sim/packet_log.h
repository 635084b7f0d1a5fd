// Everything that happened to a datagram, as one hash over all of it, so that two runs of a seed can
// be compared to the byte; and as text, for the person who replays one.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"

namespace ltn::sim {

class PacketLog {
public:
    using Digest = std::array<uint8_t, 32>;

    PacketLog();

    // Lines go to `file` as well; nullptr: the hash alone.
    void dump_to(std::FILE* file) { file_ = file; }

    // `what`: "sent", "lost: burst", "delivered" and so on.
    void add(Nanos at_ns, std::string_view what, const Address& from, const Address& to,
             ByteView bytes);
    // An event without a datagram.
    void note(Nanos at_ns, std::string_view what);

    Digest digest() const;
    uint64_t entries() const { return entries_; }

private:
    void mix(ByteView bytes);

    crypto_generichash_state state_;
    uint64_t entries_ = 0;
    std::FILE* file_ = nullptr;
};

}  // namespace ltn::sim
