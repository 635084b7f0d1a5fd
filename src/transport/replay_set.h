// Remembers every nonce for as long as its request could still be accepted: until
// max(receipt, timestamp) + maximum age + 60 s, which is longer than the original remembers
// (upstream-S8). A full set refuses newcomers; it never forgets a nonce that is still valid
// (upstream-S9).
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/random.h"
#include "transport/keyed_hash.h"

namespace ltn::transport {

inline constexpr uint64_t kClockSkewS = 60;

class ReplaySet {
public:
    enum class Verdict {
        fresh,
        replayed,
        full,
        // The wall clock went back behind what was forgotten already: nobody can say whether this
        // request was seen.
        unknowable,
    };

    ReplaySet(uint64_t age_max_s, uint64_t entries_max, Random& random);

    // `nonce` is valid text (is_valid_nonce). check() does not remember, record() does.
    Verdict check(std::string_view nonce, uint64_t timestamp_s, uint64_t now_s);
    Verdict record(std::string_view nonce, uint64_t timestamp_s, uint64_t now_s);
    // Forgets what has expired. Also part of the two above.
    void evict(uint64_t now_s);
    size_t size() const { return known_.size(); }

private:
    uint64_t expiry_s(uint64_t timestamp_s, uint64_t now_s) const;
    uint64_t tick_of(uint64_t time_s) const { return time_s / tick_s_; }

    uint64_t age_max_s_;
    uint64_t entries_max_;
    uint64_t tick_s_;
    // Ring of buckets by expiry tick; bucket i holds the nonces whose last tick is i modulo size.
    std::vector<std::vector<TableKey>> ring_;
    std::unordered_set<TableKey, KeyedHash> known_;
    // Every bucket with a tick below this one is empty; 0 until the first use.
    uint64_t first_tick_ = 0;
};

}  // namespace ltn::transport
