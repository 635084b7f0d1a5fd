// What a correct peer does rarely, or in proportion to its work: by kind, each with a weight
// against the budgets of glitch.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ltn::quic {

enum class Oddity : uint8_t {
    ping,
    credit,         // MAX_DATA, MAX_STREAM_DATA, MAX_STREAMS
    blocked,        // DATA_BLOCKED and its kin
    crumb,          // a few bytes of a stream, ahead of their turn
    empty_stream,   // a STREAM frame without bytes that ends nothing
    reset,          // RESET_STREAM that nobody asked for
    stop,           // STOP_SENDING; one for a stream that ended in order is paid for by that stream
    connection_id,  // NEW_CONNECTION_ID, RETIRE_CONNECTION_ID
    path_challenge,
    crypto,
    token,        // NEW_TOKEN
    moved,        // the peer's address changed
    application,  // told by the layer above
    count_,
};
inline constexpr size_t kOddityCount = static_cast<size_t>(Oddity::count_);
using OddityCounts = std::array<uint64_t, kOddityCount>;

struct OddityKind {
    std::string_view name;
    unsigned weight;
    // Some are part of every greeting, some go with honest work, a few to a stream: only what
    // exceeds that counts. A source may make many connections.
    enum class Free : uint8_t { none, greeting, work } free;
};
inline constexpr std::array<OddityKind, kOddityCount> kOddityKinds = {{
    {"ping", 1, OddityKind::Free::work},
    {"credit", 1, OddityKind::Free::work},
    {"blocked", 1, OddityKind::Free::work},
    {"crumb", 1, OddityKind::Free::work},
    {"empty_stream", 1, OddityKind::Free::none},
    {"reset", 1, OddityKind::Free::none},
    {"stop", 1, OddityKind::Free::work},
    {"connection_id", 4, OddityKind::Free::greeting},
    {"path_challenge", 10, OddityKind::Free::none},
    {"crypto", 1, OddityKind::Free::greeting},
    {"token", 4, OddityKind::Free::greeting},
    {"moved", 1, OddityKind::Free::none},
    {"application", 1, OddityKind::Free::none},
}};

}  // namespace ltn::quic
