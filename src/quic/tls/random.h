// wolfSSL asks for random bytes through two C functions that this library defines. They answer from
// the source of the endpoint that is running on this thread, so that a seed replays a whole
// connection to the byte, and from the system generator when none is (loading a key outside one).
#pragma once

#include "base/random.h"

namespace ltn::quic::tls {

// While one lives, TLS on this thread draws from `source`. Scopes nest.
class RandomScope {
public:
    explicit RandomScope(Random& source);
    ~RandomScope();
    RandomScope(const RandomScope&) = delete;
    RandomScope& operator=(const RandomScope&) = delete;

private:
    Random* previous_;
};

}  // namespace ltn::quic::tls
