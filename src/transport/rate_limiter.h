// Token buckets per source, site or hotkey in a bounded table. An entry that holds somebody back is
// never evicted: who fills the table with other addresses does not get his tokens back
// (upstream-S12).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/random.h"
#include "base/time.h"
#include "transport/keyed_hash.h"

namespace ltn::transport {

// Whom an attempt is charged to: an IPv4 address, or the /64 of an IPv6 one.
TableKey source_key(const Address& address);
// The /48 of an IPv6 address, the least that is commonly given to one holder; none for IPv4.
std::optional<TableKey> site_key(const Address& address);

// More than a budget needs to be none; keeps the arithmetic below 64 bits.
inline constexpr uint32_t kRateMax = 10'000'000;

// So many a minute, all at once if nothing was used. Exact integers: one token is a minute of
// nanoseconds, so that `per_minute` units flow in per nanosecond, whatever the rate.
class MinuteBucket {
public:
    static constexpr uint64_t kToken = 60 * kSecond;

    MinuteBucket() = default;
    MinuteBucket(uint32_t per_minute, Nanos now_ns)
        : level_(per_minute * kToken), updated_ns_(now_ns)
    {
    }

    void refill(uint32_t per_minute, Nanos now_ns);
    bool take(uint32_t per_minute, Nanos now_ns);
    void give_back(uint32_t per_minute);
    uint64_t level() const { return level_; }

private:
    uint64_t level_ = 0;
    Nanos updated_ns_ = 0;
};

class RateLimiter {
public:
    RateLimiter(uint32_t per_minute, uint64_t entries_max, Random& random);

    // Takes one token; false when there is none (then nothing is taken).
    bool take(const TableKey& key, Nanos now_ns);
    // The last take() of this key was not to count after all.
    void give_back(const TableKey& key);
    // Buckets are capped by the new rate from their next use on.
    void set_rate(uint32_t per_minute) { per_minute_ = std::min(per_minute, kRateMax); }
    uint32_t rate() const { return per_minute_; }
    size_t size() const { return index_.size(); }

private:
    struct Entry {
        TableKey key{};
        MinuteBucket bucket;
    };

    MinuteBucket& find_or_add(const TableKey& key, Nanos now_ns);

    uint32_t per_minute_;
    uint64_t entries_max_;
    std::unordered_map<TableKey, size_t, KeyedHash> index_;
    std::vector<Entry> entries_;
    size_t hand_ = 0;
    // Newcomers that found no place share this one.
    MinuteBucket overflow_;
};

}  // namespace ltn::transport
