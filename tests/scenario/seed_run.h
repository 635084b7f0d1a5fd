// One seed's whole story: servers and clients meet in a storm, the storm ends, everybody must be
// able to talk again, everybody leaves.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "scenario/tally.h"
#include "sim/packet_log.h"

namespace ltn::scenario {

struct SeedResult {
    std::vector<std::string> violations;  // empty: all promises kept
    std::string weather;                  // kinds of fault, for the person who replays
    sim::PacketLog::Digest digest{};
    std::string not_usable;  // a pair that did not recover; empty: all did
    uint64_t calls = 0;
    size_t kinds_of_fault = 0;  // that struck
    int64_t heap_peak = 0;
    Nanos slowest_recovery_ns = 0;
};

// `dump`: where every datagram is written as text; nullptr: nowhere.
SeedResult run_seed(uint64_t seed, Tally& tally, std::FILE* dump);

}  // namespace ltn::scenario
