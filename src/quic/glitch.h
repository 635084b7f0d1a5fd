// Budgets for what a correct peer rarely does: streams opened and reset, and the like. Counted per
// connection and per source, because a budget that starts anew with every connection is none.
// ngtcp2 has such a limit of its own, but fixed at creation, before we know who the peer is.
#pragma once

#include <cstdint>
#include <memory>

#include "base/address.h"
#include "base/time.h"
#include "quic/secret.h"
#include "quic/token_bucket.h"

namespace ltn::quic {

struct GlitchBudget {
    uint64_t burst;
    uint64_t per_second;
};
inline constexpr GlitchBudget kGlitchesStranger{1000, 100};
inline constexpr GlitchBudget kGlitchesPeer{5000, 200};
inline constexpr GlitchBudget kGlitchesSource{10000, 500};

// Per source: an IPv4 address, or the /64 of an IPv6 one. A fixed table in which a newcomer takes
// the place of whoever has used least; nothing grows under a flood.
class GlitchSources {
public:
    explicit GlitchSources(ByteView secret);

    // False when the source's budget is used up.
    bool charge(const Address& source, uint64_t weight, Nanos now_ns);
    // Whether to hear new connections of this source at all.
    bool exhausted(const Address& source, Nanos now_ns);

private:
    static constexpr size_t kSets = 1024, kWays = 4;
    struct Entry {
        uint64_t source = 0;  // keyed hash; 0: free
        uint64_t used = 0;    // decays at the budget's rate
        Nanos at_ns = 0;
    };
    uint64_t hash(const Address& source) const;
    static void decay(Entry& entry, Nanos now_ns);

    Key key_;
    std::unique_ptr<Entry[]> entries_;  // made by the first charge
};

}  // namespace ltn::quic
