// How large a datagram a path still takes. ngtcp2 searches upwards once and never looks back: when
// a live path becomes narrower, full packets are lost for ever, retransmissions and all. When only
// they seem to get lost we fall back to what QUIC demands of every path, and try again later.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace ltn::quic {

class PathSize {
public:
    static constexpr size_t kSure = 1200;
    static constexpr Nanos kFirstTryAfter = 10 * kSecond;
    static constexpr Nanos kLastTryAfter = 600 * kSecond;

    bool narrow() const { return narrow_; }
    size_t limit(size_t offered) const
    {
        return narrow_ && trial_left_ == 0 ? std::min(offered, kSure) : offered;
    }

    void sent(size_t len)
    {
        if (len <= kSure) return;
        ++large_sent_;
        large_unheard_ = true;
        if (trial_left_ > 0) --trial_left_;
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
        if (large_unheard_ && !narrow_) fall_back(now_ns);
    }

    // What the connection lost so far, all told.
    void losses(uint64_t packets, uint64_t bytes, Nanos now_ns)
    {
        const uint64_t fresh = packets - lost_packets_, fresh_bytes = bytes - lost_bytes_;
        lost_packets_ = packets;
        lost_bytes_ = bytes;
        if (fresh > 0 && fresh_bytes > fresh * kSure) large_lost_ += fresh;
        if (!narrow_ && large_lost_ >= kLossesMin && large_lost_ * 4 >= large_sent_ * 3) {
            fall_back(now_ns);
        } else if (!narrow_ && large_sent_ >= kWindow) {
            large_sent_ /= 2;
            large_lost_ /= 2;
        }
    }

    // Looks whether the path is wide again: a few full packets, and then a pause to see what
    // becomes of them. When to be called again, kNever if there is nothing to wait for.
    Nanos tick(Nanos now_ns, Nanos pto_ns)
    {
        if (!narrow_) return kNever;
        if (now_ns < next_ns_) return next_ns_;
        if (!in_trial_) {
            in_trial_ = true;
            trial_left_ = kTrialPackets;
            large_sent_ = large_lost_ = 0;
            next_ns_ = now_ns + 4 * pto_ns;
            return next_ns_;
        }
        in_trial_ = false;
        const bool tried = trial_left_ == 0;
        trial_left_ = 0;
        if (tried && large_lost_ == 0 && !silent_) {
            *this = kept();
            return kNever;
        }
        // Nothing large to send is no verdict.
        if (tried) try_after_ns_ = std::min(2 * try_after_ns_, kLastTryAfter);
        next_ns_ = now_ns + try_after_ns_;
        return next_ns_;
    }

    // Another path: nothing is known of it.
    void moved() { *this = kept(); }

private:
    static constexpr uint64_t kLossesMin = 4;
    static constexpr uint64_t kWindow = 64;
    static constexpr unsigned kTrialPackets = 2;

    void fall_back(Nanos now_ns)
    {
        narrow_ = true;
        in_trial_ = false;
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

    bool narrow_ = false;
    bool in_trial_ = false;
    bool large_unheard_ = false;  // sent since the last acknowledgement
    unsigned trial_left_ = 0;
    bool silent_ = false;
    uint64_t large_sent_ = 0, large_lost_ = 0;
    uint64_t lost_packets_ = 0, lost_bytes_ = 0;
    Nanos try_after_ns_ = kFirstTryAfter;
    Nanos next_ns_ = 0;
};

}  // namespace ltn::quic
