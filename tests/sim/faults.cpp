#include "sim/faults.h"

namespace ltn::sim {

std::string_view fault_name(Fault fault)
{
    switch (fault) {
        case Fault::loss: return "loss";
        case Fault::burst: return "burst";
        case Fault::duplicate: return "duplicate";
        case Fault::reorder: return "reorder";
        case Fault::corrupt: return "corrupt";
        case Fault::mtu: return "mtu";
        case Fault::partition: return "partition";
        case Fault::rebind: return "rebind";
        case Fault::move: return "move";
        case Fault::sink_full: return "sink_full";
        case Fault::send_error: return "send_error";
        case Fault::clock_jump: return "clock_jump";
        case Fault::clock_hour: return "clock_hour";
        case Fault::suspend: return "suspend";
        case Fault::count_: break;
    }
    return "unknown";
}

}  // namespace ltn::sim
