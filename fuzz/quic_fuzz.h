// What the targets of the link share: repeatable randomness, and a sink that keeps nothing.
#pragma once

#include <cstdlib>

#include "quic/endpoint_impl.h"

namespace ltn::fuzz {

class CountingRandom final : public Random {
public:
    void fill(MutableBytes out) override
    {
        for (uint8_t& byte : out) {
            state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
            byte = static_cast<uint8_t>(state_ >> 56);
        }
    }

private:
    uint64_t state_ = 1;
};

class NullSink final : public DatagramSink {
public:
    uint64_t bytes = 0;
    bool send(const Train& train) override
    {
        bytes += train.bytes.size();
        return true;
    }
};

inline void require(bool condition)
{
    if (!condition) abort();
}

}  // namespace ltn::fuzz
