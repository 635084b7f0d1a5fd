// When an address that failed may be tried again (spec/transport.md 4.8), without synchronised
// storms: each wait is drawn at random between the initial backoff and a cap that doubles, and no
// more than three times the wait before it (decorrelated jitter).
#pragma once

#include <cstdint>
#include <string>

#include "base/address.h"
#include "base/random.h"
#include "base/status.h"
#include "base/time.h"

namespace ltn::transport {

struct ReconnectTerms {
    Nanos initial_ns = kSecond;
    Nanos max_ns = 60 * kSecond;
    uint32_t retries_max = 5;
    Nanos slow_probe_ns = 60 * kSecond;  // kNever: give up after the retries
};

class Backoff {
public:
    // 0: at once. kNever: not before the next update of the registry.
    Nanos next_try_ns() const { return next_try_ns_; }
    bool exhausted() const { return next_try_ns_ == kNever; }
    uint32_t failures() const { return failures_; }

    void failed(const ReconnectTerms& terms, Random& random, Nanos now_ns);
    // What had worked for `lived_ns` ended. A peer that proves itself and goes again at once, and
    // again, counts as one that failed: else it would be dialled as fast as it can hang up.
    void ended(const ReconnectTerms& terms, Random& random, Nanos lived_ns, Nanos now_ns);
    // The registry lists the address again: the next try comes forward and the count starts anew,
    // but once per longest backoff, so that frequent updates do not defeat it (upstream-R7).
    void refresh(const ReconnectTerms& terms, Random& random, Nanos now_ns);

private:
    Nanos next_try_ns_ = 0;
    Nanos wait_ns_ = 0;  // the last one drawn
    Nanos failed_ns_ = 0;
    Nanos refreshed_ns_ = 0;  // 0: never
    uint32_t failures_ = 0;
    bool forgiven_ = false;  // it went soon once; a second time counts
};

// Uniform, both ends included.
Nanos random_between(Random& random, Nanos low, Nanos high);

// What a call is told that does not wait for the next try.
Error backoff_error(const Address& address, Nanos wait_ns);

// As messages write durations: "30s", "1.5s", "500ms".
std::string duration_text(Nanos duration_ns);

}  // namespace ltn::transport
