// What all loops of one server decide together: replayed nonces, budgets, places, one connection
// per hotkey. One desk per server, on one loop; the cores of all loops talk to it by the messages
// of desk_messages.h. Without other loops it answers inside the call.
//
// The order is from cheap to dear, and nobody pays with what is another's: what a stranger can send
// in a hotkey's name costs his source; the hotkey's budget is touched once its signature held.
#pragma once

#include <deque>

#include "transport/admission_lists.h"
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
    // As of ServerCore.
    void set_permits(std::vector<crypto::PublicKey> keys, Instant now);
    bool permits_resolved(std::vector<crypto::PublicKey> keys, Instant now);
    void set_sources(SourcePolicy policy, Instant now);
    bool sources_resolved(SourcePolicy policy, Instant now);
    AdmissionLists& lists() { return lists_; }
    const AdmissionLists& lists() const { return lists_; }

    // When expire() has something to do.
    Nanos next_ns() const { return std::min(lists_.next_ns(), next_grace_ns_); }
    // What the host is to be asked for.
    AdmissionLists::Due expire(Instant now);
    void forget_expired(Instant now) { replay_.evict(steady_s(now)); }
    uint64_t nonces() const { return replay_.size(); }
    // Peers of all loops, those with a reserved place included.
    uint64_t peers() const { return peers_.size(); }

private:
    void handle(const Accepted& message, Instant now);
    void handle(const Admit& message, Instant now);
    void handle(const Proved& message, Instant now);
    void handle(const Entered& message, Instant now);
    void handle(const Moved& message, Instant now);
    void handle(const GivenUp& message, Instant now);
    void handle(const Gone& message, Instant now);

    std::optional<Refusal> judge(const Admit& message, Instant now);
    std::optional<Refusal> judge(const Proved& message, Instant now);
    bool charge(const Admit& message, Nanos now_ns);
    void learn(const crypto::PublicKey& key, const Address& source, Nanos now_ns);
    // Seconds that do not jump with the wall clock, on its scale of when the desk was made.
    uint64_t steady_s(Instant now) const;
    void mark_unpermitted(PeerTable::Peer& peer, Nanos now_ns);
    void recheck_permits(Nanos now_ns);
    void close_unpermitted(Nanos now_ns);
    void publish_view();

    Instant made_;
    Nanos permit_grace_ns_;
    AdmissionLists lists_;
    std::shared_ptr<const GateView> published_;
    Nanos next_grace_ns_ = kNever;
    ReplaySet replay_;
    SourceBudget sources_;
    RateLimiter hotkeys_;
    PeerTable peers_;
    Strangers strangers_;
    std::deque<DeskReply> replies_;
};

}  // namespace ltn::transport
