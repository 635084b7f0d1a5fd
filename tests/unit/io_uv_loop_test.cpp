// The private event loop, driven through the gate.
#include <dirent.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "io/epoll_set.h"
#include "io/gate.h"
#include "io/system_clock.h"
#include "io/thread.h"
#include "io/uv_loop.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::io;

struct Fixture {
    std::unique_ptr<EpollSet> set = std::move(EpollSet::create().value());
    std::unique_ptr<Gate> gate = std::move(Gate::create(set->fd()).value());
    std::unique_ptr<UvLoop> loop;
    int inner = 0;
    int rung = 0;
    EpollSet::Wake last;

    Fixture()
    {
        auto made = UvLoop::create(*gate, [this](Gate::Ready ready) {
            if (ready.inner) {
                ++inner;
                last = set->wait(0);
            }
            if (ready.rung) ++rung;
        });
        assert_true(made.ok());
        loop = std::move(made.value());
    }
};

int count_descriptors()
{
    int count = 0;
    DIR* folder = opendir("/proc/self/fd");
    while (readdir(folder) != nullptr) ++count;
    closedir(folder);
    return count;
}

void inner_set_wakes_the_loop(void**)
{
    Fixture fixture;
    fixture.loop->run_once(0);
    assert_int_equal(fixture.inner, 0);
    fixture.set->ring();
    fixture.loop->run_once(-1);
    assert_int_equal(fixture.inner, 1);
    assert_true(fixture.last.doorbell);
    fixture.loop->run_once(0);
    assert_int_equal(fixture.inner, 1);
}

void deadline_of_the_inner_set_wakes_the_loop(void**)
{
    Fixture fixture;
    fixture.set->set_deadline(monotonic_now() + 300 * kMicrosecond);
    fixture.loop->run_once(-1);
    assert_true(fixture.last.timer);
}

void bounded_turn_ends_without_events(void**)
{
    Fixture fixture;
    fixture.loop->run_once(1);
    assert_int_equal(fixture.inner + fixture.rung, 0);
}

void wake_from_another_thread_passes_a_shut_gate(void**)
{
    Fixture fixture;
    fixture.gate->shut();
    fixture.set->ring();
    auto thread = Thread::start("waker", Thread::kStackMin, [&] { fixture.loop->wake(); });
    assert_true(thread.ok());
    fixture.loop->run_once(-1);
    thread->join();
    assert_int_equal(fixture.rung, 1);
    assert_int_equal(fixture.inner, 0);
}

void backend_descriptor_can_be_nested_in_a_hosts_set(void**)
{
    Fixture fixture;
    fixture.loop->run_once(0);
    const int host = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    assert_int_equal(epoll_ctl(host, EPOLL_CTL_ADD, fixture.loop->backend_fd(), &event), 0);
    assert_int_equal(epoll_wait(host, &event, 1, 0), 0);
    fixture.set->ring();
    assert_int_equal(epoll_wait(host, &event, 1, 5000), 1);
    fixture.loop->run_once(0);
    assert_int_equal(fixture.inner, 1);
    assert_int_equal(epoll_wait(host, &event, 1, 0), 0);
    close(host);
}

void lent_watch_reports_until_it_is_removed(void**)
{
    Fixture fixture;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int calls = 0;
    UvLoop::WatchId id = 0;
    auto watch = fixture.loop->add_watch(ends[0], UvLoop::kReadable, [&](unsigned events) {
        assert_int_equal(events, UvLoop::kReadable);
        if (++calls == 2) fixture.loop->remove_watch(id);
    });
    assert_true(watch.ok());
    id = watch.value();
    assert_int_equal(write(ends[1], "x", 1), 1);
    for (int i = 0; i < 5; ++i) fixture.loop->run_once(0);
    assert_int_equal(calls, 2);
    assert_false(fixture.loop->change_watch(id, UvLoop::kWritable).ok());
    fixture.loop->remove_watch(id);
    close(ends[0]);
    close(ends[1]);
}

