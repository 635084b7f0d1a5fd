// An IP address with a port, in canonical form: an IPv4-mapped IPv6 address is IPv4. Host names
// are resolved elsewhere (src/io); this type never asks the network.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace ltn {

struct Address {
    enum class Family : uint8_t { none = 0, v4 = 4, v6 = 6 };

    Family family = Family::none;
    uint16_t port = 0;
    uint32_t scope_id = 0;         // IPv6 zone, 0 if none
    std::array<uint8_t, 16> ip{};  // first 4 bytes for IPv4, network order

    friend auto operator<=>(const Address&, const Address&) = default;

    bool same_host(const Address& other) const
    {
        return family == other.family && ip == other.ip && scope_id == other.scope_id;
    }
    // What parse() and v6() yield already; for addresses that were put together by hand.
    Address canonical() const { return family == Family::v6 ? v6(ip, port, scope_id) : *this; }
    bool is_loopback() const;
    bool is_unspecified() const;

    static Address v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port);
    static Address v6(const std::array<uint8_t, 16>& ip, uint16_t port, uint32_t scope_id = 0);

    // "1.2.3.4:5" and "[::1]:5".
    std::string text() const;
    std::string host_text() const;

    // Literals only; `host_port` as text() writes it.
    static Result<Address> parse(std::string_view host_port);
};

// Splits "host:port" and "[v6]:port"; the host may be a name. Errors say what was expected.
struct HostPort {
    std::string host;
    uint16_t port = 0;
};
Result<HostPort> split_host_port(std::string_view text);

// FNV-1a over the significant bytes, for tables keyed by an address we already trust. Tables that
// an attacker can fill use a keyed hash instead.
struct AddressHash {
    size_t operator()(const Address& address) const;
};

}  // namespace ltn
