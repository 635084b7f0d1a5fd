// Handshake attempts per minute of a source, in two tiers: an IPv4 address or IPv6 /64 as
// configured, and all sources of one /48 together (upstream-S12).
#pragma once

#include "transport/rate_limiter.h"

namespace ltn::transport {

class SourceBudget {
public:
    // A /48 has the budget of so many sources.
    static constexpr uint32_t kSourcesPerSite = 8;

    SourceBudget(uint32_t per_minute, uint64_t entries_max, Random& random)
        : sources_(per_minute, entries_max, random),
          sites_(site_rate(per_minute), entries_max, random)
    {
    }

    // The site first: a source that its site keeps out takes no place in the table of sources, so
    // one holder of a /48 fills at most a minute's budget of it.
    bool take(const Address& source, Nanos now_ns)
    {
        auto site = site_key(source);
        if (site.has_value() && !sites_.take(*site, now_ns)) return false;
        if (sources_.take(source_key(source), now_ns)) return true;
        if (site.has_value()) sites_.give_back(*site);
        return false;
    }

    void set_rate(uint32_t per_minute)
    {
        sources_.set_rate(per_minute);
        sites_.set_rate(site_rate(per_minute));
    }
    uint32_t rate() const { return sources_.rate(); }
    size_t tracked() const { return sources_.size(); }

private:
    static uint32_t site_rate(uint32_t per_minute)
    {
        return std::min(per_minute, kRateMax / kSourcesPerSite) * kSourcesPerSite;
    }

    RateLimiter sources_;
    RateLimiter sites_;
};

}  // namespace ltn::transport
