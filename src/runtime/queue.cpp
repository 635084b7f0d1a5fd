#include "runtime/queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "runtime/process.h"

namespace ltn::runtime {

Queue::Queue(size_t capacity) : capacity_(capacity), fork_generation_(runtime::fork_generation()) {}

Queue::~Queue()
{
    const int fd = event_fd_.load();
    if (fd >= 0) ::close(fd);
}

bool Queue::reserve()
{
    if (closed()) return false;
    size_t taken = reserved_.load(std::memory_order_relaxed);
    do {
        if (taken >= capacity_) return false;
    } while (!reserved_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed));
    return true;
}

void Queue::unreserve()
{
    reserved_.fetch_sub(1, std::memory_order_relaxed);
}

void Queue::push(Event event)
{
    Event dropped;  // released outside the lock: it may run a destroy function
    {
        const std::lock_guard lock(mutex_);
        if (closed()) {
            dropped = std::move(event);
            if (dropped.has_place) unreserve();
            return;
        }
        events_.push_back(std::move(event));
        size_.store(events_.size(), std::memory_order_release);
        signal_locked();
    }
    if (waiting_.load(std::memory_order_acquire) > 0) changed_.notify_all();
}

void Queue::signal_locked()
{
    const int fd = event_fd_.load(std::memory_order_relaxed);
    if (fd < 0 || signalled_) return;
    const uint64_t one = 1;
    if (::write(fd, &one, sizeof one) == sizeof one) signalled_ = true;
}

size_t Queue::drain(ltn_event* events, size_t capacity, size_t event_size)
{
    size_t count = 0;
    std::vector<Event> dropped;
    const std::lock_guard lock(mutex_);
    while (count < capacity && !events_.empty()) {
        Event event = std::move(events_.front());
        events_.pop_front();
        if (event.has_place) unreserve();
        if (event.orphan()) {
            dropped.push_back(std::move(event));
            continue;
        }
        ltn_event shown = to_public(std::move(event));
        shown.size = static_cast<uint32_t>(std::min(event_size, sizeof shown));
        auto* const place = reinterpret_cast<uint8_t*>(events) + count * event_size;
        std::memcpy(place, &shown, shown.size);
        ++count;
    }
    size_.store(events_.size(), std::memory_order_release);
    if (events_.empty() && signalled_) {
        uint64_t drop = 0;
        if (::read(event_fd_.load(), &drop, sizeof drop) == sizeof drop) signalled_ = false;
    }
    return count;
}

Result<int> Queue::descriptor()
{
    const std::lock_guard lock(mutex_);
    if (event_fd_.load() < 0) {
        const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd < 0) {
            return Error(
                Code::io, Category::local,
                std::string("cannot make the queue's descriptor: ") + std::strerror(errno));
        }
        event_fd_.store(fd);
        if (!events_.empty()) signal_locked();
    }
    return event_fd_.load();
}

void Queue::close()
{
    std::deque<Event> left;
    {
        const std::lock_guard lock(mutex_);
        closed_.store(true, std::memory_order_release);
        left.swap(events_);
        size_.store(0, std::memory_order_release);
        for (const Event& event : left) {
            if (event.has_place) unreserve();
        }
    }
    changed_.notify_all();
    for (Event& event : left) {
        if (event.op && event.kind == LTN_EVENT_QUESTION && !event.op->done()) {
            (void)event.op->owner().refuse_op(*event.op, "the queue was closed");
        }
    }
}

bool Queue::wait_idle(Nanos timeout_ns)
{
    std::unique_lock lock(mutex_);
    waiting_.fetch_add(1);
    const auto ready = [this] { return !events_.empty() || closed(); };
    bool ok = false;
    if (timeout_ns == kNever) {
        changed_.wait(lock, ready);
        ok = true;
    } else {
        ok = changed_.wait_for(lock, std::chrono::nanoseconds(timeout_ns), ready);
    }
    waiting_.fetch_sub(1);
    return ok;
}

void Queue::feed_from(const std::shared_ptr<Loop>& loop)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(feeders_, [](const auto& weak) { return weak.expired(); });
    for (const auto& weak : feeders_) {
        if (weak.lock() == loop) return;
    }
    feeders_.push_back(loop);
}

std::vector<std::shared_ptr<Loop>> Queue::feeders()
{
    std::vector<std::shared_ptr<Loop>> out;
    const std::lock_guard lock(mutex_);
    for (const auto& weak : feeders_) {
        if (auto loop = weak.lock()) out.push_back(std::move(loop));
    }
    return out;
}

void Queue::abandon()
{
    const int fd = event_fd_.exchange(-1);
    if (fd >= 0) ::close(fd);
}

}  // namespace ltn::runtime
