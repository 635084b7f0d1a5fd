// A stretch of bad weather: several kinds of fault at once, drawn from a seed, over all lines and
// nodes of a network, until a given moment. Then calm.
#pragma once

#include <string>
#include <vector>

#include "sim/network.h"

namespace ltn::sim {

struct StormConfig {
    std::vector<NodeId> clients;  // what may be rebound
    std::vector<NodeId> all;
    Nanos end_ns = 0;
    size_t kinds_min = 3;
    size_t kinds_max = 6;
    uint64_t suspend_s_max = 60;
    int64_t clock_jump_ms_max = 600'000;
    int64_t clock_hour_ms = 3'600'000;
};

class Storm {
public:
    // Schedules everything; outlives the network's run until `end_ns`.
    Storm(Network& network, StormConfig config, SeededRandom random);

    const std::vector<Fault>& kinds() const { return kinds_; }
    std::string text() const;  // "loss 120, reorder 30, ..."
    bool over() const { return network_.now_ns() >= config_.end_ns; }

private:
    bool has(Fault kind) const;
    void choose_lines();
    // Calls `act` at random moments, `gap` apart, until the end.
    void repeat(Nanos gap_min_ns, Nanos gap_max_ns, std::function<void()> act);
    void schedule();
    NodeId any() { return config_.all[random_.below(config_.all.size())]; }

    Network& network_;
    StormConfig config_;
    SeededRandom random_;
    std::vector<Fault> kinds_;
    LinkFaults lines_;
    uint16_t next_port_ = 20'000;
};

}  // namespace ltn::sim
