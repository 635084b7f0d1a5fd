#include "io/udp_setup.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "io/sockaddr.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace ltn::io {

namespace {

bool set_int(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

int get_int(int fd, int level, int name)
{
    int value = 0;
    socklen_t len = sizeof value;
    return getsockopt(fd, level, name, &value, &len) == 0 ? value : 0;
}

// The kernel reports twice what may be used, half of it being its own bookkeeping.
int ask_buffer(int fd, int force_name, int name, int bytes)
{
    // Without privilege the first is refused, and the second is cut silently to the system's limit.
    if (!set_int(fd, SOL_SOCKET, force_name, bytes)) set_int(fd, SOL_SOCKET, name, bytes);
    return get_int(fd, SOL_SOCKET, name) / 2;
}

void ask_path(int fd, int family, bool wildcard)
{
    // "Probe": never fragment, and ignore what the kernel believes to be the path's MTU, because
    // the QUIC layer probes itself and an ICMP message that anyone can forge must not shrink it.
    if (family == AF_INET) {
        set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
        set_int(fd, IPPROTO_IP, IP_RECVTOS, 1);
        if (wildcard) set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
        return;
    }
    set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set_int(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    // IPv4 packets of a dual-stack socket take the IPv4 settings. Fails harmlessly elsewhere.
    set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    set_int(fd, IPPROTO_IP, IP_RECVTOS, 1);
    if (wildcard) set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

Error bind_failure(const Address& address, const char* step, int error_number)
{
    return {Code::io, Category::connection,
            "Failed to " + std::string(step) + " " + address.text() + ": " +
                system_reason(error_number)};
}

}  // namespace

Result<OpenedUdp> open_udp(const Address& address, const SocketOptions& options, PortUse use)
{
    if (address.family == Address::Family::none) {
        return Error(Code::invalid_argument, Category::connection,
                     "Failed to bind: expected an IPv4 or IPv6 address, got none");
    }
    OpenedUdp out;
    out.family = address.family == Address::Family::v4 ? AF_INET : AF_INET6;
    out.wildcard = address.is_unspecified();
    out.fd = socket(out.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (out.fd < 0) return bind_failure(address, "open a socket for", errno);

    const auto give_up = [&](const char* step) {
        const int reason = errno;
        close(out.fd);
        return bind_failure(address, step, reason);
    };
    // Always said, because the system's default (bindv6only) differs between machines.
    if (out.family == AF_INET6 &&
        !set_int(out.fd, IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only ? 1 : 0)) {
        return give_up("choose the address families of");
    }
    out.report.receive_buffer_bytes =
        ask_buffer(out.fd, SO_RCVBUFFORCE, SO_RCVBUF, options.buffer_bytes);
    out.report.send_buffer_bytes =
        ask_buffer(out.fd, SO_SNDBUFFORCE, SO_SNDBUF, options.buffer_bytes);
    ask_path(out.fd, out.family, out.wildcard);

    // Segment length 0 changes nothing and is refused by kernels that do not know the option.
    out.report.gso = options.gso && set_int(out.fd, IPPROTO_UDP, UDP_SEGMENT, 0);
    // Worth it even when we do not send trains: without, the sender splits in software inside its
    // own system call, ten times as dear.
    out.report.gro = options.gro && set_int(out.fd, IPPROTO_UDP, UDP_GRO, 1);

    if (use == PortUse::group_next && !set_int(out.fd, SOL_SOCKET, SO_REUSEPORT, 1)) {
        return give_up("share the port of");
    }
    sockaddr_storage raw{};
    const socklen_t len = to_sockaddr(address, out.family, raw);
    if (bind(out.fd, reinterpret_cast<const sockaddr*>(&raw), len) != 0) return give_up("bind");
    if (use == PortUse::group_first && !set_int(out.fd, SOL_SOCKET, SO_REUSEPORT, 1)) {
        return give_up("share the port of");
    }
    socklen_t got = sizeof raw;
    if (getsockname(out.fd, reinterpret_cast<sockaddr*>(&raw), &got) != 0) {
        return give_up("read back the address of");
    }
    out.local = from_sockaddr(raw);
    return out;
}

}  // namespace ltn::io
