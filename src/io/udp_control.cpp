#include "io/udp_control.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <cstring>

#include "io/sockaddr.h"

// Older C libraries lack the two names; the numbers are Linux ABI.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace ltn::io {

namespace {

template <class T>
void append(msghdr& message, uint8_t* buffer, size_t& used, int level, int type, const T& value)
{
    cmsghdr header{};
    header.cmsg_level = level;
    header.cmsg_type = type;
    header.cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(buffer + used, &header, sizeof header);
    std::memcpy(buffer + used + CMSG_LEN(0), &value, sizeof value);
    used += CMSG_SPACE(sizeof value);
    message.msg_control = buffer;
    message.msg_controllen = used;
}

template <class T>
T value_of(const cmsghdr* entry)
{
    T value{};
    std::memcpy(&value, CMSG_DATA(entry), sizeof value);
    return value;
}

void append_source(const ControlOut& wanted, msghdr& message, uint8_t* buffer, size_t& used)
{
    sockaddr_storage raw{};
    if (to_sockaddr(*wanted.source, wanted.socket_family, raw) == 0) return;
    if (wanted.socket_family == AF_INET) {
        sockaddr_in in;
        std::memcpy(&in, &raw, sizeof in);
        in_pktinfo info{};
        info.ipi_spec_dst = in.sin_addr;
        append(message, buffer, used, IPPROTO_IP, IP_PKTINFO, info);
        return;
    }
    sockaddr_in6 in;
    std::memcpy(&in, &raw, sizeof in);
    in6_pktinfo info{};
    info.ipi6_addr = in.sin6_addr;
    info.ipi6_ifindex = in.sin6_scope_id;
    append(message, buffer, used, IPPROTO_IPV6, IPV6_PKTINFO, info);
}

}  // namespace

ControlIn read_control(const msghdr& message)
{
    ControlIn out;
    msghdr* walk = const_cast<msghdr*>(&message);  // the CMSG macros take no const
    for (cmsghdr* entry = CMSG_FIRSTHDR(walk); entry != nullptr; entry = CMSG_NXTHDR(walk, entry)) {
        if (entry->cmsg_level == IPPROTO_UDP && entry->cmsg_type == UDP_GRO) {
            const int len = value_of<int>(entry);
            out.segment_len = len > 0 ? static_cast<uint32_t>(len) : 0;
        } else if (entry->cmsg_level == IPPROTO_IP && entry->cmsg_type == IP_TOS) {
            out.ecn = value_of<uint8_t>(entry) & 3;
        } else if (entry->cmsg_level == IPPROTO_IPV6 && entry->cmsg_type == IPV6_TCLASS) {
            out.ecn = static_cast<uint8_t>(value_of<int>(entry) & 3);
        } else if (entry->cmsg_level == IPPROTO_IP && entry->cmsg_type == IP_PKTINFO) {
            const auto info = value_of<in_pktinfo>(entry);
            sockaddr_storage raw{};
            sockaddr_in in{};
            in.sin_family = AF_INET;
            // Not ipi_addr: for a broadcast that is no address one can answer from.
            in.sin_addr = info.ipi_spec_dst;
            std::memcpy(&raw, &in, sizeof in);
            out.local = from_sockaddr(raw);
        } else if (entry->cmsg_level == IPPROTO_IPV6 && entry->cmsg_type == IPV6_PKTINFO) {
            const auto info = value_of<in6_pktinfo>(entry);
            sockaddr_storage raw{};
            sockaddr_in6 in{};
            in.sin6_family = AF_INET6;
            in.sin6_addr = info.ipi6_addr;
            // A zone belongs to link-local addresses alone; on others it would make two
            // addresses of one.
            if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) in.sin6_scope_id = info.ipi6_ifindex;
            std::memcpy(&raw, &in, sizeof in);
            out.local = from_sockaddr(raw);
        }
    }
    return out;
}

void write_control(const ControlOut& wanted, uint8_t* buffer, msghdr& message)
{
    message.msg_control = nullptr;
    message.msg_controllen = 0;
    size_t used = 0;
    if (wanted.source != nullptr) append_source(wanted, message, buffer, used);
    if (wanted.segment_len != 0) {
        append(message, buffer, used, IPPROTO_UDP, UDP_SEGMENT, wanted.segment_len);
    }
    if (wanted.ecn != 0) {
        const int ecn = wanted.ecn;
        if (wanted.destination_v4) {
            append(message, buffer, used, IPPROTO_IP, IP_TOS, ecn);
        } else {
            append(message, buffer, used, IPPROTO_IPV6, IPV6_TCLASS, ecn);
        }
    }
}

}  // namespace ltn::io
