// Where random bytes come from: the system generator in production, a seeded one in simulation.
#pragma once

#include "base/bytes.h"

namespace ltn {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(MutableBytes out) = 0;

    uint64_t next_u64()
    {
        uint8_t raw[8];
        fill(raw);
        uint64_t value = 0;
        for (uint8_t byte : raw) value = (value << 8) | byte;
        return value;
    }
};

}  // namespace ltn
