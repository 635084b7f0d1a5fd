// The door of one loop: asked for every first packet, before any state or cryptography. It looks
// at what the desk last told this loop and at the loop's own count of strangers; it asks nobody.
#pragma once

#include <memory>

#include "transport/server.h"
#include "transport/strangers.h"

namespace ltn::transport {

// How the sources stand, for all loops to read.
struct GateView {
    Lane lane_of(const Address& source) const
    {
        (void)source;
        return Lane::unknown;
    }
};

class Doorway {
public:
    Doorway(const ServerConfig& config, Random& random)
        : strangers_(config.unauthenticated_connections_max, config.unauthenticated_per_source_max,
                     random)
    {
    }

    void set_view(std::shared_ptr<const GateView> view) { view_ = std::move(view); }
    // At `connections_max` new connections are still heard, other than in spec/transport.md 3.12:
    // there a peer whose address changed is refused at the door of a full house although its
    // hotkey has a place. Who may stay is decided at the handshake, where the hotkey is known;
    // until then the limits of strangers bound the crowd.
    quic::Gate::Verdict admit(const Address& source) const
    {
        return strangers_.has_room(source, lane_of(source)) ? quic::Gate::Verdict::accept
                                                            : quic::Gate::Verdict::refuse;
    }

    Lane lane_of(const Address& source) const
    {
        return view_ == nullptr ? Lane::unknown : view_->lane_of(source);
    }
    void enter(const Address& source, Lane lane) { strangers_.add(source, lane); }
    void leave(const Address& source, Lane lane) { strangers_.remove(source, lane); }

private:
    Strangers strangers_;
    std::shared_ptr<const GateView> view_;
};

}  // namespace ltn::transport
