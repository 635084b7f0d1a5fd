// A bounded queue of events that stands alone: fed by any number of loops, drained by the host in
// batches. Its descriptor is readable exactly when it is not empty; the eventfd behind it is made
// only when asked for, so that a host which never polls pays no system call.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "runtime/event.h"

namespace ltn::runtime {

class Queue {
public:
    explicit Queue(size_t capacity);
    ~Queue();

    uint64_t fork_generation() const { return fork_generation_; }

    // A place for one completion or question; false when all are taken. Every place is given back by
    // drain() or unreserve().
    bool reserve();
    void unreserve();

    // Never fails: the place was reserved. After close the event is dropped (a question is failed by
    // the release of its reference).
    void push(Event event);

    // Moves events out; those whose operation the host has freed are dropped.
    size_t drain(ltn_event* events, size_t capacity, size_t event_size);

    bool empty() const { return size_.load(std::memory_order_acquire) == 0; }
    bool closed() const { return closed_.load(std::memory_order_acquire); }
    Result<int> descriptor();
    void close();

    // Waits without driving anything; for followers and for queues that several loops feed.
    bool wait_idle(Nanos timeout_ns);

    // Loops whose events come here; a waiting caller drives them.
    void feed_from(const std::shared_ptr<Loop>& loop);
    std::vector<std::shared_ptr<Loop>> feeders();

    // The host's last wait drove the loop: what it submits next is flushed by its next wait.
    std::atomic<bool> driven{false};

    // In a forked child: closes the descriptor and nothing else.
    void abandon();

private:
    void signal_locked();

    const size_t capacity_;
    const uint64_t fork_generation_;
    std::atomic<size_t> reserved_{0};
    std::atomic<size_t> size_{0};
    std::atomic<bool> closed_{false};
    std::atomic<int> waiting_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Event> events_;
    std::vector<std::weak_ptr<Loop>> feeders_;
    std::atomic<int> event_fd_{-1};
    bool signalled_ = false;
};

}  // namespace ltn::runtime
