// A hash for tables that a stranger can fill: keyed, so that he cannot aim at one bucket.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/random.h"

namespace ltn::transport {

using TableKey = std::array<uint8_t, 32>;

class KeyedHash {
public:
    explicit KeyedHash(Random& random) { random.fill(key_); }
    size_t operator()(const TableKey& key) const;

private:
    std::array<uint8_t, 16> key_{};
};

}  // namespace ltn::transport
