// The drives without a thread of ours: the host's own loop, and virtual time.
#include <algorithm>

#include "io/system_clock.h"
#include "runtime/loop.h"
#include "runtime/process.h"

namespace ltn::runtime {

namespace {

constexpr Nanos kSliceNs = 60 * kSecond;

int ceil_ms(Nanos span_ns)
{
    return static_cast<int>((std::min(span_ns, kSliceNs) + kMillisecond - 1) / kMillisecond);
}

}  // namespace

Result<int> Loop::descriptor()
{
    if (drive_ != Drive::host) {
        return Error(Code::wrong_state, Category::local,
                     "only a runtime with host drive has a descriptor");
    }
    const std::lock_guard threads(thread_mutex_);
    if (Error error = open_io(); !error.ok()) return error;
    return gate_->fd();
}

Nanos Loop::next_deadline_ns()
{
    const std::lock_guard guard(lock_);
    if (anything_to_do()) return now().monotonic_ns;
    Nanos next = next_expiry_locked();
    if (virtual_) next = std::min(next, virtual_->next_arrival_ns());
    return next;
}

Code Loop::step(Nanos timeout_ns)
{
    if (drive_ == Drive::thread) return Code::wrong_state;
    if (in_upcall()) return Code::would_deadlock;
    const Nanos deadline_ns = saturating_add(now().monotonic_ns, timeout_ns);
    for (;;) {
        bool worked = false;
        Nanos next_ns = kNever;
        {
            const std::lock_guard guard(lock_);
            if (gate_) (void)gate_->take();
            worked = turn(true);
        }
        if (deliver()) {
            worked = true;
            const std::lock_guard guard(lock_);
            (void)turn(true);  // sends what the upcalls answered
        }
        {
            const std::lock_guard guard(lock_);
            if (units_.empty() && !anything_to_do()) return Code::ok;
            next_ns = next_expiry_locked();
            // What has arrived and stays where it is waits for something else: a signer's test, say.
            if (virtual_ && (worked || virtual_->next_arrival_ns() > now().monotonic_ns)) {
                next_ns = std::min(next_ns, virtual_->next_arrival_ns());
            }
            if (anything_to_do() && worked) next_ns = now().monotonic_ns;
        }
        const Nanos now_ns = now().monotonic_ns;
        if (set_) {
            // The host's own loop sleeps on our descriptor, which must not go on saying that time is up.
            const std::lock_guard guard(lock_);
            set_->pass_deadline(now_ns, next_ns);
        }
        if (virtual_) {
            // Time moves here and only here: to the next thing that is due, or to the end.
            if (next_ns > deadline_ns || next_ns == kNever) {
                if (deadline_ns != kNever) virtual_->advance_to(deadline_ns);
                return Code::ok;
            }
            if (worked && timeout_ns == kNever) return Code::ok;
            virtual_->advance_to(next_ns);
            continue;
        }
        if (worked || now_ns >= deadline_ns) return Code::ok;
        {
            const std::lock_guard guard(lock_);
            set_->set_deadline(next_ns);
        }
        const Nanos span = deadline_ns == kNever ? kSliceNs : deadline_ns - now_ns;
        (void)set_->wait(ceil_ms(span));
    }
}

void Loop::dissolve()
{
    if (drive_ == Drive::thread) return;  // its thread brings everything to its end
    std::vector<std::shared_ptr<Unit>> units;
    std::vector<std::shared_ptr<Unit>> leaving;
    std::vector<Delivery> deliveries;  // all of them are released outside the lock
    {
        const std::lock_guard guard(lock_);
        dissolved_ = true;
        (void)turn(true);  // says goodbye to the peers
        for (const auto& unit : units_) unit->give_up();
        units.swap(units_);
        leaving.swap(leaving_);
        deliveries.swap(deliveries_);
    }
    op_ended();
    for (const auto& unit : units) unit->on_released();
    for (const auto& unit : leaving) unit->on_released();
}

// A wait without a thread of ours: turns but no upcalls (design 3.2).
Code Loop::wait_stepping(DoneFn done, void* context, Nanos deadline_ns)
{
    for (;;) {
        bool worked = false;
        bool upcalls_wait = false;
        Nanos next_ns = kNever;
        {
            const std::lock_guard guard(lock_);
            worked = turn(true);
            // A handler or signer that is asked by upcall may be what is waited for; a mere event is
            // not: the network goes on without it.
            upcalls_wait =
                std::any_of(deliveries_.begin(), deliveries_.end(),
                            [](const auto& each) { return each.event.kind == LTN_EVENT_QUESTION; });
            next_ns = next_expiry_locked();
        }
        if (done(context)) return Code::ok;
        if (worked) continue;
        const Nanos now_ns = now().monotonic_ns;
        if (virtual_) {
            Nanos arrival_ns = virtual_->next_arrival_ns();
            if (arrival_ns <= now_ns) arrival_ns = kNever;  // nobody takes it: as in step()
            // Nothing is under way and an upcall stands in line: only the host's step can go on.
            if (arrival_ns == kNever && upcalls_wait) return Code::would_deadlock;
            next_ns = std::min(next_ns, arrival_ns);
            if (next_ns > deadline_ns || next_ns == kNever) {
                if (deadline_ns != kNever) virtual_->advance_to(deadline_ns);
                return deadline_ns == kNever ? Code::would_deadlock : Code::pending;
            }
            virtual_->advance_to(next_ns);
            continue;
        }
        if (upcalls_wait) return Code::would_deadlock;
        if (now_ns >= deadline_ns) return Code::pending;
        if (set_ == nullptr) return Code::pending;
        {
            const std::lock_guard guard(lock_);
            set_->set_deadline(next_ns);
        }
        const Nanos span = deadline_ns == kNever ? kSliceNs : deadline_ns - now_ns;
        (void)set_->wait(ceil_ms(span));
    }
}

}  // namespace ltn::runtime
