#include "sim/link.h"

#include <algorithm>

namespace ltn::sim {

Nanos Link::arrival_time(Nanos now_ns, FaultHits& hits)
{
    const Nanos plain = now_ns + faults_.delay_ns + random_.below(faults_.jitter_ns + 1);
    if (random_.chance(faults_.reorder_permille)) {
        hits.add(Fault::reorder);
        return plain + random_.between(1, std::max<Nanos>(faults_.reorder_ns, 1));
    }
    latest_ns_ = std::max(latest_ns_, plain);
    return latest_ns_;
}

Fault Link::carry(ByteView bytes, Nanos now_ns, FaultHits& hits, std::vector<Arrival>& out)
{
    const auto lost = [&hits](Fault fault) {
        hits.add(fault);
        return fault;
    };
    if (now_ns < cut_until_ns_) return lost(Fault::partition);
    if (faults_.mtu != 0 && bytes.size() > faults_.mtu) return lost(Fault::mtu);
    if (faults_.burst_permille == 0) burst_left_ = 0;  // the weather changed meanwhile
    if (burst_left_ > 0) {
        --burst_left_;
        return lost(Fault::burst);
    }
    if (random_.chance(faults_.burst_permille)) {
        burst_left_ = random_.below(std::max<uint32_t>(faults_.burst_len_max, 1));
        return lost(Fault::burst);
    }
    if (random_.chance(faults_.loss_permille)) return lost(Fault::loss);

    Arrival arrival;
    arrival.at_ns = arrival_time(now_ns, hits);
    arrival.bytes.assign(bytes.begin(), bytes.end());
    const bool twice = random_.chance(faults_.duplicate_permille);
    if (twice) {
        hits.add(Fault::duplicate);
        out.push_back({arrival_time(now_ns, hits), arrival.bytes});
    }
    if (!arrival.bytes.empty() && random_.chance(faults_.corrupt_permille)) {
        hits.add(Fault::corrupt);
        for (uint64_t flips = random_.between(1, 3); flips > 0; --flips) {
            const uint64_t bit = random_.below(arrival.bytes.size() * 8);
            arrival.bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
        }
    }
    out.push_back(std::move(arrival));
    return Fault::count_;
}

}  // namespace ltn::sim
