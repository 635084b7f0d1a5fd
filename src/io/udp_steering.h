// Tells the kernel which socket of a group that shares one port gets a datagram: the one whose
// number is hidden in the connection id. Only a fast path: whoever gets a datagram of another hands
// it over, so nothing breaks where the kernel refuses the program, or a train mixes connections.
#pragma once

#include <cstdint>

namespace ltn::io {

// How the socket's number is hidden: the first two bytes of an id of `id_len` bytes and the mask
// give it by exclusive or. A result that is no socket's number leaves the choice to the kernel's
// hash of the addresses, which is the same for every datagram of one peer's socket.
struct SteeringRule {
    uint8_t mask = 0;
    uint8_t id_len = 8;
};

// `fd` is any socket of the group, after all of them are bound: the program's answers count in the
// order of binding. False when the kernel will not have it.
bool steer_group(int fd, const SteeringRule& rule);

}  // namespace ltn::io
