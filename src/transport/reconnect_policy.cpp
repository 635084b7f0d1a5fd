#include "transport/reconnect_policy.h"

#include <algorithm>

namespace ltn::transport {

namespace {

// A connection that held this many initial backoffs was no failure in disguise.
constexpr Nanos kSettledFactor = 10;

Nanos saturating_times(Nanos value, Nanos factor)
{
    return value > kNever / factor ? kNever : value * factor;
}

Nanos doubled(Nanos value, uint32_t times, Nanos max)
{
    for (uint32_t i = 0; i < times && value < max; ++i) value = saturating_times(value, 2);
    return std::min(value, max);
}

}  // namespace

Nanos random_between(Random& random, Nanos low, Nanos high)
{
    if (high <= low) return low;
    const Nanos span = high - low;
    const uint64_t dice = random.next_u64();
    // The modulo's bias is of no interest to a jitter.
    return span == kNever ? dice : low + dice % (span + 1);
}

std::string duration_text(Nanos duration_ns)
{
    const Nanos ms = duration_ns / kMillisecond + (duration_ns % kMillisecond != 0 ? 1 : 0);
    if (ms < 1'000) return std::to_string(ms) + "ms";
    std::string text = std::to_string(ms / 1'000);
    if (ms % 1'000 != 0) {
        std::string rest = std::to_string(1'000 + ms % 1'000).substr(1);
        while (rest.back() == '0') rest.pop_back();
        text += "." + rest;
    }
    return text + "s";
}

Error backoff_error(const Address& address, Nanos wait_ns)
{
    return Error(Code::connect, Category::connection,
                 "Reconnection to " + address.text() + " in backoff, next retry in " +
                     duration_text(wait_ns));
}

void Backoff::failed(const ReconnectTerms& terms, Random& random, Nanos now_ns)
{
    if (failures_ != UINT32_MAX) ++failures_;
    failed_ns_ = now_ns;
    if (failures_ < terms.retries_max) {
        const Nanos cap = doubled(terms.initial_ns, failures_, terms.max_ns);
        const Nanos top = saturating_times(std::max(wait_ns_, terms.initial_ns), 3);
        wait_ns_ = random_between(random, std::min(terms.initial_ns, cap), std::min(cap, top));
    } else if (terms.slow_probe_ns != kNever) {
        // Downwards: the configured interval is what nobody waits longer than.
        const Nanos slow = terms.slow_probe_ns;
        wait_ns_ = random_between(random, slow - slow / 4, slow);
    } else {
        next_try_ns_ = kNever;
        return;
    }
    next_try_ns_ = saturating_add(now_ns, wait_ns_);
}

void Backoff::ended(const ReconnectTerms& terms, Random& random, Nanos lived_ns, Nanos now_ns)
{
    if (lived_ns >= saturating_times(terms.initial_ns, kSettledFactor)) {
        *this = Backoff();
    } else if (forgiven_) {
        failed(terms, random, now_ns);
    } else {
        *this = Backoff();
        forgiven_ = true;
    }
}

void Backoff::refresh(const ReconnectTerms& terms, Random& random, Nanos now_ns)
{
    if (failures_ == 0) return;
    const Nanos allowed_ns = refreshed_ns_ == 0 ? 0 : saturating_add(refreshed_ns_, terms.max_ns);
    if (now_ns < allowed_ns) {
        if (!exhausted()) return;
        failures_ = terms.retries_max - 1;  // one try, then exhausted again
        next_try_ns_ = allowed_ns;
        return;
    }
    refreshed_ns_ = now_ns;
    failures_ = 0;
    wait_ns_ = 0;
    const Nanos soon =
        random_between(random, terms.initial_ns, doubled(terms.initial_ns, 1, terms.max_ns));
    next_try_ns_ = std::min(next_try_ns_, std::max(now_ns, saturating_add(failed_ns_, soon)));
}

}  // namespace ltn::transport
