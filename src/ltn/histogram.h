// Counts of durations in logarithmic buckets, each narrower than 1 % of its value: fixed memory, no
// allocation while measuring, any percentile afterwards.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace ltn_program {

class Histogram {
public:
    void add(uint64_t value)
    {
        ++counts_[index_of(value)];
        ++total_;
        max_ = std::max(max_, value);
    }

    uint64_t total() const { return total_; }
    uint64_t max() const { return max_; }

    // The middle of the bucket that holds the sample of this rank; 0 without samples.
    uint64_t percentile(double percent) const
    {
        const double wanted = percent / 100.0 * static_cast<double>(total_);
        uint64_t seen = 0;
        for (size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (seen > 0 && static_cast<double>(seen) >= wanted)
                return std::min(middle_of(i), max_);
        }
        return max_;
    }

private:
    // Below 256 every value has its own bucket; above, each doubling is cut into 128.
    static constexpr unsigned kBits = 8;
    static constexpr size_t kExact = 1U << kBits;
    static constexpr size_t kPerDoubling = kExact / 2;

    static size_t index_of(uint64_t value)
    {
        if (value < kExact) return static_cast<size_t>(value);
        const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kBits;
        return kExact + (shift - 1) * kPerDoubling +
               static_cast<size_t>((value >> shift) - kPerDoubling);
    }

    static uint64_t middle_of(size_t index)
    {
        if (index < kExact) return index;
        const size_t shift = (index - kExact) / kPerDoubling + 1;
        const uint64_t low = ((index - kExact) % kPerDoubling + kPerDoubling) << shift;
        return low + (uint64_t{1} << (shift - 1));
    }

    std::array<uint64_t, kExact + (64 - kBits) * kPerDoubling> counts_{};
    uint64_t total_ = 0;
    uint64_t max_ = 0;
};

}  // namespace ltn_program
