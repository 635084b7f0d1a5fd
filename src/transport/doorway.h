// The door of one loop: asked for every first packet, before any state or cryptography. It looks
// at what the desk last told this loop and at the loop's own count of strangers; it asks nobody.
#pragma once

#include <memory>

#include "transport/prefix_set.h"
#include "transport/server.h"
#include "transport/strangers.h"

namespace ltn::transport {

// How the sources stand, for all loops to read.
struct GateView {
    bool drop_unlisted = false;  // the host's list is enforced: who is not on it is not heard
    bool enforcing = false;      // the roster is: strangers share a small lane
    PrefixSet listed;            // by the host
    PrefixSet blocked;           // by the host
    PrefixSet learned;           // the roster

    Lane lane_of(const Address& source) const
    {
        if (blocked.contains(source)) return Lane::blocked;
        if (listed.contains(source)) return Lane::known;
        if (drop_unlisted) return Lane::blocked;
        return learned.contains(source) ? Lane::known : Lane::unknown;
    }
};

class Doorway {
public:
    Doorway(const ServerConfig& config, Random& random)
        : unknown_max_(config.unknown_connections_max),
          strangers_(config.unauthenticated_connections_max, config.unauthenticated_per_source_max,
                     random)
    {
        // Closed until the first list, if one is demanded (5.14).
        auto view = std::make_shared<GateView>();
        view->drop_unlisted = config.enforce_source_allowlist;
        view_ = std::move(view);
    }

    void set_view(std::shared_ptr<const GateView> view) { view_ = std::move(view); }
    const GateView& view() const { return *view_; }

    // At `connections_max` new connections are still heard, other than in spec/transport.md 3.12:
    // there a peer whose address changed is refused at the door of a full house although its
    // hotkey has a place. Who may stay is decided at the handshake, where the hotkey is known;
    // until then the limits of strangers bound the crowd.
    quic::Gate::Verdict admit(const Address& source, bool address_validated) const
    {
        using Verdict = quic::Gate::Verdict;
        const Lane lane = lane_of(source);
        if (lane == Lane::blocked) return Verdict::drop;
        if (lane == Lane::unknown && view_->enforcing && strangers_.unknown() >= unknown_max_) {
            return Verdict::refuse;
        }
        if (!strangers_.has_room(source, lane)) return Verdict::refuse;
        // Of a stranger nothing is believed while the roster enforces, least of all his address.
        const bool doubtful = lane == Lane::unknown && view_->enforcing && !address_validated;
        return doubtful ? Verdict::retry : Verdict::accept;
    }

    Lane lane_of(const Address& source) const { return view_->lane_of(source); }
    void enter(const Address& source, Lane lane) { strangers_.add(source, lane); }
    void leave(const Address& source, Lane lane) { strangers_.remove(source, lane); }

private:
    uint64_t unknown_max_;
    Strangers strangers_;
    std::shared_ptr<const GateView> view_;
};

}  // namespace ltn::transport
