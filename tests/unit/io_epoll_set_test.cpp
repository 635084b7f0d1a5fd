// The set of descriptors: timer, doorbell, sockets, nesting.
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <atomic>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include "io/epoll_set.h"
#include "io/system_clock.h"
#include "io/thread.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::io;

std::unique_ptr<EpollSet> make()
{
    auto set = EpollSet::create();
    assert_true(set.ok());
    return std::move(set.value());
}

bool readable(int fd)
{
    pollfd ready{fd, POLLIN, 0};
    return poll(&ready, 1, 0) == 1;
}

void quiet_set_reports_nothing(void**)
{
    auto set = make();
    const EpollSet::Wake wake = set->wait(0);
    assert_false(wake.timer);
    assert_false(wake.doorbell);
    assert_int_equal(wake.events.size(), 0);
    assert_false(readable(set->fd()));
}

void deadline_is_reported_once_and_not_before_it(void**)
{
    auto set = make();
    const Nanos due = monotonic_now() + 2 * kMillisecond;
    set->set_deadline(due);
    const EpollSet::Wake wake = set->wait(5000);
    assert_true(wake.timer);
    assert_true(monotonic_now() >= due);
    assert_true(set->armed_ns() == kNever);
    assert_false(set->wait(0).timer);
}

void deadline_in_the_past_is_due_at_once(void**)
{
    auto set = make();
    set->set_deadline(0);
    assert_true(set->wait(5000).timer);
    set->set_deadline(1);
    assert_true(set->wait(5000).timer);
}

void deadline_that_was_passed_leaves_the_descriptor_quiet_until_the_next(void**)
{
    auto set = make();
    const Nanos due = monotonic_now();
    set->set_deadline(due);
    assert_true(readable(set->fd()));
    set->pass_deadline(due, kNever);
    assert_false(readable(set->fd()));
    assert_true(set->armed_ns() == kNever);
    // One that is yet to come stays.
    const Nanos later = monotonic_now() + 3600 * kSecond;
    set->set_deadline(later);
    set->pass_deadline(monotonic_now(), kNever);
    assert_true(set->armed_ns() == later);
    set->set_deadline(due);
    set->pass_deadline(monotonic_now(), due);
    assert_true(readable(set->fd()));
}

void later_deadline_leaves_the_timer_alone_and_earlier_moves_it(void**)
{
    auto set = make();
    const Nanos start = monotonic_now();
    set->set_deadline(start + 100 * kSecond);
    set->set_deadline(start + 200 * kSecond);
    assert_true(set->armed_ns() == start + 100 * kSecond);
    set->set_deadline(kNever);
    assert_true(set->armed_ns() == start + 100 * kSecond);
    set->set_deadline(start + kMillisecond);
    assert_true(set->armed_ns() == start + kMillisecond);
    assert_true(set->wait(5000).timer);
}

// A caller sets a deadline while another thread takes the timer's report: however the two interleave,
// the next deadline must still come. It once did not, and calls outlived their deadlines.
void deadline_set_while_another_thread_takes_the_report_is_not_the_last(void**)
{
    auto set = make();
    for (int round = 0; round < 300; ++round) {
        std::atomic<bool> over{false};
        auto waiter = Thread::start("wait", Thread::kStackMin, [&] {
            while (!over) (void)set->wait(1);
        });
        assert_true(waiter.ok());
        for (int i = 0; i < 50; ++i) set->set_deadline(monotonic_now());
        over = true;
        waiter->join();
        (void)set->wait(0);  // what the waiter has left
        set->set_deadline(monotonic_now() + kMicrosecond);
        assert_true(set->wait(5000).timer);
    }
}

void rings_are_merged_into_one_report(void**)
{
    auto set = make();
    for (int i = 0; i < 1000; ++i) set->ring();
    assert_true(readable(set->fd()));
    assert_true(set->wait(0).doorbell);
    assert_false(set->wait(0).doorbell);
    set->ring();
    assert_true(set->wait(0).doorbell);
}

void descriptor_is_reported_until_read_and_not_after_removal(void**)
{
    auto set = make();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(set->add(ends[0], 7, true, false).ok());
    assert_true(set->add(ends[1], 8, false, false).ok());
    assert_int_equal(set->wait(0).events.size(), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    for (int i = 0; i < 2; ++i) {
        const EpollSet::Wake wake = set->wait(0);
        assert_int_equal(wake.events.size(), 1);
        assert_int_equal(wake.events[0].tag, 7);
        assert_true(wake.events[0].readable);
        assert_false(wake.events[0].writable);
    }
    set->remove(ends[0]);
    assert_int_equal(set->wait(0).events.size(), 0);
    assert_true(set->change(ends[1], 9, false, true).ok());
    const EpollSet::Wake wake = set->wait(0);
    assert_int_equal(wake.events.size(), 1);
    assert_int_equal(wake.events[0].tag, 9);
    assert_true(wake.events[0].writable);
    close(ends[0]);
    close(ends[1]);
}

void bad_descriptor_gives_an_error(void**)
{
    auto set = make();
    const Error error = set->add(-1, 1, true, false);
    assert_int_equal(static_cast<int>(error.code), static_cast<int>(Code::io));
}

// One side of the chain that a host makes: its set, libuv's, the gate's, ours.
void set_is_seen_through_three_others(void**)
{
    auto set = make();
    int outer[3];
    int below = set->fd();
    for (int& fd : outer) {
        fd = epoll_create1(EPOLL_CLOEXEC);
        epoll_event event{};
        event.events = EPOLLIN;
        assert_int_equal(epoll_ctl(fd, EPOLL_CTL_ADD, below, &event), 0);
        below = fd;
    }
    assert_false(readable(outer[2]));
    set->ring();
    assert_true(readable(outer[2]));
    assert_true(set->wait(0).doorbell);
    assert_false(readable(outer[2]));
    for (int fd : outer) close(fd);
}

// Under a race detector: what is written before ring() is read after the wait() that reports it.
void what_was_published_before_the_ring_is_seen(void**)
{
    constexpr uint64_t kLast = 20'000;
    auto set = make();
    std::atomic<uint64_t> published{0};
    auto thread = Thread::start("ring", Thread::kStackMin, [&] {
        for (uint64_t i = 1; i <= kLast; ++i) {
            published.store(i, std::memory_order_relaxed);
            set->ring();
        }
    });
    assert_true(thread.ok());
    uint64_t seen = 0;
    while (seen < kLast) {
        if (!set->wait(5000).doorbell) break;
        seen = published.load(std::memory_order_relaxed);
    }
    thread->join();
    assert_true(seen == kLast);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(quiet_set_reports_nothing),
        cmocka_unit_test(deadline_is_reported_once_and_not_before_it),
        cmocka_unit_test(deadline_in_the_past_is_due_at_once),
        cmocka_unit_test(deadline_that_was_passed_leaves_the_descriptor_quiet_until_the_next),
        cmocka_unit_test(later_deadline_leaves_the_timer_alone_and_earlier_moves_it),
        cmocka_unit_test(deadline_set_while_another_thread_takes_the_report_is_not_the_last),
        cmocka_unit_test(rings_are_merged_into_one_report),
        cmocka_unit_test(descriptor_is_reported_until_read_and_not_after_removal),
        cmocka_unit_test(bad_descriptor_gives_an_error),
        cmocka_unit_test(set_is_seen_through_three_others),
        cmocka_unit_test(what_was_published_before_the_ring_is_seen),
    };
    return cmocka_run_group_tests_name("io_epoll_set", tests, nullptr, nullptr);
}
