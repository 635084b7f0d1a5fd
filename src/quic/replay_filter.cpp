#include "quic/replay_filter.h"

namespace ltn::quic {

ReplayFilter::ReplayFilter(uint64_t life_ms, size_t entries_max)
    : span_ms_(life_ms / kBuckets + 1), entries_max_(entries_max)
{
}

bool ReplayFilter::first_use(uint64_t id, uint64_t issued_ms, uint64_t now_ms)
{
    uint64_t oldest = now_ms / span_ms_;
    oldest = oldest > kBuckets + 1 ? oldest - (kBuckets + 1) : 0;
    for (Bucket& bucket : buckets_) {
        if (bucket.epoch < oldest) bucket.ids.clear();
    }
    uint64_t epoch = issued_ms / span_ms_;
    if (epoch < oldest) return false;
    Bucket& bucket = buckets_[epoch % buckets_.size()];
    if (bucket.epoch != epoch) {
        // Its place is held by a later epoch only if this token is from before the oldest.
        if (bucket.epoch > epoch && !bucket.ids.empty()) return false;
        bucket.ids.clear();
        bucket.epoch = epoch;
    }
    if (size() >= entries_max_) return false;
    return bucket.ids.insert(id).second;
}

size_t ReplayFilter::size() const
{
    size_t total = 0;
    for (const Bucket& bucket : buckets_) total += bucket.ids.size();
    return total;
}

}  // namespace ltn::quic
