// Token buckets per source or per hotkey in a bounded table. An entry that holds somebody back is
// never evicted: who fills the table with other addresses does not get his tokens back
// (upstream-S12).
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/random.h"
#include "base/time.h"
#include "transport/keyed_hash.h"

namespace ltn::transport {

// Whom an attempt is charged to: an IPv4 address, or the /64 of an IPv6 one.
TableKey source_key(const Address& address);

class RateLimiter {
public:
    RateLimiter(uint32_t per_minute, uint64_t entries_max, Random& random);

    // Takes one token; false when there is none (then nothing is taken).
    bool take(const TableKey& key, Nanos now_ns);
    size_t size() const { return index_.size(); }

private:
    struct Entry {
        TableKey key{};
        uint64_t level = 0;  // tokens, in units of kTokenUnits
        Nanos updated_ns = 0;
    };

    void refill(Entry& entry, Nanos now_ns) const;
    Entry* find_or_add(const TableKey& key, Nanos now_ns);

    uint64_t full_;
    uint64_t entries_max_;
    std::unordered_map<TableKey, size_t, KeyedHash> index_;
    std::vector<Entry> entries_;
    size_t hand_ = 0;
    // Newcomers that found no place share this one.
    Entry overflow_;
};

}  // namespace ltn::transport
