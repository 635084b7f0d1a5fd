// Repeatable randomness for the simulation: xoshiro256** from one seed. Independent streams come
// from fork(), so that one more draw in one place does not shift every other.
#pragma once

#include <array>
#include <cstdint>

#include "base/random.h"
#include "base/time.h"

namespace ltn::sim {

class SeededRandom final : public Random {
public:
    explicit SeededRandom(uint64_t seed);

    void fill(MutableBytes out) override;

    uint64_t next();
    uint64_t below(uint64_t bound);                   // 0 for bound 0
    uint64_t between(uint64_t least, uint64_t most);  // both included
    bool chance(uint32_t permille) { return below(1000) < permille; }
    // A stream of its own, named by `salt`; does not disturb this one.
    SeededRandom fork(uint64_t salt) const;

private:
    std::array<uint64_t, 4> state_{};
};

}  // namespace ltn::sim
