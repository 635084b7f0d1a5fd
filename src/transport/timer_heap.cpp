#include "transport/timer_heap.h"

namespace ltn::transport {

Timer::~Timer()
{
    if (heap_ != nullptr) heap_->clear(*this);
}

TimerHeap::~TimerHeap()
{
    for (Timer* timer : heap_) timer->heap_ = nullptr;
}

void TimerHeap::put(size_t index, Timer* timer)
{
    heap_[index] = timer;
    timer->index_ = index;
}

void TimerHeap::sift_up(size_t index)
{
    Timer* timer = heap_[index];
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (heap_[parent]->at_ns_ <= timer->at_ns_) break;
        put(index, heap_[parent]);
        index = parent;
    }
    put(index, timer);
}

void TimerHeap::sift_down(size_t index)
{
    Timer* timer = heap_[index];
    for (;;) {
        size_t child = index * 2 + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1]->at_ns_ < heap_[child]->at_ns_) ++child;
        if (timer->at_ns_ <= heap_[child]->at_ns_) break;
        put(index, heap_[child]);
        index = child;
    }
    put(index, timer);
}

void TimerHeap::set(Timer& timer, Nanos at_ns)
{
    clear(timer);
    if (at_ns == kNever) return;
    timer.at_ns_ = at_ns;
    timer.heap_ = this;
    heap_.push_back(&timer);
    sift_up(heap_.size() - 1);
}

void TimerHeap::clear(Timer& timer)
{
    if (timer.heap_ != this) return;
    timer.heap_ = nullptr;
    timer.at_ns_ = kNever;
    size_t index = timer.index_;
    Timer* last = heap_.back();
    heap_.pop_back();
    if (last == &timer) return;
    put(index, last);
    sift_down(index);
    sift_up(last->index_);
}

Timer* TimerHeap::pop_due(Nanos now_ns)
{
    if (heap_.empty() || heap_.front()->at_ns_ > now_ns) return nullptr;
    Timer* timer = heap_.front();
    clear(*timer);
    return timer;
}

}  // namespace ltn::transport
