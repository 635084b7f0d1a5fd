#include "sim/seeded_random.h"

#include <bit>

namespace ltn::sim {

namespace {

// splitmix64: spreads any seed, 0 and 1 included, over the whole state.
uint64_t spread(uint64_t& state)
{
    state += 0x9e3779b97f4a7c15ULL;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

}  // namespace

SeededRandom::SeededRandom(uint64_t seed)
{
    for (uint64_t& word : state_) word = spread(seed);
}

uint64_t SeededRandom::next()
{
    const uint64_t out = std::rotl(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return out;
}

void SeededRandom::fill(MutableBytes out)
{
    uint64_t word = 0;
    for (size_t i = 0; i < out.size(); ++i) {
        if (i % 8 == 0) word = next();
        out[i] = static_cast<uint8_t>(word >> (8 * (i % 8)));
    }
}

uint64_t SeededRandom::below(uint64_t bound)
{
    // The bias of the remainder is far below anything a fault rate could show.
    return bound == 0 ? 0 : next() % bound;
}

uint64_t SeededRandom::between(uint64_t least, uint64_t most)
{
    return most <= least ? least : least + below(most - least + 1);
}

SeededRandom SeededRandom::fork(uint64_t salt) const
{
    return SeededRandom(state_[0] ^ std::rotl(state_[3], 21) ^ (salt * 0xd1342543de82ef95ULL));
}

}  // namespace ltn::sim
