// One connection per hotkey over all loops, and how many hotkeys there may be. A place is reserved
// before our signer is asked and taken when its answer went out, so that no handshake that was
// promised a place finds the house full, and none that fails evicts the hotkey's older connection.
#pragma once

#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "transport/desk_messages.h"
#include "transport/keyed_hash.h"

namespace ltn::transport {

class PeerTable {
public:
    struct Peer {
        crypto::PublicKey key{};
        Seat seat;              // the connection; none while only reserved
        uint64_t attempt = 0;   // by which it was entered
        uint32_t reserved = 0;  // handshakes on their way
        Nanos lost_permit_ns = kNever;
    };

    explicit PeerTable(uint64_t places_max, Random& random)
        : places_max_(places_max), peers_(16, KeyedHash(random))
    {
    }

    // A hotkey that has a place needs no other: it will replace its own connection.
    bool reserve(const crypto::PublicKey& key);
    void withdraw(const crypto::PublicKey& key);
    // Takes the reserved place; the connection that had it before, if another.
    Peer enter(const crypto::PublicKey& key, Seat seat, uint64_t attempt);
    void leave(const crypto::PublicKey& key, Seat seat);

    // Fewer than there are disturbs nobody who is in.
    void set_places_max(uint64_t places_max) { places_max_ = places_max; }
    Peer* find(const crypto::PublicKey& key);
    size_t size() const { return peers_.size(); }
    template <class F>
    void for_each(F&& visit)
    {
        for (auto& [key, peer] : peers_) visit(peer);
    }

private:
    void drop_if_empty(const Peer& peer);

    uint64_t places_max_;
    std::unordered_map<TableKey, Peer, KeyedHash> peers_;
};

}  // namespace ltn::transport
