#include "base/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>

namespace ltn {

namespace {

constexpr uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Error bad_address(std::string_view text, std::string_view expected)
{
    return {Code::invalid_argument, Category::connection,
            "Invalid address: expected " + std::string(expected) + ", got \"" + std::string(text) +
                "\""};
}

}  // namespace

Address Address::v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
    Address out;
    out.family = Family::v4;
    out.port = port;
    out.ip[0] = a;
    out.ip[1] = b;
    out.ip[2] = c;
    out.ip[3] = d;
    return out;
}

Address Address::v6(const std::array<uint8_t, 16>& ip, uint16_t port, uint32_t scope_id)
{
    if (std::memcmp(ip.data(), kMappedPrefix, sizeof kMappedPrefix) == 0) {
        return v4(ip[12], ip[13], ip[14], ip[15], port);
    }
    Address out;
    out.family = Family::v6;
    out.port = port;
    out.scope_id = scope_id;
    out.ip = ip;
    return out;
}

bool Address::is_loopback() const
{
    if (family == Family::v4) return ip[0] == 127;
    if (family != Family::v6) return false;
    for (size_t i = 0; i < 15; ++i) {
        if (ip[i] != 0) return false;
    }
    return ip[15] == 1;
}

bool Address::is_unspecified() const
{
    const std::array<uint8_t, 16> zero{};
    return ip == zero;
}

std::string Address::host_text() const
{
    char buffer[INET6_ADDRSTRLEN] = {};
    if (family == Family::v4) {
        inet_ntop(AF_INET, ip.data(), buffer, sizeof buffer);
    } else if (family == Family::v6) {
        inet_ntop(AF_INET6, ip.data(), buffer, sizeof buffer);
        if (scope_id != 0) return std::string(buffer) + "%" + std::to_string(scope_id);
    } else {
        return "none";
    }
    return buffer;
}

std::string Address::text() const
{
    if (family == Family::v6) return "[" + host_text() + "]:" + std::to_string(port);
    return host_text() + ":" + std::to_string(port);
}

Result<HostPort> split_host_port(std::string_view text)
{
    std::string_view host;
    std::string_view port;
    if (!text.empty() && text.front() == '[') {
        const size_t close = text.find("]:");
        if (close == std::string_view::npos) return bad_address(text, "[IPv6]:port");
        host = text.substr(1, close - 1);
        port = text.substr(close + 2);
    } else {
        const size_t colon = text.rfind(':');
        if (colon == std::string_view::npos) return bad_address(text, "host:port");
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (host.find(':') != std::string_view::npos) {
            return bad_address(text, "an IPv6 address in brackets, [IPv6]:port");
        }
    }
    if (host.empty()) return bad_address(text, "a host before the port");
    uint16_t number = 0;
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (ec != std::errc() || end != port.data() + port.size()) {
        return bad_address(text, "a port from 0 to 65535");
    }
    return HostPort{std::string(host), number};
}

Result<Address> Address::parse(std::string_view host_port)
{
    Result<HostPort> split = split_host_port(host_port);
    if (!split) return split.error();
    std::string host = split->host;
    uint32_t scope = 0;
    if (const size_t percent = host.find('%'); percent != std::string::npos) {
        const std::string zone = host.substr(percent + 1);
        host.resize(percent);
        scope = if_nametoindex(zone.c_str());
        if (scope == 0) {
            const auto [end, ec] = std::from_chars(zone.data(), zone.data() + zone.size(), scope);
            if (ec != std::errc() || end != zone.data() + zone.size()) {
                return bad_address(host_port, "a known network zone after %");
            }
        }
    }
    std::array<uint8_t, 16> ip{};
    if (inet_pton(AF_INET, host.c_str(), ip.data()) == 1) {
        return v4(ip[0], ip[1], ip[2], ip[3], split->port);
    }
    if (inet_pton(AF_INET6, host.c_str(), ip.data()) == 1) return v6(ip, split->port, scope);
    return bad_address(host_port, "an IP address literal");
}

size_t AddressHash::operator()(const Address& address) const
{
    uint64_t hash = 0xcbf29ce484222325ULL;
    const auto mix = [&hash](uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3ULL; };
    for (uint8_t byte : address.ip) mix(byte);
    mix(static_cast<uint8_t>(address.port));
    mix(static_cast<uint8_t>(address.port >> 8));
    return static_cast<size_t>(hash);
}

}  // namespace ltn
