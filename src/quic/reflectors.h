// Whoever sends from one of these ports is a server answering somebody else's question with our
// address in it: an answer of ours would be the second half of a reflection.
#pragma once

#include <cstdint>

#include "base/address.h"

namespace ltn::quic {

inline bool reflects(const Address& remote)
{
    constexpr uint16_t kPorts[] = {0,    7,    13,   17,   19,   53,   69,   111,
                                   123,  137,  138,  161,  389,  500,  520,  623,
                                   1434, 1900, 3283, 3702, 5060, 5353, 5683, 11211};
    for (uint16_t port : kPorts) {
        if (port == remote.port) return true;
    }
    return false;
}

}  // namespace ltn::quic
