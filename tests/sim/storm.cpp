#include "sim/storm.h"

#include <algorithm>
#include <utility>

namespace ltn::sim {

Storm::Storm(Network& network, StormConfig config, SeededRandom random)
    : network_(network), config_(std::move(config)), random_(random)
{
    std::vector<Fault> left;
    for (size_t i = 0; i < kFaultCount; ++i) left.push_back(static_cast<Fault>(i));
    if (config_.clients.empty()) {
        for (const Fault kind : {Fault::rebind, Fault::move, Fault::clock_hour}) {
            std::erase(left, kind);
        }
    }
    const uint64_t wanted = random_.between(config_.kinds_min, config_.kinds_max);
    while (kinds_.size() < wanted && !left.empty()) {
        const size_t pick = random_.below(left.size());
        kinds_.push_back(left[pick]);
        left.erase(left.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    choose_lines();
    network_.set_all_links(lines_);
    schedule();
}

bool Storm::has(Fault kind) const
{
    return std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end();
}

void Storm::choose_lines()
{
    // From a local network to another continent; half of the seeds have short lines.
    lines_.delay_ns = random_.chance(500) ? random_.between(20, 1'000) * kMicrosecond
                                          : random_.between(1, 120) * kMillisecond;
    lines_.jitter_ns = random_.below(lines_.delay_ns / 2 + 1);
    if (has(Fault::loss)) lines_.loss_permille = static_cast<uint32_t>(random_.between(5, 300));
    if (has(Fault::burst)) {
        lines_.burst_permille = static_cast<uint32_t>(random_.between(1, 15));
        lines_.burst_len_max = static_cast<uint32_t>(random_.between(2, 40));
    }
    if (has(Fault::duplicate)) {
        lines_.duplicate_permille = static_cast<uint32_t>(random_.between(10, 300));
    }
    if (has(Fault::reorder)) {
        lines_.reorder_permille = static_cast<uint32_t>(random_.between(10, 200));
        lines_.reorder_ns = random_.between(1, 500) * kMillisecond;
    }
    if (has(Fault::corrupt)) {
        lines_.corrupt_permille = static_cast<uint32_t>(random_.between(5, 80));
    }
}

void Storm::repeat(Nanos gap_min_ns, Nanos gap_max_ns, std::function<void()> act)
{
    const Nanos at_ns = network_.now_ns() + random_.between(gap_min_ns, gap_max_ns);
    if (at_ns >= config_.end_ns) return;
    network_.at(at_ns, [this, gap_min_ns, gap_max_ns, act = std::move(act)] {
        act();
        repeat(gap_min_ns, gap_max_ns, act);
    });
}

void Storm::schedule()
{
    if (has(Fault::mtu)) {
        // The path becomes narrower (never below what QUIC demands) and sometimes wide again.
        repeat(10 * kMillisecond, 5 * kSecond, [this] {
            lines_.mtu =
                random_.chance(250) ? 0 : static_cast<uint32_t>(random_.between(1'200, 1'450));
            network_.set_all_links(lines_);
        });
    }
    if (has(Fault::partition) && config_.all.size() > 1) {
        repeat(10 * kMillisecond, 8 * kSecond, [this] {
            const NodeId from = any();
            NodeId to = any();
            while (to == from) to = any();
            const Nanos until = network_.now_ns() + random_.between(50, 4'000) * kMillisecond;
            network_.cut(from, to, std::min(until, config_.end_ns));
        });
    }
    if (has(Fault::rebind)) {
        // A box that forgets after a second, or after a minute.
        const Nanos gap_ns =
            std::min(random_.between(1, 60) * kSecond, config_.end_ns - network_.now_ns());
        repeat(gap_ns / 2, gap_ns, [this] {
            const NodeId id = config_.clients[random_.below(config_.clients.size())];
            Address outer = network_.address(id);
            // A new port as most boxes give, now and then another address.
            outer.port = next_port_++;
            if (random_.chance(300)) outer.ip[3] = static_cast<uint8_t>(random_.between(100, 250));
            network_.rebind(id, outer);
        });
    }
    if (has(Fault::move)) {
        repeat(kSecond, 30 * kSecond, [this] {
            const NodeId id = config_.clients[random_.below(config_.clients.size())];
            network_.move(id,
                          Address::v4(10, 0, static_cast<uint8_t>(random_.between(100, 250)),
                                      static_cast<uint8_t>(random_.between(1, 250)), next_port_++));
        });
    }
    if (has(Fault::send_error)) {
        repeat(kMillisecond, 2 * kSecond,
               [this] { network_.fail_sends(any(), random_.between(1, 6)); });
    }
    if (has(Fault::sink_full)) {
        repeat(kMillisecond, kSecond, [this] {
            const Nanos until = network_.now_ns() + random_.between(1, 200) * kMillisecond;
            network_.fill_sink(any(), std::min(until, config_.end_ns), random_.below(4));
        });
    }
    if (has(Fault::clock_jump)) {
        repeat(10 * kMillisecond, 10 * kSecond, [this] {
            const auto range = static_cast<uint64_t>(config_.clock_jump_ms_max);
            const auto offset =
                static_cast<int64_t>(random_.below(2 * range + 1)) - config_.clock_jump_ms_max;
            network_.jump_clock(any(), random_.chance(500) ? offset : offset / 100);
        });
    }
    if (has(Fault::clock_hour)) {
        // Clients both ways; a server that was ahead would refuse everybody for the hour after it
        // went back (it has forgotten what it saw), which is a story of its own.
        repeat(10 * kMillisecond, 10 * kSecond, [this] {
            const NodeId id = any();
            const bool client = std::find(config_.clients.begin(), config_.clients.end(), id) !=
                                config_.clients.end();
            const bool ahead = client && random_.chance(500);
            network_.jump_clock(id, ahead ? config_.clock_hour_ms : -config_.clock_hour_ms);
        });
    }
    if (has(Fault::suspend)) {
        repeat(10 * kMillisecond, 15 * kSecond, [this] {
            const uint64_t s_max = random_.chance(900) ? 5 : config_.suspend_s_max;
            const Nanos until =
                network_.now_ns() + random_.between(50, s_max * 1000) * kMillisecond;
            network_.suspend(any(), std::min(until, config_.end_ns));
        });
    }
    network_.at(config_.end_ns, [this] { network_.calm(); });
}

std::string Storm::text() const
{
    std::string out;
    for (const Fault kind : kinds_) {
        if (!out.empty()) out += ", ";
        out += fault_name(kind);
    }
    return out + "; delay " + std::to_string(lines_.delay_ns / kMicrosecond) + " us, loss " +
           std::to_string(lines_.loss_permille) + " permille";
}

}  // namespace ltn::sim
