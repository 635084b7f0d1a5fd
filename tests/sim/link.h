// One direction of a line: takes a datagram at a moment and says when which bytes come out.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "sim/faults.h"
#include "sim/seeded_random.h"

namespace ltn::sim {

struct Arrival {
    Nanos at_ns = 0;
    Bytes bytes;
};

class Link {
public:
    Link(const LinkFaults& faults, SeededRandom random) : faults_(faults), random_(random) {}

    LinkFaults& faults() { return faults_; }
    // Nothing passes before this moment.
    void cut_until(Nanos at_ns) { cut_until_ns_ = at_ns; }

    // Appends zero (lost), one or two arrivals. Returns the fault that lost it, or
    // count_.
    Fault carry(ByteView bytes, Nanos now_ns, FaultHits& hits, std::vector<Arrival>& out);

private:
    Nanos arrival_time(Nanos now_ns, FaultHits& hits);

    LinkFaults faults_;
    SeededRandom random_;
    Nanos cut_until_ns_ = 0;
    Nanos latest_ns_ = 0;  // arrival of the newest datagram that kept its place
    uint64_t burst_left_ = 0;
};

}  // namespace ltn::sim
