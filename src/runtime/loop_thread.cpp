// The drive that brings its own thread: turns, upcalls, a bounded spin, then sleep on the gate.
#include <algorithm>
#include <chrono>
#include <utility>

#include "io/system_clock.h"
#include "runtime/loop.h"
#include "runtime/process.h"
#include "runtime/spinner.h"

namespace ltn::runtime {

namespace {

// How long after the last waiting caller has left the loop's thread takes the sockets back. Within it,
// callers in a row hand over without a system call.
constexpr Nanos kParkNs = kMillisecond;

}  // namespace

void Loop::thread_main()
{
    Spinner spin(config_.spin_ns);
    bool delivered = false;
    bool woke = true;  // look at the set after a sleep only: polling the sockets needs no epoll
    for (;;) {
        bool worked = false;
        bool idle = false;
        {
            const std::lock_guard guard(lock_);
            if (!parked()) {
                if (woke || any_blocked()) take_readiness(0);
                woke = false;
                worked = turn(true);
            } else if (delivered || std::exchange(rung_, false) || anything_to_do()) {
                worked = turn(true);
                // The leader sleeps until a deadline that was set before this turn.
                set_->set_deadline(next_expiry_locked());
            }
            idle = units_.empty() && !anything_to_do();
        }
        delivered = deliver();
        if (delivered || worked) {
            spin.worked(io::monotonic_now());
            continue;
        }
        if (idle) {
            if (end_thread()) return;
            sched_yield();
            continue;
        }
        if (!parked() && spin.again(io::monotonic_now())) {
            // Somebody who wants the lock gets it before the next look at the socket.
            do {
                sched_yield();
            } while (lock_.contended());
            continue;
        }
        if (sleep_on_gate()) {
            spin.slept(io::monotonic_now());
            woke = true;
        }
    }
}

// Nothing is attached any more: gives everything back and says so. False when somebody still leads, or
// something was attached meanwhile.
bool Loop::end_thread()
{
    {
        const std::lock_guard threads(thread_mutex_);
        const std::lock_guard guard(lock_);
        if (drivers_.load(std::memory_order_acquire) > 0) {
            set_->ring();  // the leader sleeps on the set that is about to go
            return false;
        }
        if (!units_.empty() || anything_to_do()) return false;
        parked_.store(false, std::memory_order_release);
        close_io();
        thread_alive_ = false;
    }
    thread_changed_.notify_all();
    return true;
}

bool Loop::any_blocked() const
{
    return std::any_of(units_.begin(), units_.end(),
                       [](const auto& unit) { return unit->blocked(); });
}

void Loop::take_readiness(int timeout_ms)
{
    const io::EpollSet::Wake wake = set_->wait(timeout_ms);
    for (const auto& event : wake.events) {
        if (event.writable) watch_room(*reinterpret_cast<Port*>(event.tag), false);
    }
}

// False when there was something to do after all.
bool Loop::sleep_on_gate()
{
    int timeout_ms = -1;
    {
        const std::lock_guard guard(lock_);
        if (anything_to_do() && !parked()) {
            // What could not be flushed waits for room in a socket, which the set reports.
            bool blocked_only = deliveries_.empty() && leaving_.empty() && !log_.pending();
            for (const auto& unit : units_) {
                blocked_only = blocked_only && !unit->wants_full_turn() &&
                               (!unit->wants_flush() || unit->blocked());
            }
            if (!blocked_only) return false;
        }
        if (parked()) {
            // A leader that sleeps watches the sockets; one that has left must be noticed.
            timeout_ms = leader_sleeping_.load(std::memory_order_acquire) ? -1 : 1;
        } else {
            set_->set_deadline(next_expiry_locked());
        }
        sleeping_.store(true);
        if (mail_.load()) {
            sleeping_.store(false);
            return false;
        }
    }
    uv_->run_once(timeout_ms);
    sleeping_.store(false, std::memory_order_release);
    // Rung without work of ours: a look-up has an answer that only a full turn fetches.
    rung_ |= gate_->take().rung;
    if (parked()) {
        const std::lock_guard guard(lock_);
        (void)unpark_if_quiet(io::monotonic_now());
    }
    return true;
}

void Loop::park()
{
    if (parked()) return;
    gate_->shut();
    parked_.store(true, std::memory_order_release);
}

bool Loop::unpark_if_quiet(Nanos now_ns)
{
    if (!parked() || drivers_.load(std::memory_order_acquire) > 0) return false;
    if (now_ns < last_driver_ns_.load(std::memory_order_acquire) + kParkNs && !anything_to_do()) {
        return false;
    }
    unpark();
    return true;
}

void Loop::unpark()
{
    parked_.store(false, std::memory_order_release);
    gate_->open();
}

Code Loop::wait_quiet(Nanos timeout_ns)
{
    if (in_upcall()) return Code::would_deadlock;
    if (drive_ != Drive::thread) {
        return wait(
            [this] {
                const std::lock_guard guard(lock_);
                return units_.empty();
            },
            timeout_ns);
    }
    std::unique_lock threads(thread_mutex_);
    const auto quiet = [this] { return !thread_alive_; };
    if (timeout_ns == kNever) {
        thread_changed_.wait(threads, quiet);
    } else if (!thread_changed_.wait_for(threads, std::chrono::nanoseconds(timeout_ns), quiet)) {
        return Code::pending;
    }
    if (thread_.joinable()) thread_.join();
    return Code::ok;
}

bool Loop::wait_released(const std::function<bool()>& released, Nanos timeout_ns)
{
    std::unique_lock threads(thread_mutex_);
    if (timeout_ns == kNever) {
        thread_changed_.wait(threads, released);
        return true;
    }
    return thread_changed_.wait_for(threads, std::chrono::nanoseconds(timeout_ns), released);
}

}  // namespace ltn::runtime
