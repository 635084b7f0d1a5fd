// The lock of a loop. Callers take it for the length of one submission, the loop's thread for one
// turn. A thread that spins on its turns must let a waiter in, which std::mutex alone does not
// promise; hence the count.
#pragma once

#include <sched.h>

#include <atomic>
#include <mutex>

namespace ltn::runtime {

class LoopLock {
public:
    void lock()
    {
        if (mutex_.try_lock()) return;
        waiting_.fetch_add(1, std::memory_order_relaxed);
        // A turn is usually shorter than the 20 us that a sleeping thread needs to wake.
        for (int i = 0; i < 64; ++i) {
            sched_yield();
            if (mutex_.try_lock()) {
                waiting_.fetch_sub(1, std::memory_order_relaxed);
                return;
            }
        }
        mutex_.lock();
        waiting_.fetch_sub(1, std::memory_order_relaxed);
    }
    bool try_lock() { return mutex_.try_lock(); }
    void unlock() { mutex_.unlock(); }
    bool contended() const { return waiting_.load(std::memory_order_relaxed) > 0; }

private:
    std::mutex mutex_;
    std::atomic<int> waiting_{0};
};

}  // namespace ltn::runtime
