#include "quic/replay_filter.h"

namespace ltn::quic {

ReplayFilter::ReplayFilter(uint64_t life_ms, size_t entries_max)
    : span_ms_(life_ms / kBuckets + 1), entries_max_(entries_max)
{
}

ReplayFilter::Bucket* ReplayFilter::bucket_for(uint64_t issued_ms, uint64_t now_ms)
{
    uint64_t oldest = now_ms / span_ms_;
    oldest = oldest > kBuckets + 1 ? oldest - (kBuckets + 1) : 0;
    for (Bucket& bucket : buckets_) {
        if (bucket.epoch < oldest) bucket.ids.clear();
    }
    uint64_t epoch = issued_ms / span_ms_;
    if (epoch < oldest) return nullptr;
    Bucket& bucket = buckets_[epoch % buckets_.size()];
    if (bucket.epoch != epoch) {
        // A later epoch in its place, which a clock set back can leave there, must not be
        // forgotten.
        if (bucket.epoch > epoch && !bucket.ids.empty()) return nullptr;
        bucket.ids.clear();
        bucket.epoch = epoch;
    }
    return &bucket;
}

bool ReplayFilter::unused(uint64_t id, uint64_t issued_ms, uint64_t now_ms)
{
    Bucket* bucket = bucket_for(issued_ms, now_ms);
    return bucket != nullptr && size() < entries_max_ && bucket->ids.count(id) == 0;
}

void ReplayFilter::use(uint64_t id, uint64_t issued_ms, uint64_t now_ms)
{
    Bucket* bucket = bucket_for(issued_ms, now_ms);
    if (bucket != nullptr && size() < entries_max_) bucket->ids.insert(id);
}

size_t ReplayFilter::size() const
{
    size_t total = 0;
    for (const Bucket& bucket : buckets_) total += bucket.ids.size();
    return total;
}

}  // namespace ltn::quic
