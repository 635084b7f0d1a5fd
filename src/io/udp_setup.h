// Opens and configures a UDP socket: what is asked of the kernel once, before the first datagram.
#pragma once

#include "base/address.h"
#include "base/status.h"
#include "io/udp_socket.h"

namespace ltn::io {

struct OpenedUdp {
    int fd = -1;
    int family = 0;         // AF_INET or AF_INET6
    bool wildcard = false;  // bound to the unspecified address: the kernel reports the local one
    Address local;          // with the port that the kernel chose
    SocketReport report;
};

// How a port is held. The first socket of a group binds alone, so that a port in somebody else's
// hands is an error as ever, and lets the others in only then.
enum class PortUse { alone, group_first, group_next };

Result<OpenedUdp> open_udp(const Address& address, const SocketOptions& options,
                           PortUse use = PortUse::alone);

}  // namespace ltn::io
