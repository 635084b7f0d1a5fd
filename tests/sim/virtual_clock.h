// Time as the simulation has it: it moves only when somebody moves it.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace ltn::sim {

class VirtualClock {
public:
    // Neither clock starts at zero, so that code which takes 0 for "never set" is found out.
    static constexpr Nanos kStartNs = 1'000 * kSecond;
    static constexpr uint64_t kStartUnixMs = 1'750'000'000'000;

    Nanos now_ns() const { return now_ns_; }

    // Never backwards.
    void advance_to(Nanos at_ns)
    {
        if (at_ns > now_ns_) now_ns_ = at_ns;
    }

    // What a machine reads whose wall clock is off by that much.
    Instant read(int64_t wall_offset_ms = 0) const
    {
        Instant out;
        out.monotonic_ns = now_ns_;
        const int64_t since_start = static_cast<int64_t>((now_ns_ - kStartNs) / kMillisecond);
        out.unix_ms = static_cast<uint64_t>(static_cast<int64_t>(kStartUnixMs) + since_start +
                                            wall_offset_ms);
        return out;
    }

private:
    Nanos now_ns_ = kStartNs;
};

}  // namespace ltn::sim
