// One loop: its lock, its clock, its units, and who runs it. Three drives (design 3.1): a thread of its
// own, the host, or a virtual clock. A caller that waits runs the loop itself (design 3.5).
//
// Callers take the loop's lock and act at once; there is no queue of commands between them and the core. The
// lock is held for one turn at most, so a queue would only add a wake-up (20 us here) to every
// call. What bounds acceptance is the core's own limit (calls_max); stop and cancel are never refused.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/buffer_pool.h"
#include "base/log.h"
#include "io/epoll_set.h"
#include "io/gate.h"
#include "io/resolver.h"
#include "io/thread.h"
#include "io/uv_loop.h"
#include "runtime/event.h"
#include "runtime/log_relay.h"
#include "runtime/loop_lock.h"
#include "runtime/unit.h"
#include "runtime/virtual_net.h"

namespace ltn::runtime {

enum class Drive : int32_t {
    thread = LTN_DRIVE_THREAD,
    host = LTN_DRIVE_HOST,
    virtual_clock = LTN_DRIVE_VIRTUAL
};

struct LoopConfig {
    uint32_t loops = 1;
    Nanos spin_ns = 50 * kMicrosecond;  // longest spin before sleeping; 0: never
    io::SocketOptions socket;
};

class Loop : public std::enable_shared_from_this<Loop> {
public:
    Loop(Drive drive, uint64_t seed);
    ~Loop();

    Drive drive() const { return drive_; }
    LoopConfig& config() { return config_; }
    LogRelay& log() { return log_; }
    // For copies of what hosts hand in. Any thread.
    BufferPool& buffers() { return *buffers_; }
    Random& random();
    Instant now() const;
    LoopLock& lock() { return lock_; }

    // ---- Units. Called without the lock. attach() starts what runs the loop.
    Error attach(std::shared_ptr<Unit> unit);
    void stop_all();
    // Something is attached.
    bool running();
    // LTN_OK once no unit is left and no thread of ours runs.
    Code wait_quiet(Nanos timeout_ns);
    // Thread drive: waits until `released` holds; units are released by the loop's thread.
    bool wait_released(const std::function<bool()>& released, Nanos timeout_ns);

    // ---- For units, under the lock.
    Result<std::unique_ptr<Port>> open_port(const Address& address);
    void watch(Port& port);
    void unwatch(Port& port);
    void watch_room(Port& port, bool blocked);
    // The unit has closed: it is let go after this turn.
    void detach(Unit* unit);
    // To the queue at once, or to the loop's thread as an upcall.
    void emit(const EventTarget& target, Event event);
    void ask(ltn_question_fn fn, HostDataPtr data, OpRef op);
    // Waits for the loop's thread like any upcall.
    void deliver_later(Delivery delivery);
    // An operation has ended: wakes who waits for it.
    void op_ended();
    // After a change made from outside a turn: sends now, or makes sure that somebody will.
    enum class Urgency { now, with_next_wait, soon };
    void submitted(Unit& unit, Urgency urgency);

    // ---- Any thread, also under another loop's lock: a unit of this loop has mail, which its next
    // turn reads. Whoever runs the loop is woken.
    void nudge();

    // ---- Waiting. Without the lock.
    // Runs the loop until `done` or the timeout. Code::pending on timeout.
    template <class Done>
    Code wait(Done&& done, Nanos timeout_ns)
    {
        using Callable = std::remove_reference_t<Done>;
        return wait_until([](void* context) { return (*static_cast<Callable*>(context))(); },
                          const_cast<std::remove_const_t<Callable>*>(&done), timeout_ns);
    }
    // True when waiters drove this loop within the last millisecond.
    bool parked() const { return parked_.load(std::memory_order_relaxed); }

    // ---- Host and virtual drive.
    Result<int> descriptor();
    Nanos next_deadline_ns();
    Code step(Nanos timeout_ns);
    // The host freed the runtime: nobody steps any more. A last turn, then everything is let go.
    void dissolve();
    VirtualNet* virtual_net() { return virtual_.get(); }

    // Off the loop; answers are collected by its poll(), in a full turn.
    io::Resolver* resolver() { return resolver_.get(); }

    // In a forked child.
    void abandon();

private:
    using DoneFn = bool (*)(void*);
    Code wait_until(DoneFn done, void* context, Nanos timeout_ns);
    Code wait_thread(DoneFn done, void* context, Nanos deadline_ns);
    Code wait_stepping(DoneFn done, void* context, Nanos deadline_ns);
    enum class Led { to_the_end, not_at_all };
    Led lead(DoneFn done, void* context, Nanos deadline_ns);
    void park();
    bool unpark_if_quiet(Nanos now_ns);

    Error open_io();
    void close_io();
    void thread_main();
    bool end_thread();
    bool any_blocked() const;
    bool any_shaking_hands() const;
    void unpark();
    void take_readiness(int timeout_ms);
    bool sleep_on_gate();
    bool turn(bool full);
    bool anything_to_do() const;
    bool deliver();
    Nanos next_expiry_locked() const;
    void wake_sleeper();

    const Drive drive_;
    LoopConfig config_;
    LogRelay log_;
    std::shared_ptr<BufferPool> buffers_ = BufferPool::create();
    std::unique_ptr<VirtualNet> virtual_;
    std::unique_ptr<Random> system_random_;

    LoopLock lock_;
    std::vector<std::shared_ptr<Unit>> units_;
    std::vector<std::shared_ptr<Unit>> leaving_;
    std::vector<Delivery> deliveries_;
    std::vector<Delivery> delivering_;  // whoever delivers; one thread at a time
    bool io_open_ = false;

    std::unique_ptr<io::EpollSet> set_;
    std::unique_ptr<io::Gate> gate_;
    std::unique_ptr<io::UvLoop> uv_;
    std::unique_ptr<io::Resolver> resolver_;
    io::Thread thread_;
    bool rung_ = false;          // the loop's thread only
    bool thread_alive_ = false;  // under thread_mutex_
    std::mutex thread_mutex_;
    std::condition_variable thread_changed_;

    // The loop's thread sleeps on the gate; whoever makes work for it rings.
    std::atomic<bool> sleeping_{false};
    // Set by nudge(). Whoever goes to sleep says so first and looks at this then; nudge() does it the
    // other way round, so one of the two sees the other.
    std::atomic<bool> mail_{false};
    std::mutex bell_mutex_;  // keeps set_ and gate_ alive for nudge(), which has no other lock
    // Waiters have taken the sockets over (gate shut).
    std::atomic<bool> parked_{false};
    std::atomic<int> drivers_{0};
    std::atomic<Nanos> last_driver_ns_{0};
    std::atomic<bool> leader_sleeping_{false};
    std::atomic<int> followers_{0};
    std::mutex lead_mutex_;
    std::mutex follow_mutex_;
    std::condition_variable follow_changed_;
    bool dissolved_ = false;  // under the lock
    bool stepping_ = false;   // under the lock: a host's step is running upcalls
};

}  // namespace ltn::runtime
