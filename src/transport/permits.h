// Whose handshakes are heard at all (spec/transport.md 3.10, 5.10). Keys, not texts: one key has as
// many texts as there are prefixes (upstream-S10). Before the first answer, and with an answer older
// than its maximum age (upstream-R18), nobody is permitted.
#pragma once

#include <vector>

#include "crypto/sr25519.h"
#include "transport/held_list.h"

namespace ltn::transport {

class Permits {
public:
    Permits(bool required, Nanos age_max_ns) : required_(required), age_max_ns_(age_max_ns) {}

    bool required() const { return required_; }
    void require(bool required) { required_ = required; }
    bool allows(const crypto::PublicKey& key, Nanos now_ns) const
    {
        if (!required_) return true;
        return list_.age_ns(now_ns) <= age_limit_ns() && list_.contains(key);
    }
    // Whether a connected peer may stay: an old list closes the door, it throws nobody out.
    bool keeps(const crypto::PublicKey& key) const
    {
        return !required_ || !list_.resolved() || list_.contains(key);
    }

    HeldList<crypto::PublicKey>& list() { return list_; }
    const HeldList<crypto::PublicKey>& list() const { return list_; }

private:
    // Of two "never" the unresolved one must not count as young enough.
    Nanos age_limit_ns() const { return std::min(age_max_ns_, kNever - 1); }

    bool required_;
    Nanos age_max_ns_;
    HeldList<crypto::PublicKey> list_;
};

}  // namespace ltn::transport
