// Control messages of UDP: segment length (GSO, GRO), local address and ECN, in both directions.
// Apart from udp_socket.cpp because every byte here is kernel interface and none of it policy.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

#include "base/address.h"

namespace ltn::io {

// Room for one of each that we ask for: packet info (28 with header up to 40), class, segment
// length, and as much again, because a truncated control buffer costs the datagram.
inline constexpr size_t kControlLen = 192;

struct ControlIn {
    Address local;             // port 0; Family::none if the kernel did not say
    uint32_t segment_len = 0;  // 0: one datagram, not a train
    uint8_t ecn = 0;
};
ControlIn read_control(const msghdr& message);

struct ControlOut {
    int socket_family = AF_INET;
    const Address* source = nullptr;  // nullptr: the kernel chooses
    bool destination_v4 = true;       // selects the level of the ECN message on a dual-stack socket
    uint16_t segment_len = 0;         // 0: no GSO
    uint8_t ecn = 0;
};
// Fills `buffer` (kControlLen bytes, aligned as cmsghdr) and points the message at it; leaves the
// message without control data when nothing was asked for.
void write_control(const ControlOut& wanted, uint8_t* buffer, msghdr& message);

}  // namespace ltn::io
