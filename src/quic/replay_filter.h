// Remembers which tokens were used, so that each works once. Bounded twice: by the life of a token
// and by a count; when full it says so, and the token then counts for nothing (a Retry follows).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_set>

namespace ltn::quic {

class ReplayFilter {
public:
    // `life_ms`: how long after its issue a token can be used at all.
    ReplayFilter(uint64_t life_ms, size_t entries_max);

    // `issued_ms` is authentic, and not older than the life. Whether it may be used now ...
    bool unused(uint64_t id, uint64_t issued_ms, uint64_t now_ms);
    // ... and that it was.
    void use(uint64_t id, uint64_t issued_ms, uint64_t now_ms);
    size_t size() const;

private:
    // By time of issue: a bucket is forgotten whole when its last token has expired.
    static constexpr size_t kBuckets = 8;
    struct Bucket {
        uint64_t epoch = 0;
        std::unordered_set<uint64_t> ids;  // ids are random bytes of ours, not a peer's choice
    };

    Bucket* bucket_for(uint64_t issued_ms, uint64_t now_ms);

    uint64_t span_ms_;
    size_t entries_max_;
    std::array<Bucket, kBuckets + 4> buckets_;
};

}  // namespace ltn::quic
