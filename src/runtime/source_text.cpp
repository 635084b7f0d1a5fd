#include "runtime/source_text.h"

#include <charconv>

namespace ltn::runtime {

namespace {

constexpr size_t kItemsMax = 1'000'000;
constexpr std::string_view kBetween = " ,\t\r\n";

Error not_understood(std::string_view item)
{
    return {Code::malformed, Category::config,
            "sources: expected an address or a prefix such as 10.0.0.0/8 or 2001:db8::/32, got \"" +
                std::string(item.substr(0, 64)) + "\""};
}

}  // namespace

Result<transport::SourcePolicy::Prefix> parse_prefix(std::string_view item)
{
    const size_t slash = item.find('/');
    const std::string_view host = item.substr(0, slash);
    const bool bracket = host.find(':') != std::string_view::npos;
    auto address =
        Address::parse(bracket ? "[" + std::string(host) + "]:0" : std::string(host) + ":0");
    if (!address) return not_understood(item);
    // The canonical form of a mapped address is IPv4: its prefix counts from there.
    const bool mapped = bracket && address->family == Address::Family::v4;
    const unsigned bits_max = address->family == Address::Family::v4 ? 32 : 128;
    unsigned bits = mapped ? 128 : bits_max;
    if (slash != std::string_view::npos) {
        const std::string_view digits = item.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (error != std::errc() || end != digits.data() + digits.size())
            return not_understood(item);
    }
    if (mapped) {
        if (bits < 96) return not_understood(item);
        bits -= 96;
    }
    if (bits > bits_max) return not_understood(item);
    transport::SourcePolicy::Prefix prefix;
    prefix.address = *address;
    prefix.bits = static_cast<uint8_t>(bits);
    return prefix;
}

std::string prefix_text(const transport::SourcePolicy::Prefix& prefix)
{
    return prefix.address.host_text() + "/" + std::to_string(prefix.bits);
}

Result<transport::SourcePolicy> parse_sources(std::string_view text)
{
    transport::SourcePolicy policy;
    size_t at = 0;
    while ((at = text.find_first_not_of(kBetween, at)) != std::string_view::npos) {
        const size_t end = std::min(text.find_first_of(kBetween, at), text.size());
        const std::string_view item = text.substr(at, end - at);
        at = end;
        if (item == "bypass") {
            policy.bypass = true;
            continue;
        }
        const bool blocked = item.starts_with('!');
        auto prefix = parse_prefix(item.substr(blocked ? 1 : 0));
        if (!prefix) return prefix.error();
        if (policy.allowed.size() + policy.blocked.size() == kItemsMax) {
            return Error(Code::too_large, Category::config, "sources: more than 1000000 items");
        }
        (blocked ? policy.blocked : policy.allowed).push_back(*prefix);
    }
    if (policy.bypass && !policy.allowed.empty()) {
        return Error(Code::malformed, Category::config,
                     "sources: expected either \"bypass\" or addresses that are allowed, got both");
    }
    return policy;
}

}  // namespace ltn::runtime
