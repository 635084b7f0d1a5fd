#include "io/sockaddr.h"

#include <netinet/in.h>

#include <cstring>

namespace ltn::io {

Address from_sockaddr(const sockaddr_storage& raw)
{
    if (raw.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &raw, sizeof in);
        uint8_t ip[4];
        std::memcpy(ip, &in.sin_addr, sizeof ip);
        return Address::v4(ip[0], ip[1], ip[2], ip[3], ntohs(in.sin_port));
    }
    if (raw.ss_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &raw, sizeof in);
        std::array<uint8_t, 16> ip;
        std::memcpy(ip.data(), &in.sin6_addr, ip.size());
        return Address::v6(ip, ntohs(in.sin6_port), in.sin6_scope_id);
    }
    return {};
}

socklen_t to_sockaddr(const Address& address, int socket_family, sockaddr_storage& out)
{
    const bool v4 = address.family == Address::Family::v4;
    if (socket_family == AF_INET) {
        if (!v4) return 0;
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(address.port);
        std::memcpy(&in.sin_addr, address.ip.data(), 4);
        std::memcpy(&out, &in, sizeof in);
        return sizeof in;
    }
    if (address.family == Address::Family::none) return 0;
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(address.port);
    if (v4) {
        uint8_t* ip = in.sin6_addr.s6_addr;
        ip[10] = 0xff;
        ip[11] = 0xff;
        std::memcpy(ip + 12, address.ip.data(), 4);
    } else {
        in.sin6_scope_id = address.scope_id;
        std::memcpy(&in.sin6_addr, address.ip.data(), 16);
    }
    std::memcpy(&out, &in, sizeof in);
    return sizeof in;
}

std::string system_reason(int error_number)
{
    // strerror() may use a static buffer and consults the locale; this one does neither.
    const char* text = strerrordesc_np(error_number);
    if (text != nullptr) return text;
    return "error " + std::to_string(error_number);
}

}  // namespace ltn::io
