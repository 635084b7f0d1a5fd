// Counts, per server and address, what came in and what went out before the address had proved
// that it receives what is sent to it. More than three times as much out as in makes a server an
// amplifier (RFC 9000, 8).
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "base/address.h"
#include "base/bytes.h"

namespace ltn::sim {

class ByteLedger {
public:
    static constexpr uint64_t kFactorMax = 3;

    void came_in(size_t server, const Address& from, ByteView bytes);
    // False: this datagram went beyond the factor towards an unvalidated address.
    bool goes_out(size_t server, const Address& to, ByteView bytes);

    bool validated(size_t server, const Address& address) const;
    // Highest factor seen towards an unvalidated address, times 1000.
    uint64_t worst_permille() const { return worst_permille_; }
    size_t addresses() const { return entries_.size(); }

private:
    struct Entry {
        uint64_t in = 0;
        uint64_t out = 0;
        bool validated = false;
    };

    std::map<std::pair<size_t, Address>, Entry> entries_;
    uint64_t worst_permille_ = 0;
};

}  // namespace ltn::sim
