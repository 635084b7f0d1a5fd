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

struct Place;

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

// An address with at least one claim. In the list of those to be dialled, or in none.
struct Place : ListNode<Place> {
    Address address;
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
        explicit Tables(Random& random) : places(0, PlaceHash(random)), claims(0, KeyedHash(random))
        {
        }
        std::unordered_map<Address, std::unique_ptr<Place>, PlaceHash> places;
        std::unordered_map<crypto::PublicKey, std::unique_ptr<Claim>, KeyedHash> claims;
    };

    Random& random_;
    std::unique_ptr<Tables> tables_;
};

}  // namespace ltn::transport
