// Time is an argument everywhere in the pure part. A monotonic instant counts nanoseconds from an
// arbitrary start; a wall-clock instant counts milliseconds since the Unix epoch.
#pragma once

#include <cstdint>
#include <limits>

namespace ltn {

using Nanos = uint64_t;

inline constexpr Nanos kNever = std::numeric_limits<Nanos>::max();
inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

// Both clocks read at one moment; the pure part never reads one itself.
struct Instant {
    Nanos monotonic_ns = 0;
    uint64_t unix_ms = 0;

    uint64_t unix_s() const { return unix_ms / 1000; }
};

inline Nanos saturating_add(Nanos a, Nanos b)
{
    return a > kNever - b ? kNever : a + b;
}

}  // namespace ltn
