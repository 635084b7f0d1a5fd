// The small containers of the transport job, each against a plain one from the standard library.
#include <map>
#include <memory>
#include <set>

#include "transport/id_table.h"
#include "transport/linked_list.h"
#include "transport/timer_heap.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::transport;

// xorshift: the same sequence on every run.
uint32_t next(uint32_t& state)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

void id_table_finds_what_a_map_finds(void**)
{
    int items[64];
    std::map<uint64_t, int*> model;
    IdTable<int> table;
    uint32_t state = 1;
    for (int round = 0; round < 50'000; ++round) {
        uint64_t id = (next(state) % 200) * 4;
        int* item = &items[next(state) % 64];
        if (next(state) % 2 == 0) {
            assert_int_equal(table.insert(id, item), model.emplace(id, item).second);
        } else {
            auto found = model.find(id);
            assert_ptr_equal(table.erase(id), found == model.end() ? nullptr : found->second);
            if (found != model.end()) model.erase(found);
        }
        assert_int_equal(table.size(), model.size());
    }
    for (uint64_t id = 0; id < 800; ++id) {
        auto found = model.find(id);
        assert_ptr_equal(table.find(id), found == model.end() ? nullptr : found->second);
    }
    size_t seen = 0;
    table.for_each([&seen](int&) { ++seen; });
    assert_int_equal(seen, model.size());
}

void timers_come_in_order_and_only_when_due(void**)
{
    TimerHeap heap;
    std::unique_ptr<Timer> timers[100];
    for (auto& timer : timers) timer = std::make_unique<Timer>();
    std::multimap<Nanos, size_t> model;
    Nanos at[100];
    for (Nanos& a : at) a = kNever;
    uint32_t state = 7;
    auto forget = [&](size_t i) {
        for (auto it = model.begin(); it != model.end(); ++it) {
            if (it->second == i) {
                model.erase(it);
                break;
            }
        }
        at[i] = kNever;
    };
    for (int round = 0; round < 20'000; ++round) {
        size_t i = next(state) % 100;
        switch (next(state) % 4) {
            case 0:
            case 1:
                forget(i);
                at[i] = next(state) % 1000;
                model.emplace(at[i], i);
                heap.set(*timers[i], at[i]);
                break;
            case 2:
                forget(i);
                heap.clear(*timers[i]);
                break;
            case 3: {
                Nanos now = next(state) % 300;
                Timer* due = heap.pop_due(now);
                if (model.empty() || model.begin()->first > now) {
                    assert_null(due);
                } else {
                    assert_non_null(due);
                    size_t which = 0;
                    while (timers[which].get() != due) ++which;
                    assert_int_equal(at[which], model.begin()->first);
                    forget(which);
                }
                break;
            }
        }
        assert_int_equal(heap.size(), model.size());
        assert_true(heap.next_ns() == (model.empty() ? kNever : model.begin()->first));
    }
    // A timer that goes takes itself out.
    for (auto& timer : timers) timer.reset();
    assert_int_equal(heap.size(), 0);
}

struct Item : ListNode<Item> {
    int number = 0;
};

void list_keeps_the_order_of_arrival_and_lets_the_middle_go(void**)
{
    LinkedList<Item> list;
    LinkedList<Item> other;
    {
        Item a, b, c;
        a.number = 1;
        b.number = 2;
        c.number = 3;
        list.push_back(a);
        list.push_back(b);
        list.push_back(c);
        b.unlink();
        assert_int_equal(list.size(), 2);
        assert_ptr_equal(LinkedList<Item>::next(a), &c);
        other.push_back(c);  // moves
        assert_int_equal(list.size(), 1);
        assert_ptr_equal(list.pop_front(), &a);
        assert_null(list.pop_front());
        list.push_back(a);
    }
    // Elements that went took themselves out.
    assert_true(list.empty());
    assert_true(other.empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(id_table_finds_what_a_map_finds),
        cmocka_unit_test(timers_come_in_order_and_only_when_due),
        cmocka_unit_test(list_keeps_the_order_of_arrival_and_lets_the_middle_go),
    };
    return cmocka_run_group_tests_name("transport_tables", tests, nullptr, nullptr);
}
