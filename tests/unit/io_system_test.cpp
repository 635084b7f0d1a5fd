// Clock, randomness and threads of the system.
#include <pthread.h>

#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>

#include "io/system_clock.h"
#include "io/system_random.h"
#include "io/thread.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::io;

void both_clocks_are_read(void**)
{
    const Instant first = system_now();
    const Instant second = system_now();
    assert_true(second.monotonic_ns >= first.monotonic_ns);
    assert_true(first.unix_s() > 1'600'000'000);
    assert_true(monotonic_now() >= second.monotonic_ns);
}

void random_bytes_differ(void**)
{
    assert_true(SystemRandom::init().ok());
    assert_true(SystemRandom::init().ok());
    SystemRandom random;
    assert_true(random.next_u64() != random.next_u64());
    random.fill({});
}

void thread_has_its_name_cut_and_blocks_every_signal(void**)
{
    std::string name;
    bool blocked = true;
    auto thread = Thread::start("ltn-loop-with-a-long-name", Thread::kStackMin, [&] {
        char buffer[32] = {};
        pthread_getname_np(pthread_self(), buffer, sizeof buffer);
        name = buffer;
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        for (int signal : {SIGINT, SIGTERM, SIGPIPE, SIGUSR1, SIGCHLD, SIGPROF}) {
            blocked = blocked && sigismember(&mask, signal) == 1;
        }
    });
    assert_true(thread.ok());
    thread->join();
    assert_string_equal(name.c_str(), "ltn-loop-with-a");
    assert_true(blocked);
    sigset_t mine;
    pthread_sigmask(SIG_SETMASK, nullptr, &mine);
    assert_int_equal(sigismember(&mine, SIGINT), 0);
}

void thread_stack_stays_in_its_range(void**)
{
    size_t size = 0;
    auto thread = Thread::start("stack", 64u << 20, [&] {
        pthread_attr_t attributes;
        pthread_getattr_np(pthread_self(), &attributes);
        pthread_attr_getstacksize(&attributes, &size);
        pthread_attr_destroy(&attributes);
    });
    assert_true(thread.ok());
    thread->join();
    assert_true(size >= Thread::kStackMin && size <= Thread::kStackMax + 64 * 1024);
}

void join_and_detach_of_nothing_are_harmless(void**)
{
    Thread none;
    none.join();
    none.detach();
    assert_false(none.joinable());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(both_clocks_are_read),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(thread_has_its_name_cut_and_blocks_every_signal),
        cmocka_unit_test(thread_stack_stays_in_its_range),
        cmocka_unit_test(join_and_detach_of_nothing_are_harmless),
    };
    return cmocka_run_group_tests_name("io_system", tests, nullptr, nullptr);
}
