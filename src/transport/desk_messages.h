// What a server core and the admission desk say to each other: plain data that may travel between
// threads, in order per loop. The desk holds what all loops of one server share (a nonce passes
// once, a hotkey has one connection, budgets are of the server); connections are named by number,
// never by pointer, since either side may be gone when the other's word arrives.
//
//   core                              desk
//   Accepted  ─────────────────────▶  counts a stranger       (may order: close)
//   Admit     ─────────────────────▶  permit, source budget, nonce looked up
//             ◀───────────── Ruling
//   checks the signature itself, a bounded number per turn
//   Proved    ─────────────────────▶  nonce recorded, budget of the hotkey, a place reserved
//             ◀───────────── Ruling
//   asks its signer
//   Entered   ─────────────────────▶  the place is taken; an older connection elsewhere is closed
//      or GivenUp (signer failed, peer gone): the place is free again
//   Moved     ─────────────────────▶  the hotkey has proved another address: learned
//   Gone      ─────────────────────▶  the connection has ended, or is another hotkey's now
//
// A ruling that finds its handshake gone is answered with GivenUp if it reserved a place.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/address.h"
#include "crypto/sr25519.h"
#include "transport/nonce.h"

namespace ltn::transport {

struct GateView;

enum class Refusal : uint8_t {
    rate,
    hotkey_rate,
    malformed,
    clock,
    permit,
    nonce,
    signature,
    capacity,
    signer,
    other_hotkey,  // of the second token: the peer expects somebody else here
};

// Known: its address was seen in a handshake that succeeded, or the host listed it. Decides the
// order of service and, under load, how much service; blocked is dropped at the door.
enum class Lane : uint8_t { known, unknown, blocked };

// A connection: the loop that owns it and the number it has there, which is never used again.
struct Seat {
    uint8_t loop = 0;
    uint64_t connection = 0;  // 0: none

    friend bool operator==(const Seat&, const Seat&) = default;
};

using NonceText = std::array<char, kNonceTextLen>;

// The lane is what the door decided by; it stays with the connection while it is a stranger's.
struct Accepted {
    Seat seat;
    Address source;
    Lane lane = Lane::unknown;
};

struct Admit {
    Seat seat;
    uint64_t attempt = 0;  // names the handshake; unique on its loop, never used again
    Address source;
    // What the core found wrong by itself; the source pays for it all the same, unless it is the
    // clock. Then key and nonce may be empty.
    std::optional<Refusal> fault;
    bool unreadable = false;  // not decodable: refused anonymously
    crypto::PublicKey key{};  // claimed
    NonceText nonce{};
    uint64_t timestamp_s = 0;
    // The connection is authenticated already: this hotkey pays, not the source.
    std::optional<crypto::PublicKey> holder;
};

struct Proved {
    Seat seat;
    uint64_t attempt = 0;
    crypto::PublicKey key{};
    NonceText nonce{};
    uint64_t timestamp_s = 0;
    bool repeat = false;  // on an authenticated connection: paid for before
};

struct Entered {
    Seat seat;
    uint64_t attempt = 0;
    crypto::PublicKey key{};
    Address source;
    bool path_validated = true;
    bool first = true;  // the connection was counted as a stranger's until now
    Lane lane = Lane::unknown;
};

// An authenticated connection whose new path has answered a challenge, from a source that may be
// heard.
struct Moved {
    Seat seat;
    crypto::PublicKey key{};
    Address source;
};

struct GivenUp {
    Seat seat;
    uint64_t attempt = 0;
    crypto::PublicKey key{};
};

struct Gone {
    Seat seat;
    std::optional<crypto::PublicKey> key;  // whose it was
    Address source;
    bool stranger = false;  // still counted as unauthenticated; false if only the hotkey left it
    Lane lane = Lane::unknown;
};

using DeskMessage = std::variant<Accepted, Admit, Proved, Entered, Moved, GivenUp, Gone>;

struct Ruling {
    Seat seat;
    uint64_t attempt = 0;
    crypto::PublicKey key{};
    bool proved = false;  // the answer to Proved, not to Admit
    std::optional<Refusal> refusal;
    bool anonymous = false;  // the refusal does not name us
    Lane lane = Lane::unknown;
};

inline constexpr const char* kReplaced = "replaced";
inline constexpr const char* kPermitWithdrawn = "permit_withdrawn";
inline constexpr const char* kSourceBlocked = "source_blocked";

struct CloseOrder {
    Seat seat;
    // The handshake by which the desk knows the connection; obsolete if a newer one has succeeded
    // on it meanwhile. 0: as long as it is unauthenticated.
    uint64_t attempt = 0;
    std::string reason;
};

// What the door looks at before any state exists. Immutable, so that every loop may read it.
struct NewView {
    std::shared_ptr<const GateView> view;
};

using DeskReply = std::variant<Ruling, CloseOrder, NewView>;

inline constexpr uint8_t kEveryLoop = 0xff;

// Which loop a reply is for; kEveryLoop: each of them.
inline uint8_t loop_of(const DeskReply& reply)
{
    if (const auto* ruling = std::get_if<Ruling>(&reply)) return ruling->seat.loop;
    if (const auto* order = std::get_if<CloseOrder>(&reply)) return order->seat.loop;
    return kEveryLoop;
}

}  // namespace ltn::transport
