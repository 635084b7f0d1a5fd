#include "quic/path.h"

#include <netinet/in.h>

#include <cstring>

namespace ltn::quic {

namespace {

ngtcp2_addr fill(ngtcp2_sockaddr_union& out, const Address& address, Address::Family family)
{
    out = {};
    if (family == Address::Family::v6) {
        out.in6.sin6_family = AF_INET6;
        out.in6.sin6_port = htons(address.port);
        out.in6.sin6_scope_id = address.scope_id;
        std::memcpy(&out.in6.sin6_addr, address.ip.data(), 16);
        return {&out.sa, sizeof out.in6};
    }
    out.in.sin_family = AF_INET;
    out.in.sin_port = htons(address.port);
    std::memcpy(&out.in.sin_addr, address.ip.data(), 4);
    return {&out.sa, sizeof out.in};
}

}  // namespace

void Path::set(const Address& local, const Address& remote)
{
    auto family = local.family == Address::Family::none ? remote.family : local.family;
    path_.local = fill(local_, local, family);
    path_.remote = fill(remote_, remote, remote.family);
}

Address from_ngtcp2(const ngtcp2_addr& address)
{
    Address out;
    if (address.addr == nullptr) return out;
    if (address.addr->sa_family == AF_INET6) {
        sockaddr_in6 in6;
        std::memcpy(&in6, address.addr, sizeof in6);
        out.family = Address::Family::v6;
        out.port = ntohs(in6.sin6_port);
        out.scope_id = in6.sin6_scope_id;
        std::memcpy(out.ip.data(), &in6.sin6_addr, 16);
    } else {
        sockaddr_in in;
        std::memcpy(&in, address.addr, sizeof in);
        out.family = Address::Family::v4;
        out.port = ntohs(in.sin_port);
        std::memcpy(out.ip.data(), &in.sin_addr, 4);
    }
    return out;
}

bool same(const ngtcp2_addr& a, const Address& b)
{
    return from_ngtcp2(a) == b;
}

}  // namespace ltn::quic
