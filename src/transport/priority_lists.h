// What waits, the most urgent first; equals in the order in which they came. Eight lists, so that a
// long queue of one priority costs the others nothing.
#pragma once

#include <algorithm>
#include <array>

#include "codec/envelope2.h"
#include "transport/linked_list.h"

namespace ltn::transport {

template <class T>
class PriorityLists {
public:
    bool empty() const { return front() == nullptr; }
    T* front() const
    {
        for (auto list = lists_.rbegin(); list != lists_.rend(); ++list) {
            if (!list->empty()) return list->front();
        }
        return nullptr;
    }
    void push_back(T& item, uint8_t priority)
    {
        lists_[std::min(priority, codec::kPriorityMax)].push_back(item);
    }
    // `visit` may unlink the item that it is shown.
    template <class F>
    void for_each(F&& visit)
    {
        for (LinkedList<T>& list : lists_) {
            for (T* item = list.front(); item != nullptr;) {
                T* next = LinkedList<T>::next(*item);
                visit(*item);
                item = next;
            }
        }
    }

private:
    std::array<LinkedList<T>, codec::kPriorityMax + 1> lists_;
};

}  // namespace ltn::transport
