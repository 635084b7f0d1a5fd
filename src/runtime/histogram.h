// How long things took, in buckets that a scraper of metrics understands. Changed under the loop's lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace ltn::runtime {

struct Histogram {
    // Upper bounds; what is above the last has a bucket of its own. From a call on loopback (10 us) to
    // the longest handler anybody runs.
    static constexpr std::array<Nanos, 20> kBoundsNs = {
        10 * kMicrosecond,  25 * kMicrosecond,  50 * kMicrosecond,  100 * kMicrosecond,
        250 * kMicrosecond, 500 * kMicrosecond, 1 * kMillisecond,   2'500 * kMicrosecond,
        5 * kMillisecond,   10 * kMillisecond,  25 * kMillisecond,  50 * kMillisecond,
        100 * kMillisecond, 250 * kMillisecond, 500 * kMillisecond, 1 * kSecond,
        5 * kSecond,        10 * kSecond,       60 * kSecond,       300 * kSecond,
    };

    std::array<uint64_t, kBoundsNs.size() + 1> counts{};
    uint64_t sum_ns = 0;

    void add(Nanos took_ns)
    {
        size_t bucket = 0;
        while (bucket < kBoundsNs.size() && took_ns > kBoundsNs[bucket]) ++bucket;
        ++counts[bucket];
        sum_ns += took_ns;
    }

    uint64_t total() const
    {
        uint64_t all = 0;
        for (const uint64_t count : counts) all += count;
        return all;
    }

    Histogram& operator+=(const Histogram& other)
    {
        for (size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
        sum_ns += other.sum_ns;
        return *this;
    }
};

}  // namespace ltn::runtime
