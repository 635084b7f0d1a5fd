#include "transport/roster.h"

#include <algorithm>

#include "transport/prefix_set.h"

namespace ltn::transport {

SourcePolicy::Prefix source_prefix(const Address& address)
{
    SourcePolicy::Prefix prefix;
    prefix.address = canonical_host(address);
    prefix.bits = prefix.address.family == Address::Family::v6 ? 64 : 32;
    return canonical_prefix(prefix);
}

void Roster::learn(const crypto::PublicKey& key, const Address& address, uint32_t per_minute,
                   Nanos now_ns)
{
    auto found = hotkeys_.find(key);
    if (found == hotkeys_.end()) {
        if (hotkeys_.size() >= kHotkeysMax) return;
        found = hotkeys_.emplace(key, std::vector<Place>()).first;
    }
    std::vector<Place>& places = found->second;
    const SourcePolicy::Prefix prefix = source_prefix(address);
    for (Place& place : places) {
        if (!(place.prefix == prefix)) continue;
        place.seen_ns = now_ns;
        return;
    }
    Place fresh{prefix, now_ns, MinuteBucket(per_minute, now_ns)};
    (void)fresh.bucket.take(per_minute, now_ns);
    changed_ = true;
    if (places.size() < kAddressesMax) {
        places.push_back(fresh);
        return;
    }
    *std::min_element(places.begin(), places.end(),
                      [](const Place& a, const Place& b) { return a.seen_ns < b.seen_ns; }) = fresh;
}

MinuteBucket* Roster::bucket_of(const crypto::PublicKey& key, const Address& address)
{
    auto found = hotkeys_.find(key);
    if (found == hotkeys_.end()) return nullptr;
    const SourcePolicy::Prefix prefix = source_prefix(address);
    for (Place& place : found->second) {
        if (place.prefix == prefix) return &place.bucket;
    }
    return nullptr;
}

void Roster::forget_expired(Nanos now_ns)
{
    for (auto it = hotkeys_.begin(); it != hotkeys_.end();) {
        std::vector<Place>& places = it->second;
        const auto stale = std::remove_if(places.begin(), places.end(), [now_ns](const Place& p) {
            return now_ns > p.seen_ns && now_ns - p.seen_ns > kExpiry;
        });
        changed_ = changed_ || stale != places.end();
        places.erase(stale, places.end());
        it = places.empty() ? hotkeys_.erase(it) : std::next(it);
    }
}

void Roster::update_state(const std::vector<crypto::PublicKey>* permitted, Nanos now_ns)
{
    const bool before = enforcing_;
    if (permitted == nullptr || permitted->empty()) {
        enforcing_ = false;
        coverage_percent_ = 0;
    } else {
        const auto covered = static_cast<uint64_t>(std::count_if(
            permitted->begin(), permitted->end(), [this](const auto& key) { return knows(key); }));
        coverage_percent_ = covered * 100 / permitted->size();
        const bool learned = now_ns > since_ns_ && now_ns - since_ns_ >= kLearning;
        if (coverage_percent_ < kLearnBelowPercent) enforcing_ = false;
        if (learned && coverage_percent_ >= kEnforceAtPercent) enforcing_ = true;
    }
    changed_ = changed_ || before != enforcing_;
}

std::vector<SourcePolicy::Prefix> Roster::prefixes() const
{
    std::vector<SourcePolicy::Prefix> out;
    for (const auto& [key, places] : hotkeys_) {
        for (const Place& place : places) out.push_back(place.prefix);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace ltn::transport
