#include "quic/glitch.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace ltn::quic {

GlitchSources::GlitchSources(ByteView secret) : key_(derive_key(secret, "ltn glitch sources")) {}

uint64_t GlitchSources::hash(const Address& source) const
{
    size_t len = source.family == Address::Family::v6 ? 8 : 4;
    uint8_t out[crypto_shorthash_BYTES];
    crypto_shorthash(out, source.ip.data(), len, key_.data());
    uint64_t value;
    std::memcpy(&value, out, sizeof value);
    return value == 0 ? 1 : value;
}

void GlitchSources::decay(Entry& entry, Nanos now_ns)
{
    if (now_ns <= entry.at_ns) return;
    uint64_t back = (now_ns - entry.at_ns) / (kSecond / kGlitchesSource.per_second);
    entry.used -= std::min(entry.used, back);
    if (back > 0) entry.at_ns = now_ns;
}

bool GlitchSources::charge(const Address& source, uint64_t weight, Nanos now_ns)
{
    if (!entries_) entries_ = std::make_unique<Entry[]>(kSets * kWays);
    uint64_t id = hash(source);
    Entry* set = &entries_[(id % kSets) * kWays];
    Entry* mine = nullptr;
    for (Entry* entry = set; entry < set + kWays && mine == nullptr; ++entry) {
        decay(*entry, now_ns);
        if (entry->source == id) mine = entry;
    }
    if (mine == nullptr) {
        mine = std::min_element(set, set + kWays,
                                [](const Entry& a, const Entry& b) { return a.used < b.used; });
        *mine = {id, 0, now_ns};
    }
    mine->used = std::min(mine->used + weight, kGlitchesSource.burst);
    return mine->used < kGlitchesSource.burst;
}

bool GlitchSources::exhausted(const Address& source, Nanos now_ns)
{
    if (!entries_) return false;
    uint64_t id = hash(source);
    Entry* set = &entries_[(id % kSets) * kWays];
    for (Entry* entry = set; entry < set + kWays; ++entry) {
        if (entry->source != id) continue;
        decay(*entry, now_ns);
        // A tenth below the limit: who has hit it stays out for two seconds, not for one glitch.
        return entry->used >= kGlitchesSource.burst / 10 * 9;
    }
    return false;
}

}  // namespace ltn::quic
