// A UDP datagram on its way in, and a train of equally long ones on its way out. The only shape in
// which the pure part meets a network, real (src/io) or simulated (tests/sim).
#pragma once

#include "base/address.h"
#include "base/bytes.h"

namespace ltn {

struct Datagram {
    Address local;    // address it arrived at; port always set, IP may be unspecified
    Address remote;   // who sent it (not proved by anything)
    ByteView bytes;   // valid during the call only
    uint8_t ecn = 0;  // two bits of the IP header
};

// `bytes` holds one or more datagrams of `segment_len` bytes each; only the last may be shorter.
struct Train {
    Address local;
    Address remote;
    ByteView bytes;
    size_t segment_len = 0;
    uint8_t ecn = 0;
};

class DatagramSink {
public:
    virtual ~DatagramSink() = default;

    // False: the socket is full. The sender keeps the train (it is encrypted and numbered, so it
    // must not be rebuilt) and offers it again later.
    virtual bool send(const Train& train) = 0;
};

}  // namespace ltn
