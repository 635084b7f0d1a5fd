// Reads both clocks. The monotonic one is CLOCK_MONOTONIC, as the timer of EpollSet.
#pragma once

#include "base/time.h"

namespace ltn::io {

Instant system_now();
Nanos monotonic_now();  // when the wall clock is not needed (19 ns instead of 38)

}  // namespace ltn::io
