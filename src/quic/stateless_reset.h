// Telling a peer of a connection that we know nothing of any more (RFC 9000 10.3).
#pragma once

#include <ngtcp2/ngtcp2.h>

#include "base/bytes.h"
#include "base/random.h"
#include "quic/secret.h"
#include "quic/token_bucket.h"

namespace ltn::quic {

class StatelessReset {
public:
    StatelessReset(ByteView secret, uint64_t answers_per_second);

    // The token that goes with a connection id of ours: the same after a restart with the same
    // secret.
    ngtcp2_stateless_reset_token token_for(ByteView id) const;

    // Bytes written to `out`, 0 when no answer is due: too short a datagram, or too many answers.
    // Always shorter than what it answers, so that two endpoints without state fall silent.
    size_t answer(MutableBytes out, ByteView id, size_t trigger_len, Random& random, Nanos now_ns);

private:
    Key key_;
    TokenBucket budget_;
};

}  // namespace ltn::quic
