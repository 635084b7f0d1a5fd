// What can go wrong between two nodes and inside one, and how often it did.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace ltn::sim {

enum class Fault : uint8_t {
    loss,
    burst,
    duplicate,
    reorder,
    corrupt,
    mtu,
    partition,
    rebind,
    move,
    sink_full,
    send_error,
    clock_jump,
    clock_hour,
    suspend,
    count_,
};
inline constexpr size_t kFaultCount = static_cast<size_t>(Fault::count_);

std::string_view fault_name(Fault fault);

// Hits: datagrams lost, doubled and so on; rebinds, moves, jumps and suspensions that took place;
// sends that were refused (sink_full) or failed (send_error).
class FaultHits {
public:
    // How many kinds struck at least once.
    size_t kinds() const
    {
        size_t out = 0;
        for (const uint64_t hits : hits_) out += hits != 0 ? 1 : 0;
        return out;
    }

    void add(Fault fault, uint64_t hits = 1) { hits_[static_cast<size_t>(fault)] += hits; }
    uint64_t operator[](Fault fault) const { return hits_[static_cast<size_t>(fault)]; }
    void add(const FaultHits& other)
    {
        for (size_t i = 0; i < kFaultCount; ++i) hits_[i] += other.hits_[i];
    }

private:
    std::array<uint64_t, kFaultCount> hits_{};
};

// One direction between two nodes. The defaults are a good line with 1 ms of delay.
struct LinkFaults {
    Nanos delay_ns = kMillisecond;
    Nanos jitter_ns = 0;  // added, without changing the order
    uint32_t loss_permille = 0;
    uint32_t burst_permille = 0;  // chance per datagram that a burst of losses begins
    uint32_t burst_len_max = 0;   // datagrams per burst, at most
    uint32_t duplicate_permille = 0;
    uint32_t reorder_permille = 0;  // delayed more than its followers
    Nanos reorder_ns = 0;           // by as much as this
    uint32_t corrupt_permille = 0;  // one to three bits
    uint32_t mtu = 0;               // largest UDP payload that passes; 0: all
};

}  // namespace ltn::sim
