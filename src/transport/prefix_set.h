// "Is this address in one of these prefixes?", for every first packet: ranges in order, found by
// bisection, however many prefixes of whatever lengths there are.
#pragma once

#include <array>
#include <vector>

#include "transport/server.h"

namespace ltn::transport {

class PrefixSet {
public:
    PrefixSet() = default;
    explicit PrefixSet(const std::vector<SourcePolicy::Prefix>& prefixes);

    bool contains(const Address& address) const;
    bool empty() const { return ranges_.empty(); }

private:
    // Family and address, so that one order serves both.
    using Point = std::array<uint8_t, 17>;
    struct Range {
        Point first, last;
    };
    static Point point_of(const Address& address);
    static Range range_of(const SourcePolicy::Prefix& prefix);

    std::vector<Range> ranges_;  // in order, apart from each other
};

// The address as it is compared: an IPv4-mapped one is IPv4 (upstream-S23), without port and zone.
// Addresses are canonical wherever they come from our sockets or our parser; a host that fills in
// the struct itself may not know.
Address canonical_host(const Address& address);
// The prefix in the form in which equal ones are equal: the bits past its length cleared.
SourcePolicy::Prefix canonical_prefix(const SourcePolicy::Prefix& prefix);
bool operator==(const SourcePolicy::Prefix& a, const SourcePolicy::Prefix& b);
bool operator<(const SourcePolicy::Prefix& a, const SourcePolicy::Prefix& b);

}  // namespace ltn::transport
