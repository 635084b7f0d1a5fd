// The gate between our set and who sleeps on it.
#include <poll.h>

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include "io/epoll_set.h"
#include "io/gate.h"
#include "io/thread.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::io;

struct Pair {
    std::unique_ptr<EpollSet> set;
    std::unique_ptr<Gate> gate;
};

Pair make()
{
    auto set = EpollSet::create();
    assert_true(set.ok());
    auto gate = Gate::create(set.value()->fd());
    assert_true(gate.ok());
    return {std::move(set.value()), std::move(gate.value())};
}

bool readable(int fd)
{
    pollfd ready{fd, POLLIN, 0};
    return poll(&ready, 1, 0) == 1;
}

void open_gate_shows_the_inner_set_until_it_is_served(void**)
{
    Pair pair = make();
    assert_false(readable(pair.gate->fd()));
    pair.set->ring();
    assert_true(readable(pair.gate->fd()));
    assert_true(pair.gate->take().inner);
    assert_true(readable(pair.gate->fd()));
    assert_true(pair.set->wait(0).doorbell);
    assert_false(readable(pair.gate->fd()));
}

void shut_gate_hides_the_inner_set_from_the_sleeper(void**)
{
    Pair pair = make();
    pair.gate->shut();
    assert_false(pair.gate->is_open());
    pair.set->ring();
    assert_false(readable(pair.gate->fd()));
    assert_false(pair.gate->take().inner);
    assert_true(readable(pair.set->fd()));
}

void what_came_while_shut_wakes_the_sleeper_on_opening(void**)
{
    Pair pair = make();
    pair.gate->shut();
    pair.set->ring();
    pair.gate->open();
    assert_true(readable(pair.gate->fd()));
    assert_true(pair.gate->take().inner);
}

void what_was_served_while_shut_does_not_wake_the_sleeper(void**)
{
    Pair pair = make();
    pair.set->ring();
    pair.gate->shut();
    assert_true(pair.set->wait(0).doorbell);
    pair.gate->open();
    assert_false(readable(pair.gate->fd()));
}

void bell_reaches_the_sleeper_through_a_shut_gate_once(void**)
{
    Pair pair = make();
    pair.gate->shut();
    pair.gate->ring();
    pair.gate->ring();
    assert_true(readable(pair.gate->fd()));
    const Gate::Ready ready = pair.gate->take();
    assert_true(ready.rung);
    assert_false(ready.inner);
    assert_false(readable(pair.gate->fd()));
    pair.gate->ring();
    assert_true(pair.gate->take().rung);
}

// The sleeper blocks on the gate; another thread shuts it, serves the set itself, opens it, and at
// last lets one event through.
void sleeper_sleeps_while_a_caller_drives(void**)
{
    Pair pair = make();
    int wakes = 0;
    auto sleeper = Thread::start("sleeper", Thread::kStackMin, [&] {
        pollfd ready{pair.gate->fd(), POLLIN, 0};
        if (poll(&ready, 1, 10'000) == 1) ++wakes;
    });
    assert_true(sleeper.ok());
    pair.gate->shut();
    for (int i = 0; i < 1000; ++i) {
        pair.set->ring();
        assert_true(pair.set->wait(0).doorbell);
    }
    pair.gate->open();
    pair.set->ring();
    sleeper->join();
    assert_int_equal(wakes, 1);
    assert_true(pair.set->wait(0).doorbell);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(open_gate_shows_the_inner_set_until_it_is_served),
        cmocka_unit_test(shut_gate_hides_the_inner_set_from_the_sleeper),
        cmocka_unit_test(what_came_while_shut_wakes_the_sleeper_on_opening),
        cmocka_unit_test(what_was_served_while_shut_does_not_wake_the_sleeper),
        cmocka_unit_test(bell_reaches_the_sleeper_through_a_shut_gate_once),
        cmocka_unit_test(sleeper_sleeps_while_a_caller_drives),
    };
    return cmocka_run_group_tests_name("io_gate", tests, nullptr, nullptr);
}
