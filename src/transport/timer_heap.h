// Deadlines of calls, dials, signers and handlers: a binary heap whose entries know their place, so
// that a deadline that is met leaves at once. With removal put off until expiry a minute of
// finished calls would sit in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace ltn::transport {

class TimerHeap;

// Sits inside the object it belongs to and leaves the heap with it.
class Timer {
public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer();

    bool armed() const { return heap_ != nullptr; }
    Nanos at_ns() const { return at_ns_; }

    void* owner = nullptr;
    uint8_t kind = 0;

private:
    friend class TimerHeap;
    TimerHeap* heap_ = nullptr;
    size_t index_ = 0;
    Nanos at_ns_ = kNever;
};

class TimerHeap {
public:
    TimerHeap() = default;
    TimerHeap(const TimerHeap&) = delete;
    TimerHeap& operator=(const TimerHeap&) = delete;
    ~TimerHeap();

    // kNever disarms.
    void set(Timer& timer, Nanos at_ns);
    void clear(Timer& timer);
    Nanos next_ns() const { return heap_.empty() ? kNever : heap_.front()->at_ns_; }
    // The earliest timer that is due, disarmed; null when none is.
    Timer* pop_due(Nanos now_ns);
    size_t size() const { return heap_.size(); }

private:
    void put(size_t index, Timer* timer);
    void sift_up(size_t index);
    void sift_down(size_t index);

    std::vector<Timer*> heap_;
};

}  // namespace ltn::transport
