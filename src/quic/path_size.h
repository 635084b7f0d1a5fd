// How large a datagram a path still takes. ngtcp2 searches upwards once and never looks back: when
// a live path becomes narrower, full packets are lost for ever, retransmissions and all. When only
// they seem to get lost we fall back to what ordinary networks take, then to what QUIC demands of
// every path, and try again later.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace ltn::quic {

class PathSize {
public:
    static constexpr size_t kSure = 1200;
    static constexpr size_t kOrdinary = 1452;  // Ethernet and IPv6; all that old peers send
    static constexpr Nanos kFirstTryAfter = 10 * kSecond;
    static constexpr Nanos kLastTryAfter = 600 * kSecond;

    bool narrow() const { return step_ != Step::found; }
    size_t limit(size_t offered) const
    {
        return std::min(offered, size_of(trial_left_ > 0 ? wider() : step_));
    }
    // Of the last fall; 0 if there was none.
    Nanos fell_ns() const { return fell_ns_; }

    // `found` is what the search has found so far: longer packets are its probes and say nothing.
    void sent(size_t len, size_t found, Nanos now_ns)
    {
        found_ = found;
        if (len > found || len <= small()) return;
        ++large_sent_;
        large_unheard_ = true;
        if (trial_left_ > 0 && --trial_left_ == 0) next_ns_ = now_ns + 4 * pto_ns_;
    }

    // Something of a stream was acknowledged.
    void progress()
    {
        silent_ = false;
        large_unheard_ = false;
    }

    // Nothing was acknowledged for so long that a probe must have been lost, too.
    void silence(Nanos now_ns)
    {
        silent_ = true;
        if (large_unheard_ && may_fall()) fall(now_ns);
    }

    // What the connection lost so far, all told.
    void losses(uint64_t packets, uint64_t bytes, Nanos now_ns)
    {
        const uint64_t fresh = packets - lost_packets_, fresh_bytes = bytes - lost_bytes_;
        lost_packets_ = packets;
        lost_bytes_ = bytes;
        // What was sent before the last fall is reported late, and larger than what is sent now.
        const size_t largest = size_of(in_trial_ ? wider() : step_);
        if (fresh > 0 && fresh_bytes > fresh * small() && fresh_bytes <= fresh * largest) {
            large_lost_ += fresh;
        }
        if (!may_fall()) return;
        if (large_lost_ >= kLossesMin && large_lost_ * 4 >= large_sent_ * 3) {
            fall(now_ns);
        } else if (large_sent_ >= kWindow) {
            large_sent_ /= 2;
            large_lost_ /= 2;
        }
    }

    // Looks whether the path is wide again: a few full packets, and then a pause to see what
    // becomes of them. When to be called again, kNever if there is nothing to wait for.
    Nanos tick(Nanos now_ns, Nanos pto_ns)
    {
        if (!narrow()) return kNever;
        pto_ns_ = pto_ns;
        if (now_ns < next_ns_) return next_ns_;
        if (!in_trial_) {
            in_trial_ = true;
            trial_left_ = kTrialPackets;
            large_sent_ = large_lost_ = 0;
        }
        if (trial_left_ > 0) {  // nothing large to send is no verdict
            next_ns_ = now_ns + kFirstTryAfter;
            return next_ns_;
        }
        const bool good = large_lost_ == 0 && !silent_;
        in_trial_ = false;
        if (good && wider() == Step::found) {
            *this = kept();
            return kNever;
        }
        large_sent_ = large_lost_ = 0;
        if (good) {
            step_ = wider();
            try_after_ns_ = kFirstTryAfter;
        } else {
            try_after_ns_ = std::min(2 * try_after_ns_, kLastTryAfter);
        }
        next_ns_ = now_ns + try_after_ns_;
        return next_ns_;
    }

    // Another path: nothing is known of it.
    void moved() { *this = kept(); }

private:
    enum class Step : uint8_t { sure, ordinary, found };

    static constexpr size_t kAny = 65'535;
    static constexpr uint64_t kLossesMin = 4;
    static constexpr uint64_t kWindow = 64;
    static constexpr unsigned kTrialPackets = 2;

    static size_t size_of(Step step)
    {
        if (step == Step::found) return kAny;
        return step == Step::ordinary ? kOrdinary : kSure;
    }
    Step narrower() const
    {
        return step_ == Step::found && found_ > kOrdinary ? Step::ordinary : Step::sure;
    }
    Step wider() const
    {
        return step_ == Step::sure && found_ > kOrdinary ? Step::ordinary : Step::found;
    }
    bool may_fall() const { return step_ != Step::sure && !in_trial_; }
    // Packets of this size get through whatever becomes of the large ones.
    size_t small() const { return size_of(in_trial_ ? step_ : narrower()); }

    void fall(Nanos now_ns)
    {
        step_ = narrower();
        fell_ns_ = now_ns;
        large_unheard_ = false;
        trial_left_ = 0;
        next_ns_ = now_ns + try_after_ns_;
        large_sent_ = large_lost_ = 0;
    }
    PathSize kept() const
    {
        PathSize fresh;
        fresh.lost_packets_ = lost_packets_;
        fresh.lost_bytes_ = lost_bytes_;
        return fresh;
    }

    Step step_ = Step::found;
    bool in_trial_ = false;
    bool large_unheard_ = false;  // sent since the last acknowledgement
    bool silent_ = false;
    unsigned trial_left_ = 0;
    size_t found_ = kSure;
    uint64_t large_sent_ = 0, large_lost_ = 0;
    uint64_t lost_packets_ = 0, lost_bytes_ = 0;
    Nanos try_after_ns_ = kFirstTryAfter;
    Nanos next_ns_ = 0;
    Nanos pto_ns_ = 0;
    Nanos fell_ns_ = 0;
};

}  // namespace ltn::quic
