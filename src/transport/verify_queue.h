// Handshakes that wait for the check of a signature, the dearest thing a stranger can make us do.
// Known sources are served first; within a lane each source in its turn, so that nobody waits
// behind another's hundred. IPv6 takes turns by /48: the sources of one holder are one.
#pragma once

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "transport/server_connection.h"

namespace ltn::transport {

class VerifyQueue {
public:
    // Of a lane; what is beyond is refused for want of capacity. Both together bound the wait at
    // 4,096 checks, 0.3 s of work, unless more than 16 at a time are allowed to one source.
    static constexpr size_t kSourcesMax = 256;
    static constexpr size_t kPerSourceMin = 16;

    // `per_source_max`: connections that a source may have without proof; their handshakes have room.
    VerifyQueue(Random& random, uint64_t per_source_max)
        : known_(random, per_source_max), unknown_(random, per_source_max)
    {
    }

    // A stream leaves with unlink() when its handshake ends otherwise.
    bool push(ServerStream& stream, const Address& source, Lane lane)
    {
        return of(lane).push(stream, source);
    }
    ServerStream* pop(Lane lane) { return of(lane).pop(); }
    bool empty(Lane lane) { return of(lane).empty(); }

private:
    class Turns {
    public:
        Turns(Random& random, uint64_t per_source_max)
            : per_source_max_(std::max<uint64_t>(per_source_max, kPerSourceMin)),
              sources_(16, KeyedHash(random))
        {
        }
        bool push(ServerStream& stream, const Address& source);
        ServerStream* pop();
        bool empty();

    private:
        const uint64_t per_source_max_;
        std::unordered_map<TableKey, LinkedList<ServerStream>, KeyedHash> sources_;
        std::deque<TableKey> turns_;  // each source once
    };

    Turns& of(Lane lane) { return lane == Lane::known ? known_ : unknown_; }

    Turns known_;
    Turns unknown_;
};

}  // namespace ltn::transport
