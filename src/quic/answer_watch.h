// Whether anybody still answers. A connection with something on its way looks four times in the time
// allowed: it is over when nothing came in between any of these looks, or when its congestion window
// was full at all of them. Looks are counted, not time: a machine that slept has looked once.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace ltn::quic {

class AnswerWatch {
public:
    static constexpr unsigned kLooks = 4;

    // kNever: nobody is watched.
    explicit AnswerWatch(Nanos allowed_ns)
        : pause_ns_(allowed_ns == kNever ? kNever : (allowed_ns + kLooks - 1) / kLooks)
    {
    }

    bool wanted() const { return pause_ns_ != kNever && due_ns_ == kNever; }
    Nanos due_ns() const { return due_ns_; }
    Nanos pause_ns() const { return pause_ns_; }

    // Something is on its way from now on.
    void begin(Nanos now_ns, uint64_t packets_received)
    {
        packets_received_ = packets_received;
        silent_looks_ = full_looks_ = 0;
        due_ns_ = saturating_add(now_ns, pause_ns_);
    }

    // An acknowledgement made room, however soon it is full again: bulk fills it at most looks.
    void made_room() { full_looks_ = 0; }

    struct Picture {
        bool waiting = false;  // something is on its way
        bool room = true;      // in the congestion window
        uint64_t packets_received = 0;
    };
    enum class Verdict : uint8_t { answered, silent, full };

    Verdict look(Nanos now_ns, const Picture& picture)
    {
        due_ns_ = kNever;
        if (!picture.waiting) return Verdict::answered;
        due_ns_ = saturating_add(now_ns, pause_ns_);
        const bool heard = picture.packets_received != packets_received_;
        packets_received_ = picture.packets_received;
        silent_looks_ = heard ? 0 : silent_looks_ + 1;
        full_looks_ = picture.room ? 0 : full_looks_ + 1;
        // The graver one first: silence alone does not end every connection.
        if (full_looks_ >= kLooks) return Verdict::full;
        return silent_looks_ >= kLooks ? Verdict::silent : Verdict::answered;
    }

private:
    Nanos pause_ns_;
    Nanos due_ns_ = kNever;
    uint64_t packets_received_ = 0;
    unsigned silent_looks_ = 0;
    unsigned full_looks_ = 0;
};

}  // namespace ltn::quic
