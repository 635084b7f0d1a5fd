// The earliest of many deadlines. Items carry their own place in the heap, so that moving one costs
// no search.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/time.h"

namespace ltn::quic {

struct TimerItem {
    static constexpr size_t kNowhere = static_cast<size_t>(-1);
    void* owner = nullptr;
    Nanos due_ns = kNever;
    size_t place = kNowhere;
};

class TimerHeap {
public:
    TimerItem* earliest() const { return items_.empty() ? nullptr : items_.front(); }
    Nanos next_ns() const { return items_.empty() ? kNever : items_.front()->due_ns; }

    void set(TimerItem& item, Nanos due_ns)
    {
        if (due_ns == kNever) {
            remove(item);
            return;
        }
        if (item.place == TimerItem::kNowhere) {
            item.place = items_.size();
            items_.push_back(&item);
        } else if (item.due_ns == due_ns) {
            return;
        }
        item.due_ns = due_ns;
        up(item.place);
        down(item.place);
    }

    void remove(TimerItem& item)
    {
        size_t place = item.place;
        item.due_ns = kNever;
        if (place == TimerItem::kNowhere) return;
        item.place = TimerItem::kNowhere;
        TimerItem* last = items_.back();
        items_.pop_back();
        if (last == &item) return;
        items_[place] = last;
        last->place = place;
        up(place);
        down(last->place);
    }

private:
    void up(size_t i)
    {
        while (i > 0 && items_[i]->due_ns < items_[(i - 1) / 2]->due_ns) {
            swap(i, (i - 1) / 2);
            i = (i - 1) / 2;
        }
    }

    void down(size_t i)
    {
        for (;;) {
            size_t least = i;
            for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < items_.size(); ++child) {
                if (items_[child]->due_ns < items_[least]->due_ns) least = child;
            }
            if (least == i) return;
            swap(i, least);
            i = least;
        }
    }

    void swap(size_t a, size_t b)
    {
        std::swap(items_[a], items_[b]);
        items_[a]->place = a;
        items_[b]->place = b;
    }

    std::vector<TimerItem*> items_;
};

}  // namespace ltn::quic
