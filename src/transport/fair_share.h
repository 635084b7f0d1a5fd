// How much of a budget one holder gets: at most as much as then stays free for others. One alone gets
// half, of two each a third, and a newcomer finds room whoever was there before.
#pragma once

#include <cstdint>

namespace ltn::transport {

// Whether a holder of `own` bytes may have `more`, with `used` taken by all together. One that finds
// nothing taken may be larger than the budget: nothing else could ever be done with it.
inline bool fair_share(uint64_t own, uint64_t more, uint64_t used, uint64_t max)
{
    if (used == 0) return true;
    if (used >= max || more > max - used) return false;
    return own == 0 || own + more <= max - used;
}

}  // namespace ltn::transport
