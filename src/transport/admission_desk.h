// What all loops of one server decide together: replayed nonces, budgets, places, one connection
// per hotkey. One desk per server, on one loop; the cores of all loops talk to it by the messages
// of desk_messages.h. Without other loops it answers inside the call.
//
// The order is from cheap to dear, and nobody pays with what is another's: what a stranger can send
// in a hotkey's name costs his source; the hotkey's budget is touched once its signature held.
#pragma once

#include <deque>

#include "transport/peer_table.h"
#include "transport/replay_set.h"
#include "transport/server.h"
#include "transport/source_budget.h"
#include "transport/strangers.h"

namespace ltn::transport {

class AdmissionDesk {
public:
    AdmissionDesk(const ServerConfig& config, Random& random, Instant now);

    // Messages of one loop come in the order in which they were sent.
    void take(const DeskMessage& message, Instant now);
    // In order; false when there is none.
    bool next_reply(DeskReply& out);

    void set_limits(const ServerLimits& limits, Instant now);
    void forget_expired(Instant now) { replay_.evict(now.unix_s()); }
    uint64_t nonces() const { return replay_.size(); }
    // Peers of all loops, those with a reserved place included.
    uint64_t peers() const { return peers_.size(); }

private:
    void handle(const Accepted& message, Instant now);
    void handle(const Admit& message, Instant now);
    void handle(const Proved& message, Instant now);
    void handle(const Entered& message, Instant now);
    void handle(const GivenUp& message, Instant now);
    void handle(const Gone& message, Instant now);

    std::optional<Refusal> judge(const Admit& message, Instant now);
    std::optional<Refusal> judge(const Proved& message, Instant now);
    Lane lane_of(const Address& source) const;

    ReplaySet replay_;
    SourceBudget sources_;
    RateLimiter hotkeys_;
    PeerTable peers_;
    Strangers strangers_;
    std::deque<DeskReply> replies_;
};

}  // namespace ltn::transport
