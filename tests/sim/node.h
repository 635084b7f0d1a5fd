// What takes part in a simulation: the same five members that the shell drives in production.
#pragma once

#include "base/datagram.h"
#include "base/time.h"

namespace ltn::sim {

class Node {
public:
    virtual ~Node() = default;

    virtual void receive(const Datagram& datagram, Instant now) = 0;
    virtual Nanos next_expiry_ns() const = 0;
    virtual void handle_expiry(Instant now) = 0;
    virtual bool wants_flush() const = 0;
    virtual bool flush(DatagramSink& sink, Instant now) = 0;
};

}  // namespace ltn::sim
