// So many at once, so many per second. Whole nanoseconds, no floating point, no drift.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace ltn::quic {

class TokenBucket {
public:
    TokenBucket(uint64_t burst, uint64_t per_second)
        : burst_(burst), cost_ns_(kSecond / std::max<uint64_t>(per_second, 1)), left_(burst)
    {
    }

    // False, and nothing taken, when fewer than `n` are left.
    bool take(Nanos now_ns, uint64_t n = 1)
    {
        refill(now_ns);
        if (left_ < n) return false;
        left_ -= n;
        return true;
    }

    bool empty(Nanos now_ns)
    {
        refill(now_ns);
        return left_ == 0;
    }

    void drain() { left_ = 0; }

private:
    void refill(Nanos now_ns)
    {
        if (now_ns <= filled_ns_) return;
        uint64_t fresh = (now_ns - filled_ns_) / cost_ns_;
        if (fresh == 0) return;
        filled_ns_ += fresh * cost_ns_;
        left_ = std::min(burst_, fresh > burst_ ? burst_ : left_ + fresh);
    }

    uint64_t burst_;
    Nanos cost_ns_;
    uint64_t left_;
    Nanos filled_ns_ = 0;
};

}  // namespace ltn::quic
