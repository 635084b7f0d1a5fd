// The options of a runtime.
#include "runtime/loop_group.h"
#include "runtime/option_table.h"

namespace ltn::runtime {

namespace {

using namespace table;

const Option<LoopConfig> kRuntime[] = {
    {"loops", count, 1, LoopGroup::kLoopsMax, "1",
     "Threads that serve, each with a socket of its own on a server's port; a client lives on one. "
     "More than 1 needs the thread drive, and handlers that may run at the same time. Ours.",
     LTN_APPLY(LoopConfig, c.loops = static_cast<uint32_t>(v))},
    {"spin_us", count, 0, 1'000'000, "50",
     "Longest time to poll before sleeping, in microseconds; 0 never polls. Learns when to stop.",
     LTN_APPLY(LoopConfig, c.spin_ns = v * kMicrosecond)},
    {"socket_buffer_bytes", bytes, 65536, 1U << 30, "4194304",
     "Asked of the system for each socket and direction.",
     LTN_APPLY(LoopConfig, c.socket.buffer_bytes = static_cast<int>(v))},
    {"udp_offload", flag, 0, 1, "true", "UDP_SEGMENT and UDP_GRO where the system has them.",
     LTN_APPLY(LoopConfig, c.socket.gso = v != 0; c.socket.gro = v != 0)},
};

}  // namespace

std::span<const Option<LoopConfig>> runtime_options()
{
    return kRuntime;
}

}  // namespace ltn::runtime
