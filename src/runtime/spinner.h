// The spin of one thread: when to poll again and when to sleep, on top of io::SpinPolicy.
#pragma once

#include "io/spin.h"

namespace ltn::runtime {

// Processors this process may run on.
uint32_t usable_cpus();

class Spinner {
public:
    explicit Spinner(Nanos window_ns)
        : policy_({window_ns, window_ns, 8, 125, window_ns == 0 ? 1 : usable_cpus()})
    {
    }

    // Something happened: a new window begins.
    void worked(Nanos now_ns)
    {
        if (polling_) policy_.hit();
        polling_ = false;
        window_end_ns_ = now_ns + policy_.budget_ns(true);
        idle_since_ns_ = now_ns;
    }
    // Nothing happened at this look: whether to look again.
    bool again(Nanos now_ns)
    {
        if (now_ns < window_end_ns_) {
            polling_ = true;
            return true;
        }
        if (polling_) policy_.miss();
        polling_ = false;
        return false;
    }
    void slept(Nanos now_ns) { policy_.slept(now_ns - idle_since_ns_, true); }

private:
    io::SpinPolicy policy_;
    bool polling_ = false;
    Nanos window_end_ns_ = 0;
    Nanos idle_since_ns_ = 0;
};

}  // namespace ltn::runtime
