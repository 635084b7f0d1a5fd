#include "io/system_clock.h"

#include <ctime>

namespace ltn::io {

Nanos monotonic_now()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<Nanos>(now.tv_sec) * kSecond + static_cast<Nanos>(now.tv_nsec);
}

Instant system_now()
{
    timespec wall{};
    clock_gettime(CLOCK_REALTIME, &wall);
    Instant out;
    out.monotonic_ns = monotonic_now();
    // A clock set before 1970 counts as its start: the pure part knows no negative time.
    if (wall.tv_sec >= 0) {
        out.unix_ms = static_cast<uint64_t>(wall.tv_sec) * 1000 +
                      static_cast<uint64_t>(wall.tv_nsec) / 1'000'000;
    }
    return out;
}

}  // namespace ltn::io
