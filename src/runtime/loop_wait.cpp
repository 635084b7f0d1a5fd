// A caller that waits runs the loop itself: no hand-over to another thread, which costs 20 us a time on
// machines like ours (speed-T2). One caller leads, the others follow until it leaves.
#include <algorithm>
#include <chrono>

#include "io/system_clock.h"
#include "runtime/loop.h"
#include "runtime/process.h"
#include "runtime/spinner.h"

namespace ltn::runtime {

namespace {

int timeout_ms_until(Nanos deadline_ns, Nanos now_ns)
{
    constexpr Nanos kSliceMs = 60'000;
    if (deadline_ns <= now_ns) return 0;
    const Nanos ms = (deadline_ns - now_ns + kMillisecond - 1) / kMillisecond;
    return static_cast<int>(std::min(ms, kSliceMs));
}

}  // namespace

Code Loop::wait_until(DoneFn done, void* context, Nanos timeout_ns)
{
    if (done(context)) return Code::ok;
    if (in_upcall()) return Code::would_deadlock;
    if (timeout_ns == 0 && drive_ == Drive::thread) return Code::pending;
    const Nanos deadline_ns = saturating_add(now().monotonic_ns, timeout_ns);
    if (drive_ == Drive::thread) return wait_thread(done, context, deadline_ns);
    return wait_stepping(done, context, deadline_ns);
}

Code Loop::wait_thread(DoneFn done, void* context, Nanos deadline_ns)
{
    for (;;) {
        if (done(context)) return Code::ok;
        const Nanos now_ns = io::monotonic_now();
        if (now_ns >= deadline_ns) return Code::pending;
        std::unique_lock leadership(lead_mutex_, std::try_to_lock);
        if (leadership) {
            const Led led = lead(done, context, deadline_ns);
            leadership.unlock();
            if (led == Led::to_the_end) {
                if (followers_.load(std::memory_order_acquire) > 0) {
                    {
                        const std::lock_guard follow(follow_mutex_);
                    }
                    follow_changed_.notify_all();
                }
                continue;
            }
            // Nothing runs yet, or a handshake does, which is the loop's thread's: wait as a follower.
        }
        followers_.fetch_add(1, std::memory_order_acq_rel);
        {
            std::unique_lock follow(follow_mutex_);
            if (!done(context)) {
                // The slice bounds what a leader that left between our look and this wait costs.
                const Nanos slice = std::min<Nanos>(deadline_ns - now_ns, 2 * kMillisecond);
                follow_changed_.wait_for(follow, std::chrono::nanoseconds(slice));
            }
        }
        followers_.fetch_sub(1, std::memory_order_acq_rel);
    }
}

Loop::Led Loop::lead(DoneFn done, void* context, Nanos deadline_ns)
{
    // Counted first: the loop's thread does not end while somebody leads.
    drivers_.fetch_add(1, std::memory_order_acq_rel);
    {
        const std::lock_guard threads(thread_mutex_);
        if (!thread_alive_) {
            drivers_.fetch_sub(1, std::memory_order_acq_rel);
            return Led::not_at_all;
        }
    }
    bool slept = false;
    bool took_over = false;
    Spinner spin(config_.spin_ns);
    spin.worked(io::monotonic_now());
    bool ended = false;
    bool handed_back = false;
    while (!ended) {
        bool worked = false;
        {
            const std::lock_guard guard(lock_);
            if (any_shaking_hands()) {
                handed_back = true;
                break;
            }
            took_over |= !parked();
            park();
            worked = turn(false);
            if (!deliveries_.empty() || !leaving_.empty() || log_.pending()) wake_sleeper();
            for (const auto& unit : units_) {
                if (unit->wants_full_turn()) wake_sleeper();
            }
            ended = units_.empty();
        }
        if (done(context)) break;
        const Nanos now_ns = io::monotonic_now();
        if (now_ns >= deadline_ns) break;
        if (worked) {
            spin.worked(now_ns);
            continue;
        }
        if (spin.again(now_ns)) {
            do {
                sched_yield();
            } while (lock_.contended() && !done(context));
            continue;
        }
        {
            const std::lock_guard guard(lock_);
            if (done(context)) break;
            set_->set_deadline(next_expiry_locked());
            leader_sleeping_.store(true);  // in one order with the done() below
        }
        slept = true;
        if (!done(context) && !mail_.load()) {
            const io::EpollSet::Wake wake = set_->wait(timeout_ms_until(deadline_ns, now_ns));
            for (const auto& event : wake.events) {
                if (!event.writable) continue;
                const std::lock_guard guard(lock_);
                watch_room(*reinterpret_cast<Port*>(event.tag), false);
            }
        }
        leader_sleeping_.store(false, std::memory_order_release);
        spin.slept(io::monotonic_now());
    }
    last_driver_ns_.store(io::monotonic_now(), std::memory_order_release);
    if (!slept && !ended && !took_over && !handed_back) {
        drivers_.fetch_sub(1, std::memory_order_acq_rel);
        return Led::to_the_end;
    }
    // While this caller slept, or before it took the sockets over, the loop's thread may have gone to
    // sleep without end; now it has to watch the clock again. Under the lock, where it decides: a wake
    // between its look and its sleep is lost.
    const std::lock_guard guard(lock_);
    drivers_.fetch_sub(1, std::memory_order_acq_rel);
    if (handed_back && parked() && drivers_.load(std::memory_order_acquire) == 0) unpark();
    wake_sleeper();
    // With nothing attached there is nothing to lead: trying again at once would never let the loop's
    // thread end.
    return handed_back || ended ? Led::not_at_all : Led::to_the_end;
}

bool Loop::any_shaking_hands() const
{
    return std::any_of(units_.begin(), units_.end(),
                       [](const auto& unit) { return unit->shaking_hands(); });
}

}  // namespace ltn::runtime
