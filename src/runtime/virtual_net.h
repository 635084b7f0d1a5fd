// The network and clock of a virtual runtime: ports that exist only here, a fixed delay, seeded loss,
// and a time that moves when somebody steps or waits. For programs and bindings that test offline;
// the richer simulator of the core's own tests is tests/sim.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "base/random.h"
#include "base/time.h"
#include "runtime/port.h"

namespace ltn::runtime {

class VirtualNet {
public:
    explicit VirtualNet(uint64_t seed);
    ~VirtualNet();

    Instant now() const;
    // Moves time forward, never back.
    void advance_to(Nanos monotonic_ns);

    // Port 0 picks a free one. Code::io when the address is taken.
    Result<std::unique_ptr<Port>> open(const Address& address);
    // When the next datagram arrives; kNever when none is under way.
    Nanos next_arrival_ns() const;
    void set_loss_ppm(uint32_t parts_per_million) { loss_ppm_ = parts_per_million; }
    // Every random choice of the runtime comes from here.
    Random& random();

private:
    class VirtualPort;
    class Generator;
    struct Flight {
        Nanos at_ns = 0;
        Address from;
        Address to;
        Bytes bytes;
        uint8_t ecn = 0;
    };

    void send(const Address& from, const Train& train);

    std::unique_ptr<Generator> random_;
    Nanos now_ns_ = kSecond;
    uint32_t loss_ppm_ = 0;
    uint16_t next_port_ = 20000;
    std::deque<Flight> flights_;  // in order of arrival: the delay is the same for all
    std::map<Address, VirtualPort*> ports_;
};

}  // namespace ltn::runtime
