// Watches the datagrams that a client sends for new connections, and says when one begins sooner
// after a failed one to the same address than the backoff allows. Looks from outside: a dial is a
// long header with a source id that was not seen before.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/datagram.h"
#include "base/time.h"

namespace ltn::scenario {

class DialWatch {
public:
    explicit DialWatch(Nanos pause_min_ns) : pause_min_ns_(pause_min_ns) {}

    // The dial before this one need not have failed: it was told to stop, or it succeeded.
    void excuse(const Address& address) { dialed_ns_.erase(address); }
    void excuse_all() { dialed_ns_.clear(); }

    // How much too early a dial begins with this train; 0: none does.
    Nanos too_early(const Train& train, Nanos now_ns)
    {
        const std::string id = source_id(train.bytes);
        if (id.empty() || !seen_.insert(id).second) return 0;
        ++dials_;
        const auto last = dialed_ns_.find(train.remote);
        Nanos out = 0;
        if (last != dialed_ns_.end()) {
            ++repeated_;
            const Nanos gap_ns = now_ns - last->second;
            if (gap_ns < pause_min_ns_) out = pause_min_ns_ - gap_ns;
        }
        dialed_ns_[train.remote] = now_ns;
        return out;
    }
    uint64_t dials() const { return dials_; }
    uint64_t repeated() const { return repeated_; }  // of them, after one that failed

private:
    static std::string source_id(ByteView bytes)
    {
        if (bytes.size() < 7 || (bytes[0] & 0x80) == 0) return {};
        const size_t destination_len = bytes[5];
        const size_t at = 6 + destination_len;
        if (at >= bytes.size() || at + 1 + bytes[at] > bytes.size()) return {};
        return {bytes.begin() + static_cast<std::ptrdiff_t>(at + 1),
                bytes.begin() + static_cast<std::ptrdiff_t>(at + 1 + bytes[at])};
    }

    Nanos pause_min_ns_;
    std::map<Address, Nanos> dialed_ns_;  // the newest dial that is not excused
    std::set<std::string> seen_;
    uint64_t dials_ = 0;
    uint64_t repeated_ = 0;
};

}  // namespace ltn::scenario
