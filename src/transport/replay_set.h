// Remembers every nonce for as long as its request could still be accepted: until
// max(receipt, timestamp) + maximum age + 60 s, which is longer than the original remembers
// (upstream-S8). A full set refuses newcomers; it never forgets a nonce that is still valid
// (upstream-S9).
//
// How long is measured by a clock that does not jump, since the wall clock may: set forward by an
// hour and back it would otherwise have forgotten everything in between. What the wall clock alone
// decides is which timestamps are refused as too old. Should it be set back so far that requests
// which were forgotten would be in time again, whatever is dated like the newest of them or earlier
// is refused.
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
        // Dated no later than something that was forgotten: nobody can say whether it was seen.
        unknowable,
    };

    ReplaySet(uint64_t age_max_s, uint64_t entries_max, Random& random);

    // `nonce` is valid text (is_valid_nonce). check() does not remember, record() does. `now_s` is
    // the wall clock, `steady_s` the one that does not jump. The last quarter of the places is kept
    // for hotkeys that are `known`: strangers with keys of their own cannot fill the set for them.
    Verdict check(std::string_view nonce, uint64_t timestamp_s, uint64_t steady_s,
                  bool known = true);
    Verdict record(std::string_view nonce, uint64_t timestamp_s, uint64_t now_s, uint64_t steady_s,
                   bool known = true);
    Verdict record(std::string_view nonce, uint64_t timestamp_s, uint64_t now_s)
    {
        return record(nonce, timestamp_s, now_s, now_s);
    }
    // Forgets what has expired. Also part of the two above.
    void evict(uint64_t steady_s);
    size_t size() const { return known_.size(); }

private:
    uint64_t tick_of(uint64_t time_s) const { return time_s / tick_s_; }

    uint64_t age_max_s_;
    uint64_t entries_max_;
    uint64_t tick_s_;
    struct Bucket {
        std::vector<TableKey> nonces;
        uint64_t newest_s = 0;  // of their timestamps
    };
    // By expiry tick; bucket i holds the nonces whose last tick is i modulo size.
    std::vector<Bucket> ring_;
    std::unordered_set<TableKey, KeyedHash> known_;
    // Every bucket with a tick below this one is empty; 0 until the first use.
    uint64_t first_tick_ = 0;
    uint64_t forgotten_s_ = 0;  // newest timestamp among the forgotten
};

}  // namespace ltn::transport
