// The lock of a loop. Callers take it for the length of one submission, the loop's thread for one
// turn. A thread that spins on its turns must let a waiter in, which std::mutex alone does not
// promise; hence the count.
//
// The order of locks: never two loops' locks on one thread, so that loops cannot wait for each other
// in a ring (debug builds check it); what one loop has to tell another goes through a Mailbox. Under a
// loop's lock only leaves are taken: a mailbox, a queue, the log, a loop's bell, a server team.
#pragma once

#include <sched.h>

#include <atomic>
#include <cassert>
#include <mutex>

namespace ltn::runtime {

class LoopLock {
public:
    void lock()
    {
        if (try_lock()) return;
        waiting_.fetch_add(1, std::memory_order_relaxed);
        // A turn is usually shorter than the 20 us that a sleeping thread needs to wake.
        for (int i = 0; i < 64; ++i) {
            sched_yield();
            if (try_lock()) {
                waiting_.fetch_sub(1, std::memory_order_relaxed);
                return;
            }
        }
        mutex_.lock();
        note_held(1);
        waiting_.fetch_sub(1, std::memory_order_relaxed);
    }
    bool try_lock()
    {
        if (!mutex_.try_lock()) return false;
        note_held(1);
        return true;
    }
    void unlock()
    {
        note_held(-1);
        mutex_.unlock();
    }
    bool contended() const { return waiting_.load(std::memory_order_relaxed) > 0; }

private:
#ifdef NDEBUG
    static void note_held(int) {}
#else
    static void note_held(int change)
    {
        static thread_local int held = 0;  // of all loops, by this thread
        held += change;
        assert(held == 0 || held == 1);
    }
#endif

    std::mutex mutex_;
    std::atomic<int> waiting_{0};
};

}  // namespace ltn::runtime
