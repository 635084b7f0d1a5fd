// Which hotkeys are to be reached where (spec/transport.md 4.1). A plain table: every hotkey stands
// at exactly one place, every place has at least one hotkey. Who dials is decided elsewhere.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "transport/client.h"
#include "transport/keyed_hash.h"
#include "transport/linked_list.h"
#include "transport/reconnect_policy.h"
#include "transport/timer_heap.h"

namespace ltn::transport {

struct Claim;
struct Place;

// A machine, as far as its addresses tell. Whoever writes to the chain can point hundreds of
// entries at one victim that never answers (attack-A4); what they may cost it in total is decided
// here, not per address.
struct Host {
    size_t places = 0;         // that the registry lists
    size_t trying = 0;         // dials of the registry that nobody has answered yet
    size_t proven = 0;         // live connections; with one, the host is no victim
    Backoff backoff;           // of a host that has never answered
    LinkedList<Place> parked;  // due, and waiting for what becomes of the others' dials
};

// A hotkey that is said to be at a place.
struct Claim : ListNode<Claim> {
    static constexpr size_t kNone = SIZE_MAX;

    Hotkey hotkey;
    Place* place = nullptr;
    size_t order = 0;  // in the list of the last update
    // The server at the place proved another hotkey, and nothing since says otherwise.
    bool refuted = false;
    Backoff backoff;  // of handshakes that only this hotkey asks for
    Error last_error;
    size_t unanswered = kNone;  // entry of the update under way that waits for the outcome
    uint64_t update = 0;        // the last one that lists it
};

// An address with at least one claim. In the list of those to be dialled, parked at its host, or in
// no list.
struct Place : ListNode<Place> {
    Address address;
    std::shared_ptr<Host> host;  // shared with connections that outlive the place
    LinkedList<Claim> claims;
    bool has_room = false;  // under connections_max
    bool was_ready = false;
    Backoff backoff;
    Error last_error;
    Timer retry;
    uint64_t update = 0;
};

class Registry {
public:
    // Draws nothing before the first put().
    explicit Registry(Random& random) : random_(random) {}

    Claim* find(const crypto::PublicKey& key) const;
    Place* place_at(const Address& address) const;
    // New, or moved here from elsewhere. `emptied`: the address that has lost its last hotkey by
    // this, and with it everything that was known about reaching it.
    Claim& put(const Hotkey& hotkey, const Address& address, std::optional<Address>& emptied);
    void remove(const crypto::PublicKey& key, std::optional<Address>& emptied);
    void clear();

    size_t size() const { return (tables_ == nullptr ? 0 : tables_->claims.size()); }
    size_t place_count() const { return (tables_ == nullptr ? 0 : tables_->places.size()); }

    // `visit` must not change the table.
    template <class F>
    void for_each_claim(F&& visit) const
    {
        if (tables_ == nullptr) return;
        for (const auto& [key, claim] : tables_->claims) visit(*claim);
    }
    template <class F>
    void for_each_place(F&& visit) const
    {
        if (tables_ == nullptr) return;
        for (const auto& [address, place] : tables_->places) visit(*place);
    }

private:
    // The list comes from a chain on which strangers choose keys and addresses.
    class PlaceHash {
    public:
        explicit PlaceHash(Random& random) : hash_(random) {}
        size_t operator()(const Address& address) const;

    private:
        KeyedHash hash_;
    };

    void leave(Claim& claim, std::optional<Address>& emptied);

    struct Tables {
        explicit Tables(Random& random)
            : hosts(0, PlaceHash(random)),
              places(0, PlaceHash(random)),
              claims(0, KeyedHash(random))
        {
        }
        std::unordered_map<Address, std::shared_ptr<Host>, PlaceHash> hosts;
        std::unordered_map<Address, std::unique_ptr<Place>, PlaceHash> places;
        std::unordered_map<crypto::PublicKey, std::unique_ptr<Claim>, KeyedHash> claims;
    };

    Random& random_;
    std::unique_ptr<Tables> tables_;
};

}  // namespace ltn::transport
