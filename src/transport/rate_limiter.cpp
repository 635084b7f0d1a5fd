#include "transport/rate_limiter.h"

#include <algorithm>
#include <cstring>

namespace ltn::transport {

namespace {

// Entries looked at for an eviction: bounded work per attempt however large the table.
constexpr size_t kScanMax = 8;

TableKey prefix_key(uint8_t tier, const Address& address, size_t len)
{
    TableKey key{};
    key[0] = tier;
    std::memcpy(key.data() + 1, address.ip.data(), len);
    return key;
}

}  // namespace

TableKey source_key(const Address& address)
{
    return prefix_key(static_cast<uint8_t>(address.family), address,
                      address.family == Address::Family::v6 ? 8 : 4);
}

std::optional<TableKey> site_key(const Address& address)
{
    if (address.family != Address::Family::v6) return std::nullopt;
    return prefix_key(48, address, 6);
}

void MinuteBucket::refill(uint32_t per_minute, Nanos now_ns)
{
    const uint64_t full = per_minute * kToken;
    Nanos elapsed = now_ns > updated_ns_ ? now_ns - updated_ns_ : 0;
    updated_ns_ = std::max(updated_ns_, now_ns);
    level_ = elapsed >= kToken ? full : std::min(full, level_ + elapsed * per_minute);
}

bool MinuteBucket::take(uint32_t per_minute, Nanos now_ns)
{
    refill(per_minute, now_ns);
    if (level_ < kToken) return false;
    level_ -= kToken;
    return true;
}

void MinuteBucket::give_back(uint32_t per_minute)
{
    level_ = std::min(per_minute * kToken, level_ + kToken);
}

RateLimiter::RateLimiter(uint32_t per_minute, uint64_t entries_max, Random& random)
    : per_minute_(std::min(per_minute, kRateMax)),
      entries_max_(std::max<uint64_t>(entries_max, 1)),
      index_(16, KeyedHash(random)),
      overflow_(per_minute_, 0)
{
}

MinuteBucket& RateLimiter::find_or_add(const TableKey& key, Nanos now_ns)
{
    auto found = index_.find(key);
    if (found != index_.end()) return entries_[found->second].bucket;
    const Entry fresh{key, MinuteBucket(per_minute_, now_ns)};
    if (entries_.size() < entries_max_) {
        index_.emplace(key, entries_.size());
        entries_.push_back(fresh);
        return entries_.back().bucket;
    }
    // A full bucket is forgotten without loss. Of the others the fullest, unless more than half of
    // it is used: forgetting it would give its owner most of a budget back.
    Entry* best = nullptr;
    for (size_t i = 0; i < std::min(kScanMax, entries_.size()); ++i) {
        Entry& entry = entries_[hand_];
        hand_ = (hand_ + 1) % entries_.size();
        entry.bucket.refill(per_minute_, now_ns);
        if (best == nullptr || entry.bucket.level() > best->bucket.level()) best = &entry;
        if (best->bucket.level() == per_minute_ * MinuteBucket::kToken) break;
    }
    const uint64_t half = per_minute_ * MinuteBucket::kToken / 2;
    if (best->bucket.level() < std::max(half, MinuteBucket::kToken)) return overflow_;
    index_.erase(best->key);
    index_.emplace(key, static_cast<size_t>(best - entries_.data()));
    *best = fresh;
    return best->bucket;
}

bool RateLimiter::take(const TableKey& key, Nanos now_ns)
{
    return find_or_add(key, now_ns).take(per_minute_, now_ns);
}

void RateLimiter::give_back(const TableKey& key)
{
    auto found = index_.find(key);
    (found == index_.end() ? overflow_ : entries_[found->second].bucket).give_back(per_minute_);
}

}  // namespace ltn::transport
