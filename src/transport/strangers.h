// Counts connections that have not authenticated: over all, per source (an IPv4 address or an
// IPv6 /64) and per site (a /48, which one holder may fill with sources). Known and unknown
// sources have budgets of their own, so that a crowd at the door keeps no peer from coming back.
#pragma once

#include <unordered_map>

#include "base/random.h"
#include "transport/desk_messages.h"
#include "transport/rate_limiter.h"

namespace ltn::transport {

class Strangers {
public:
    // A site may hold as many as this number of sources.
    static constexpr uint64_t kSourcesPerSite = 8;

    Strangers(uint64_t total_max, uint64_t per_source_max, Random& random)
        : total_max_(total_max), per_source_max_(per_source_max), by_source_(16, KeyedHash(random))
    {
    }

    bool has_room(const Address& source, Lane lane) const;
    void add(const Address& source, Lane lane);
    void remove(const Address& source, Lane lane);
    uint64_t total() const { return known_ + unknown_; }
    uint64_t unknown() const { return unknown_; }
    // Only counted, never refused by: the bound is total_max_ of each lane.
    size_t tracked() const { return by_source_.size(); }

private:
    uint64_t count_of(const TableKey& key) const;
    void drop(const TableKey& key);

    uint64_t total_max_;
    uint64_t per_source_max_;
    uint64_t known_ = 0;
    uint64_t unknown_ = 0;
    std::unordered_map<TableKey, uint64_t, KeyedHash> by_source_;
};

}  // namespace ltn::transport
