// When to ask the host for a list again: at start, at its interval less up to a tenth (so that a
// thousand servers do not ask one chain node in the same second), and sooner after a failure.
#pragma once

#include <algorithm>
#include <array>

#include "base/random.h"
#include "base/time.h"

namespace ltn::transport {

class Refresh {
public:
    static constexpr Nanos kRetryFirst = 5 * kSecond;
    static constexpr Nanos kConfirm = 10 * kSecond;

    Refresh(Nanos interval_ns, Nanos now_ns) : interval_ns_(interval_ns), due_ns_(now_ns) {}

    Nanos due_ns() const { return due_ns_; }
    // Once each time it is due; the next time is set whether an answer comes or not.
    bool take_due(Nanos now_ns, Random& random)
    {
        if (now_ns < due_ns_) return false;
        due_ns_ = saturating_add(now_ns, with_jitter(interval_ns_, random));
        return true;
    }
    void succeeded() { retry_ns_ = kRetryFirst; }
    // Again after 5, 10, 20 ... seconds, never later than ordinarily.
    void failed(Nanos now_ns, Random& random)
    {
        sooner(now_ns, with_jitter(retry_ns_, random));
        retry_ns_ = std::min(retry_ns_ * 2, std::max(interval_ns_, kRetryFirst));
    }
    // A held answer wants its confirmation.
    void confirm(Nanos now_ns) { sooner(now_ns, kConfirm); }

private:
    void sooner(Nanos now_ns, Nanos by_ns)
    {
        due_ns_ = std::min(due_ns_, saturating_add(now_ns, std::min(by_ns, interval_ns_)));
    }
    static Nanos with_jitter(Nanos interval_ns, Random& random)
    {
        std::array<uint8_t, 4> raw{};
        random.fill(raw);
        const uint32_t draw = raw[0] | raw[1] << 8 | raw[2] << 16;
        return interval_ns - interval_ns / 10 / (1 << 24) * draw;
    }

    Nanos interval_ns_;
    Nanos due_ns_;
    Nanos retry_ns_ = kRetryFirst;
};

}  // namespace ltn::transport
