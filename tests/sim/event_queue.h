// What will happen, in the order of time and, at one moment, of scheduling.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/time.h"

namespace ltn::sim {

class EventQueue {
public:
    void add(Nanos at_ns, std::function<void()> event)
    {
        entries_.push_back({at_ns, next_++, std::move(event)});
        std::push_heap(entries_.begin(), entries_.end(), later);
    }

    Nanos next_ns() const { return entries_.empty() ? kNever : entries_.front().at_ns; }
    size_t size() const { return entries_.size(); }

    std::function<void()> pop()
    {
        std::pop_heap(entries_.begin(), entries_.end(), later);
        std::function<void()> out = std::move(entries_.back().event);
        entries_.pop_back();
        return out;
    }

private:
    struct Entry {
        Nanos at_ns;
        uint64_t number;
        std::function<void()> event;
    };
    static bool later(const Entry& a, const Entry& b)
    {
        return a.at_ns != b.at_ns ? a.at_ns > b.at_ns : a.number > b.number;
    }

    std::vector<Entry> entries_;
    uint64_t next_ = 0;
};

}  // namespace ltn::sim
