// Between Address and the kernel's socket addresses. Canonical in both directions: what arrives
// IPv4-mapped on a dual-stack socket is IPv4, and IPv4 is mapped again on its way out of one.
#pragma once

#include <sys/socket.h>

#include <string>

#include "base/address.h"

namespace ltn::io {

// Family::none if the kernel's address is neither IPv4 nor IPv6.
Address from_sockaddr(const sockaddr_storage& raw);

// Writes `address` as a socket of `socket_family` (AF_INET, AF_INET6) wants it. Length 0 if it
// cannot be expressed: IPv6 on an IPv4 socket.
socklen_t to_sockaddr(const Address& address, int socket_family, sockaddr_storage& out);

// "Address already in use" and so on; thread-safe, no locale.
std::string system_reason(int error_number);

}  // namespace ltn::io
