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

Result<OpenedUdp> open_udp(const Address& address, const SocketOptions& options);

}  // namespace ltn::io
