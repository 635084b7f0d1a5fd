// Where the hotkeys come from: addresses seen in handshakes that succeeded, several per hotkey, kept
// for a week. Whoever comes from one is served before strangers, and once most of the permitted
// hotkeys are on it, strangers get only a small share: enough for a peer that moved to prove itself
// and be learned, too little to hurt.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "base/random.h"
#include "transport/rate_limiter.h"
#include "transport/server.h"

namespace ltn::transport {

class Roster {
public:
    static constexpr size_t kAddressesMax = 8;  // of one hotkey; the one seen longest ago goes
    // Further hotkeys are not learned: a crowd of keys (without permits anybody has some) cannot
    // push out who was there before.
    static constexpr size_t kHotkeysMax = 4096;
    static_assert(kHotkeysMax * kAddressesMax == kLearnedSourcesMax);
    static constexpr Nanos kExpiry = 7 * 24 * 3600 * kSecond;
    // Enforcing begins when a subnet's tempo has passed (360 blocks of 12 s), in which each
    // validator calls at least once, and half of the permitted hotkeys are on the roster; it ends
    // when fewer than a quarter are. Without permits there is nobody to be complete about, and the
    // roster only orders.
    static constexpr Nanos kLearning = 360 * 12 * kSecond;
    static constexpr uint64_t kEnforceAtPercent = 50;
    static constexpr uint64_t kLearnBelowPercent = 25;

    Roster(Random& random, Nanos now_ns) : hotkeys_(16, KeyedHash(random)), since_ns_(now_ns) {}

    // `per_minute`: the budget of each pair of hotkey and address. The handshake that made the pair
    // known counts.
    void learn(const crypto::PublicKey& key, const Address& address, uint32_t per_minute,
               Nanos now_ns);
    // What an earlier run has learned. Never makes a source look fresher or older than it is known to
    // be; what has expired is ignored. False: no room for another hotkey.
    bool restore(const LearnedSource& source, uint32_t per_minute, Nanos now_ns);
    bool knows(const crypto::PublicKey& key) const { return hotkeys_.count(key) != 0; }
    // The budget of a hotkey that is claimed at an address where it was seen; null: it was not.
    // Several peers behind one address do not share a source's budget this way, and neither can
    // they spend each other's, short of claiming each other's names.
    MinuteBucket* bucket_of(const crypto::PublicKey& key, const Address& address);

    void forget_expired(Nanos now_ns);
    // Null: no permits are required, or none are known.
    void update_state(const std::vector<crypto::PublicKey>* permitted, Nanos now_ns);
    bool enforcing() const { return enforcing_; }
    // Percent of the permitted hotkeys that are on it, as of the last update_state().
    uint64_t coverage_percent() const { return coverage_percent_; }

    std::vector<SourcePolicy::Prefix> prefixes() const;
    // In the order of hotkeys and prefixes.
    std::vector<LearnedSource> sources(Nanos now_ns) const;
    size_t hotkeys() const { return hotkeys_.size(); }
    // Something that prefixes() or enforcing() tells has changed since the last call.
    bool take_changed() { return std::exchange(changed_, false); }
    bool changed() const { return changed_; }

private:
    struct Place {
        SourcePolicy::Prefix prefix;
        int64_t seen_ns = 0;  // below 0: before the clock began, in an earlier run
        MinuteBucket bucket;
    };

    // Null: no room.
    std::vector<Place>* places_of(const crypto::PublicKey& key);
    void add(std::vector<Place>& places, const Place& fresh);

    std::unordered_map<TableKey, std::vector<Place>, KeyedHash> hotkeys_;
    Nanos since_ns_;
    bool enforcing_ = false;
    bool changed_ = false;
    uint64_t coverage_percent_ = 0;
};

// The /32 or /64 that an address counts as.
SourcePolicy::Prefix source_prefix(const Address& address);

}  // namespace ltn::transport
