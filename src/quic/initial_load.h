// How many strangers are at the door, and whom to hear when not all of them can be: whoever brings
// a token has shown that it is where it says, and keeps a way in while a flood of others does not.
// Plain counting, so that a datagram which is turned away costs nothing but this.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace ltn::quic {

class InitialLoad {
public:
    struct Limits {
        uint64_t handshakes_max = 0;          // in progress
        uint64_t begun_per_turn_max = 0;      // handshakes begun between two flushes
        uint64_t retry_above_handshakes = 0;  // in progress: ask for proof of the address
        uint64_t retry_above_per_second = 0;  // Initials: the same
        Nanos retry_hold_ns = 10 * kSecond;   // how long calm must last before that ends
    };

    explicit InitialLoad(const Limits& limits) : limits_(limits) {}

    // An Initial without a connection came.
    void count(uint64_t handshaking, Nanos now_ns)
    {
        decay(now_ns);
        level_ns_ = std::min(level_ns_ + kSecond, 2 * limits_.retry_above_per_second * kSecond);
        if (handshaking > limits_.retry_above_handshakes ||
            level_ns_ > limits_.retry_above_per_second * kSecond) {
            asking_until_ns_ = now_ns + limits_.retry_hold_ns;
        }
    }

    // For RetryPolicy::adaptive. Stays on until neither threshold was crossed for a while: a flood
    // that comes in waves would otherwise find the door open at the start of each.
    bool wants_retry(Nanos now_ns) const { return now_ns < asking_until_ns_; }

    // Whether one more may begin. The last quarter of the places, and the second half of what a
    // turn may begin, is for those with a token.
    bool room(bool with_token, uint64_t handshaking) const
    {
        uint64_t places = limits_.handshakes_max, turn = limits_.begun_per_turn_max;
        if (!with_token) {
            places -= places / 4;
            turn -= turn / 2;
        }
        return handshaking < places && begun_ < turn;
    }
    void begun() { ++begun_; }
    void turn_over() { begun_ = 0; }

private:
    // A bucket that leaks as many as the threshold per second, counted in whole nanoseconds.
    void decay(Nanos now_ns)
    {
        if (now_ns <= at_ns_) return;
        Nanos passed = std::min(now_ns - at_ns_, 4 * kSecond);
        level_ns_ -= std::min(level_ns_, passed * limits_.retry_above_per_second);
        at_ns_ = now_ns;
    }

    Limits limits_;
    uint64_t begun_ = 0;
    uint64_t level_ns_ = 0;
    Nanos at_ns_ = 0;
    Nanos asking_until_ns_ = 0;
};

}  // namespace ltn::quic
