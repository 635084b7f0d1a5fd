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

std::vector<Roster::Place>* Roster::places_of(const crypto::PublicKey& key)
{
    const auto found = hotkeys_.find(key);
    if (found != hotkeys_.end()) return &found->second;
    if (hotkeys_.size() >= kHotkeysMax) return nullptr;
    return &hotkeys_.emplace(key, std::vector<Place>()).first->second;
}

void Roster::add(std::vector<Place>& places, const Place& fresh)
{
    changed_ = true;
    if (places.size() < kAddressesMax) {
        places.push_back(fresh);
        return;
    }
    *std::min_element(places.begin(), places.end(),
                      [](const Place& a, const Place& b) { return a.seen_ns < b.seen_ns; }) = fresh;
}

void Roster::learn(const crypto::PublicKey& key, const Address& address, uint32_t per_minute,
                   Nanos now_ns)
{
    std::vector<Place>* const places = places_of(key);
    if (places == nullptr) return;
    const SourcePolicy::Prefix prefix = source_prefix(address);
    for (Place& place : *places) {
        if (!(place.prefix == prefix)) continue;
        place.seen_ns = static_cast<int64_t>(now_ns);
        return;
    }
    Place fresh{prefix, static_cast<int64_t>(now_ns), MinuteBucket(per_minute, now_ns)};
    (void)fresh.bucket.take(per_minute, now_ns);
    add(*places, fresh);
}

bool Roster::restore(const LearnedSource& source, uint32_t per_minute, Nanos now_ns)
{
    if (source.age_ns > kExpiry) return true;
    std::vector<Place>* const places = places_of(source.key);
    if (places == nullptr) return false;
    const int64_t seen_ns = static_cast<int64_t>(now_ns) - static_cast<int64_t>(source.age_ns);
    const SourcePolicy::Prefix prefix = source_prefix(source.prefix.address);
    for (Place& place : *places) {
        if (!(place.prefix == prefix)) continue;
        place.seen_ns = std::max(place.seen_ns, seen_ns);
        return true;
    }
    // Full: an older one than all that are there is not worth the place of one of them.
    if (places->size() == kAddressesMax &&
        std::all_of(places->begin(), places->end(),
                    [seen_ns](const Place& place) { return place.seen_ns >= seen_ns; })) {
        return true;
    }
    add(*places, {prefix, seen_ns, MinuteBucket(per_minute, now_ns)});
    return true;
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
            return static_cast<int64_t>(now_ns) - p.seen_ns > static_cast<int64_t>(kExpiry);
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

std::vector<LearnedSource> Roster::sources(Nanos now_ns) const
{
    std::vector<LearnedSource> out;
    for (const auto& [key, places] : hotkeys_) {
        for (const Place& place : places) {
            const int64_t age_ns = static_cast<int64_t>(now_ns) - place.seen_ns;
            out.push_back({key, place.prefix, static_cast<Nanos>(std::max<int64_t>(age_ns, 0))});
        }
    }
    std::sort(out.begin(), out.end(), [](const LearnedSource& a, const LearnedSource& b) {
        return a.key != b.key ? a.key < b.key : a.prefix < b.prefix;
    });
    return out;
}

}  // namespace ltn::transport