void refused_datagram_does_not_stop_a_lent_watch(void**)
{
    Fixture fixture;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    const int gone = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(gone, raw, len), 0);
    assert_int_equal(getsockname(gone, raw, &len), 0);
    close(gone);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(fd, raw, len), 0);
    std::vector<unsigned> seen;
    auto watch = fixture.loop->add_watch(fd, UvLoop::kReadable, [&](unsigned events) {
        seen.push_back(events);
        char byte;
        (void)!recv(fd, &byte, 1, 0);
    });
    assert_true(watch.ok());
    assert_int_equal(send(fd, "x", 1, 0), 1);
    fixture.loop->run_once(1000);
    assert_int_equal(seen.size(), 1);
    // Now somebody is there: the watch is still alive.
    const int peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(peer, raw, len), 0);
    sockaddr_in mine{};
    len = sizeof mine;
    assert_int_equal(getsockname(fd, reinterpret_cast<sockaddr*>(&mine), &len), 0);
    assert_int_equal(sendto(peer, "y", 1, 0, reinterpret_cast<sockaddr*>(&mine), len), 1);
    fixture.loop->run_once(1000);
    assert_int_equal(seen.size(), 2);
    assert_int_equal(seen[1], UvLoop::kReadable);
    fixture.loop->remove_watch(watch.value());
    fixture.loop->run_once(0);
    close(fd);
    close(peer);
}

void lent_timer_fires_once_and_a_removed_one_never(void**)
{
    Fixture fixture;
    int fired = 0;
    assert_true(fixture.loop->add_timer(100 * kMicrosecond, [&] { ++fired; }).ok());
    const auto removed = fixture.loop->add_timer(1, [&] { fired += 100; });
    assert_true(removed.ok());
    fixture.loop->remove_timer(removed.value());
    assert_true(fixture.loop->next_timeout_ms() >= 0);
    while (fired == 0) fixture.loop->run_once(100);
    fixture.loop->run_once(1);
    assert_int_equal(fired, 1);
}

void closing_gives_every_descriptor_back_and_loops_can_be_made_again(void**)
{
    const int before = count_descriptors();
    for (int i = 0; i < 3; ++i) {
        Fixture fixture;
        fixture.set->ring();
        fixture.loop->run_once(-1);
        (void)fixture.loop->add_timer(kSecond, [] {});
        (void)fixture.loop->add_watch(fixture.set->fd(), UvLoop::kReadable, [](unsigned) {});
        fixture.loop->close();
        fixture.loop->close();
        assert_false(fixture.loop->add_timer(1, [] {}).ok());
    }
    assert_int_equal(count_descriptors(), before);
}

void forked_child_closes_its_copies_and_the_parent_goes_on(void**)
{
    const int before = count_descriptors();
    Fixture fixture;
    (void)fixture.loop->add_timer(1000 * kSecond, [] {});
    fixture.loop->run_once(0);
    const pid_t child = fork();
    if (child == 0) {
        fixture.loop->abandon();
        fixture.loop.reset();
        fixture.gate.reset();
        fixture.set.reset();
        // libuv's fork handler may have opened a pair that only the process's end closes.
        _exit(count_descriptors() <= before + 2 ? 42 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 42);
    fixture.set->ring();
    fixture.loop->run_once(1000);
    assert_int_equal(fixture.inner, 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(inner_set_wakes_the_loop),
        cmocka_unit_test(deadline_of_the_inner_set_wakes_the_loop),
        cmocka_unit_test(bounded_turn_ends_without_events),
        cmocka_unit_test(wake_from_another_thread_passes_a_shut_gate),
        cmocka_unit_test(backend_descriptor_can_be_nested_in_a_hosts_set),
        cmocka_unit_test(lent_watch_reports_until_it_is_removed),
        cmocka_unit_test(refused_datagram_does_not_stop_a_lent_watch),
        cmocka_unit_test(lent_timer_fires_once_and_a_removed_one_never),
        cmocka_unit_test(closing_gives_every_descriptor_back_and_loops_can_be_made_again),
        cmocka_unit_test(forked_child_closes_its_copies_and_the_parent_goes_on),
    };
    return cmocka_run_group_tests_name("io_uv_loop", tests, nullptr, nullptr);
}
