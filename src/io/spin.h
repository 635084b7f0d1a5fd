// How long to poll before sleeping. Decision logic alone: time and outcomes come in, a budget comes
// out, so that it is tested on a virtual clock. A closed loop of small calls gains five times from
// polling 20 us first (speed-T1); a wait that polling never ends early only burns the processor,
// hence the average and the stop.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace ltn::io {

struct SpinConfig {
    Nanos window_ns = 20 * kMicrosecond;        // nothing outstanding
    Nanos window_busy_ns = 150 * kMicrosecond;  // answers are awaited: the peer may have a batch
    uint32_t fruitless_max = 8;                 // windows in a row without a hit, then no polling
    uint32_t hit_rate_min_permille = 125;       // below this average polling does not pay
    uint32_t cpus = 2;                          // one: polling keeps the peer from running
};

class SpinPolicy {
public:
    explicit SpinPolicy(const SpinConfig& config) : config_(config) {}

    // How long to poll now; 0: sleep at once.
    Nanos budget_ns(bool outstanding) const
    {
        if (config_.cpus <= 1 || stopped_) return 0;
        return window_of(outstanding);
    }

    // Something came while polling.
    void hit()
    {
        ++hits_;
        fruitless_ = 0;
        average(1000);
    }

    // The window ended with nothing.
    void miss()
    {
        ++misses_;
        ++fruitless_;
        average(0);
        if (fruitless_ >= config_.fruitless_max || rate_permille_ < config_.hit_rate_min_permille) {
            stopped_ = true;
            // Polling starts again from what short sleeps show, not from older luck.
            rate_permille_ = 0;
        }
    }

    // A sleep without polling ended after this long. Short sleeps are hits that were given away, and
    // enough of them start polling again: no probing windows are spent on a quiet line.
    void slept(Nanos duration_ns, bool outstanding)
    {
        if (!stopped_) return;
        average(duration_ns <= window_of(outstanding) + kWakeCost ? 1000 : 0);
        // Twice the limit, so that it does not flap around it.
        if (rate_permille_ >= 2 * config_.hit_rate_min_permille) {
            stopped_ = false;
            fruitless_ = 0;
        }
    }

    bool stopped() const { return stopped_; }
    uint32_t hit_rate_permille() const { return rate_permille_; }
    uint64_t hits() const { return hits_; }
    uint64_t misses() const { return misses_; }

private:
    // Waking a sleeper takes this long by itself, so a sleep looks longer than the wait was.
    static constexpr Nanos kWakeCost = 30 * kMicrosecond;

    Nanos window_of(bool outstanding) const
    {
        return outstanding ? config_.window_busy_ns : config_.window_ns;
    }

    void average(uint32_t permille) { rate_permille_ = (rate_permille_ * 7 + permille) / 8; }

    SpinConfig config_;
    uint32_t rate_permille_ = 1000;  // the first windows are free
    uint32_t fruitless_ = 0;
    bool stopped_ = false;
    uint64_t hits_ = 0;
    uint64_t misses_ = 0;
};

}  // namespace ltn::io
