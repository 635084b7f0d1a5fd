#include "transport/replay_set.h"

#include <algorithm>
#include <cstring>
#include <utility>

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

void ReplaySet::evict(uint64_t steady_s)
{
    uint64_t now_tick = tick_of(steady_s);
    if (first_tick_ == 0) first_tick_ = now_tick;
    // After a pause longer than the ring everything has expired; one round clears it.
    if (now_tick > first_tick_ + ring_.size()) first_tick_ = now_tick - ring_.size();
    for (; first_tick_ < now_tick; ++first_tick_) {
        Bucket& bucket = ring_[first_tick_ % ring_.size()];
        for (const TableKey& key : bucket.nonces) known_.erase(key);
        forgotten_s_ = std::max(forgotten_s_, std::exchange(bucket.newest_s, 0));
        // A flood's memory is given back, an ordinary bucket's kept for the next round.
        if (bucket.nonces.capacity() > 64) {
            std::vector<TableKey>().swap(bucket.nonces);
        } else {
            bucket.nonces.clear();
        }
    }
}

ReplaySet::Verdict ReplaySet::check(std::string_view nonce, uint64_t timestamp_s, uint64_t steady_s,
                                    bool known)
{
    evict(steady_s);
    if (known_.count(key_of(nonce)) != 0) return Verdict::replayed;
    // With a clock that only goes forward the age check refuses such a request long before.
    if (timestamp_s <= forgotten_s_) return Verdict::unknowable;
    const uint64_t kept = known ? 0 : entries_max_ / 4;
    if (known_.size() >= entries_max_ - kept) return Verdict::full;
    return Verdict::fresh;
}

ReplaySet::Verdict ReplaySet::record(std::string_view nonce, uint64_t timestamp_s, uint64_t now_s,
                                     uint64_t steady_s, bool known)
{
    Verdict verdict = check(nonce, timestamp_s, steady_s, known);
    if (verdict != Verdict::fresh) return verdict;
    // One dated ahead is kept longer by as much (upstream-S8).
    const uint64_t ahead_s = timestamp_s > now_s ? timestamp_s - now_s : 0;
    uint64_t tick = tick_of(steady_s + std::min(ahead_s, kClockSkewS) + age_max_s_ + kClockSkewS);
    // A caller that skipped the clock window, or whose steady clock is none: kept as long as the
    // ring reaches.
    tick = std::clamp(tick, first_tick_, first_tick_ + ring_.size() - 1);
    TableKey key = key_of(nonce);
    known_.insert(key);
    Bucket& bucket = ring_[tick % ring_.size()];
    bucket.nonces.push_back(key);
    bucket.newest_s = std::max(bucket.newest_s, timestamp_s);
    return Verdict::fresh;
}

}  // namespace ltn::transport
