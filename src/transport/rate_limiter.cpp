#include "transport/rate_limiter.h"

#include <algorithm>
#include <cstring>

namespace ltn::transport {

namespace {

constexpr Nanos kMinute = 60 * kSecond;
// One token is a minute of nanoseconds, so that `per_minute` units flow in per nanosecond: exact
// integers, whatever the rate.
constexpr uint64_t kTokenUnits = kMinute;
// Entries looked at for an eviction: bounded work per attempt however large the table.
constexpr size_t kScanMax = 8;

}  // namespace

TableKey source_key(const Address& address)
{
    TableKey key{};
    key[0] = static_cast<uint8_t>(address.family);
    size_t len = address.family == Address::Family::v6 ? 8 : 4;
    std::memcpy(key.data() + 1, address.ip.data(), len);
    return key;
}

RateLimiter::RateLimiter(uint32_t per_minute, uint64_t entries_max, Random& random)
    : full_(per_minute * kTokenUnits),
      entries_max_(std::max<uint64_t>(entries_max, 1)),
      index_(16, KeyedHash(random))
{
    overflow_.level = full_;
}

void RateLimiter::refill(Entry& entry, Nanos now_ns) const
{
    Nanos elapsed = now_ns > entry.updated_ns ? now_ns - entry.updated_ns : 0;
    entry.updated_ns = std::max(entry.updated_ns, now_ns);
    if (elapsed >= kMinute) {
        entry.level = full_;
    } else {
        entry.level = std::min(full_, entry.level + elapsed * (full_ / kTokenUnits));
    }
}

RateLimiter::Entry* RateLimiter::find_or_add(const TableKey& key, Nanos now_ns)
{
    auto found = index_.find(key);
    if (found != index_.end()) return &entries_[found->second];
    if (entries_.size() < entries_max_) {
        index_.emplace(key, entries_.size());
        entries_.push_back(Entry{key, full_, now_ns});
        return &entries_.back();
    }
    // A full bucket is forgotten without loss; of the others the fullest, if it limits nobody now.
    Entry* best = nullptr;
    for (size_t i = 0; i < std::min(kScanMax, entries_.size()); ++i) {
        Entry& entry = entries_[hand_];
        hand_ = (hand_ + 1) % entries_.size();
        refill(entry, now_ns);
        if (best == nullptr || entry.level > best->level) best = &entry;
        if (best->level == full_) break;
    }
    if (best->level < kTokenUnits) return &overflow_;
    index_.erase(best->key);
    index_.emplace(key, static_cast<size_t>(best - entries_.data()));
    *best = Entry{key, full_, now_ns};
    return best;
}

bool RateLimiter::take(const TableKey& key, Nanos now_ns)
{
    Entry* entry = find_or_add(key, now_ns);
    refill(*entry, now_ns);
    if (entry->level < kTokenUnits) return false;
    entry->level -= kTokenUnits;
    return true;
}

}  // namespace ltn::transport
