#include "transport/replay_set.h"

#include <algorithm>
#include <cstring>

#include "transport/nonce.h"

namespace ltn::transport {

namespace {

constexpr uint64_t kBucketsWanted = 512;

TableKey key_of(std::string_view nonce)
{
    static_assert(sizeof(TableKey) == kNonceTextLen);
    TableKey key{};
    std::memcpy(key.data(), nonce.data(), std::min(nonce.size(), key.size()));
    return key;
}

}  // namespace

ReplaySet::ReplaySet(uint64_t age_max_s, uint64_t entries_max, Random& random)
    : age_max_s_(age_max_s), entries_max_(entries_max), known_(16, KeyedHash(random))
{
    // The farthest expiry is receipt + skew (a request dated ahead) + age + skew.
    uint64_t span_s = age_max_s_ + 2 * kClockSkewS;
    tick_s_ = span_s / kBucketsWanted + 1;
    // Two more: the tick under way, and the rounding of the last one.
    ring_.resize(span_s / tick_s_ + 3);
}

uint64_t ReplaySet::expiry_s(uint64_t timestamp_s, uint64_t now_s) const
{
    return std::max(timestamp_s, now_s) + age_max_s_ + kClockSkewS;
}

void ReplaySet::evict(uint64_t now_s)
{
    uint64_t now_tick = tick_of(now_s);
    if (first_tick_ == 0) first_tick_ = now_tick;
    // After a jump further than the ring is long everything has expired; one round clears it.
    if (now_tick > first_tick_ + ring_.size()) first_tick_ = now_tick - ring_.size();
    for (; first_tick_ < now_tick; ++first_tick_) {
        std::vector<TableKey>& bucket = ring_[first_tick_ % ring_.size()];
        for (const TableKey& key : bucket) known_.erase(key);
        // A flood's memory is given back, an ordinary bucket's kept for the next round.
        if (bucket.capacity() > 64) {
            std::vector<TableKey>().swap(bucket);
        } else {
            bucket.clear();
        }
    }
}

ReplaySet::Verdict ReplaySet::check(std::string_view nonce, uint64_t timestamp_s, uint64_t now_s)
{
    evict(now_s);
    if (known_.count(key_of(nonce)) != 0) return Verdict::replayed;
    // Had it been received at the moment it was dated, would it have been forgotten by now? With a
    // clock that only goes forward the age check refuses such a request long before.
    if (tick_of(timestamp_s + age_max_s_ + kClockSkewS) < first_tick_) return Verdict::unknowable;
    if (known_.size() >= entries_max_) return Verdict::full;
    return Verdict::fresh;
}

ReplaySet::Verdict ReplaySet::record(std::string_view nonce, uint64_t timestamp_s, uint64_t now_s)
{
    Verdict verdict = check(nonce, timestamp_s, now_s);
    if (verdict != Verdict::fresh) return verdict;
    uint64_t tick = tick_of(expiry_s(timestamp_s, now_s));
    // A clock that went back, or a caller that skipped the clock window: kept as long as the ring
    // reaches, at least one tick from now.
    tick = std::clamp(tick, first_tick_, first_tick_ + ring_.size() - 1);
    TableKey key = key_of(nonce);
    known_.insert(key);
    ring_[tick % ring_.size()].push_back(key);
    return Verdict::fresh;
}

}  // namespace ltn::transport
