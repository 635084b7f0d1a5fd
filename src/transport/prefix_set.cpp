#include "transport/prefix_set.h"

#include <algorithm>
#include <tuple>

namespace ltn::transport {

namespace {

constexpr size_t kMappedAt = 12;  // where ::ffff:a.b.c.d has its IPv4 address

bool is_mapped(const Address& address)
{
    if (address.family != Address::Family::v6) return false;
    auto zero = [](uint8_t byte) { return byte == 0; };
    return std::all_of(address.ip.begin(), address.ip.begin() + 10, zero) &&
           address.ip[10] == 0xff && address.ip[11] == 0xff;
}

size_t bits_of(const Address& address)
{
    return address.family == Address::Family::v6 ? 128 : 32;
}

// Sets every bit from `bits` on.
void fill_tail(uint8_t* bytes, size_t len, size_t bits, bool ones)
{
    for (size_t i = 0; i < len; ++i) {
        const size_t kept = bits > i * 8 ? std::min<size_t>(bits - i * 8, 8) : 0;
        const auto tail = static_cast<uint8_t>(0xff >> kept);
        bytes[i] = static_cast<uint8_t>(ones ? bytes[i] | tail : bytes[i] & ~tail);
    }
}

}  // namespace

Address canonical_host(const Address& address)
{
    Address out;
    if (is_mapped(address)) {
        const uint8_t* ip = address.ip.data() + kMappedAt;
        return Address::v4(ip[0], ip[1], ip[2], ip[3], 0);
    }
    out.family = address.family;
    out.ip = address.ip;
    return out;
}

SourcePolicy::Prefix canonical_prefix(const SourcePolicy::Prefix& prefix)
{
    SourcePolicy::Prefix out;
    out.address = canonical_host(prefix.address);
    size_t bits = prefix.bits;
    // Counted as in ::ffff:0:0/96, whether the address was still in that dress or not.
    if (is_mapped(prefix.address) || (out.address.family == Address::Family::v4 && bits > 32)) {
        bits = bits > 96 ? bits - 96 : 0;
    }
    bits = std::min(bits, bits_of(out.address));
    out.bits = static_cast<uint8_t>(bits);
    fill_tail(out.address.ip.data(), bits_of(out.address) / 8, bits, false);
    return out;
}

bool operator==(const SourcePolicy::Prefix& a, const SourcePolicy::Prefix& b)
{
    return a.bits == b.bits && a.address == b.address;
}

bool operator<(const SourcePolicy::Prefix& a, const SourcePolicy::Prefix& b)
{
    return std::tie(a.address, a.bits) < std::tie(b.address, b.bits);
}

PrefixSet::Point PrefixSet::point_of(const Address& address)
{
    const Address host = canonical_host(address);
    Point out{};
    out[0] = static_cast<uint8_t>(host.family);
    std::copy(host.ip.begin(), host.ip.end(), out.begin() + 1);
    return out;
}

PrefixSet::Range PrefixSet::range_of(const SourcePolicy::Prefix& prefix)
{
    const SourcePolicy::Prefix own = canonical_prefix(prefix);
    Range range{point_of(own.address), point_of(own.address)};
    fill_tail(range.last.data() + 1, bits_of(own.address) / 8, own.bits, true);
    return range;
}

PrefixSet::PrefixSet(const std::vector<SourcePolicy::Prefix>& prefixes)
{
    std::vector<Range> all;
    all.reserve(prefixes.size());
    for (const auto& prefix : prefixes) {
        if (prefix.address.family != Address::Family::none) all.push_back(range_of(prefix));
    }
    std::sort(all.begin(), all.end(),
              [](const Range& a, const Range& b) { return a.first < b.first; });
    // Prefixes nest or are apart; of nested ones the widest comes first or begins alike.
    for (const Range& range : all) {
        if (!ranges_.empty() && range.first <= ranges_.back().last) {
            ranges_.back().last = std::max(ranges_.back().last, range.last);
        } else {
            ranges_.push_back(range);
        }
    }
}

bool PrefixSet::contains(const Address& address) const
{
    const Point point = point_of(address);
    auto after = std::upper_bound(
        ranges_.begin(), ranges_.end(), point,
        [](const Point& wanted, const Range& range) { return wanted < range.first; });
    return after != ranges_.begin() && point <= std::prev(after)->last;
}

}  // namespace ltn::transport
