// The system's generator, through libsodium (safe after fork: it keeps no state of its own).
#pragma once

#include "base/random.h"
#include "base/status.h"

namespace ltn::io {

class SystemRandom final : public Random {
public:
    // Once before first use; idempotent and thread-safe. Fails where the system has no source of
    // randomness at all.
    static Error init();

    void fill(MutableBytes out) override;
};

}  // namespace ltn::io
