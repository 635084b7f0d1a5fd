// Credit of a connection's window, apart from that of its streams. What lies unread in a stream's own
// window is lent: the peer may send as much again on other streams, so that readers who stop hold up
// themselves and nobody else. Lent bytes are bounded per connection and over all; what cannot be lent
// is owed until its reader takes it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ltn::quic {

// Of all connections of an endpoint.
struct LendingBudget {
    uint64_t max = 0;
    uint64_t lent = 0;
    bool short_of = false;  // somebody was lent less than he could have used

    // Worth asking again those who went short: not at every byte, since asking costs a look at each
    // connection.
    bool recovered() const { return short_of && lent <= max - max / 8; }
};

// Each function returns how many bytes of credit the peer gets.
class Credit {
public:
    // Bytes came in. Owed until taken or lent.
    void arrived(uint64_t len) { owed_ += len; }

    uint64_t taken(uint64_t len, LendingBudget& all)
    {
        const uint64_t paid = std::min(len, owed_);
        owed_ -= paid;
        const uint64_t returned = std::min(len - paid, lent_);
        lent_ -= returned;
        all.lent -= returned;
        return paid;
    }

    uint64_t lend(uint64_t own_max, LendingBudget& all)
    {
        uint64_t wanted = std::min(owed_, own_max > lent_ ? own_max - lent_ : 0);
        const uint64_t left = all.max > all.lent ? all.max - all.lent : 0;
        if (wanted > left) {
            all.short_of = true;
            wanted = left;
        }
        owed_ -= wanted;
        lent_ += wanted;
        all.lent += wanted;
        return wanted;
    }

    // The connection ends, and what it held with it.
    void end(LendingBudget& all)
    {
        all.lent -= lent_;
        lent_ = owed_ = 0;
    }

    uint64_t owed() const { return owed_; }
    uint64_t lent() const { return lent_; }

private:
    uint64_t owed_ = 0;  // came in, not taken, and still counted by the window
    uint64_t lent_ = 0;  // came in, not taken, not counted
};

}  // namespace ltn::quic
