// What decides about sources and hotkeys before anything is counted: permits, the host's source
// policy, the roster; when the host is asked for them again; and the view of it all that the doors
// of the loops work by.
#pragma once

#include <memory>

#include "transport/doorway.h"
#include "transport/permits.h"
#include "transport/refresh.h"
#include "transport/roster.h"

namespace ltn::transport {

class AdmissionLists {
public:
    using Held = HeldList<crypto::PublicKey>::Outcome;

    AdmissionLists(const ServerConfig& config, Random& random, Instant now);

    Permits& permits() { return permits_; }
    const Permits& permits() const { return permits_; }
    Roster& roster() { return roster_; }

    // From the host by itself: applies as it is. As the answer to a question: may be held.
    void set_permits(std::vector<crypto::PublicKey> keys, Nanos now_ns);
    bool offer_permits(std::vector<crypto::PublicKey> keys, Nanos now_ns);
    void permits_failed(Nanos now_ns) { permits_refresh_.failed(now_ns, random_); }
    void set_sources(SourcePolicy policy, Nanos now_ns);
    bool offer_sources(SourcePolicy policy, Nanos now_ns);
    void sources_failed(Nanos now_ns) { sources_refresh_.failed(now_ns, random_); }
    void enforce_sources(bool enforce, Nanos now_ns);

    struct Due {
        bool permits = false;
        bool sources = false;
    };
    Nanos next_ns() const;
    Due expire(Nanos now_ns);
    // Something the view shows was changed other than by the functions above.
    void touch(Nanos now_ns);

    // Another one after each change.
    const std::shared_ptr<const GateView>& view() const { return view_; }
    void fill(ServerStats& stats, Nanos now_ns) const;
    std::vector<LanePrefix> known_sources() const;
    std::vector<LearnedSource> learned_sources(Nanos now_ns) const
    {
        return roster_.sources(now_ns);
    }
    // As Roster::restore.
    bool restore_source(const LearnedSource& source, uint32_t per_minute, Nanos now_ns);

private:
    void rebuild(Nanos now_ns);
    void apply_flags(const SourcePolicy& policy);

    Random& random_;
    Permits permits_;
    Refresh permits_refresh_;
    HeldList<SourcePolicy::Prefix> sources_;
    std::vector<SourcePolicy::Prefix> blocked_;
    bool bypass_ = false;
    bool enforce_;
    Refresh sources_refresh_;
    Roster roster_;
    Nanos prune_ns_;
    Nanos view_due_ns_ = kNever;
    Nanos view_made_ns_ = 0;
    std::shared_ptr<const GateView> view_;
};

}  // namespace ltn::transport
