#include "runtime/spinner.h"

#include <sched.h>

namespace ltn::runtime {

uint32_t usable_cpus()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return static_cast<uint32_t>(CPU_COUNT(&set));
}

}  // namespace ltn::runtime
