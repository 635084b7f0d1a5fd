// How long a request of so many bytes may take to leave (4.6).
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace ltn::transport {

inline Nanos write_budget(uint64_t payload_bytes)
{
    constexpr uint64_t kPerSecond = 1 << 20;
    constexpr uint64_t kFloor_s = 5;
    constexpr uint64_t kCap_s = 60;
    uint64_t seconds = payload_bytes / kPerSecond + (payload_bytes % kPerSecond != 0 ? 1 : 0);
    return static_cast<Nanos>(std::min(kFloor_s + seconds, kCap_s)) * kSecond;
}

}  // namespace ltn::transport
