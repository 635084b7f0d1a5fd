// Polling before sleeping: decisions on a virtual clock.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include "io/spin.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::io;

SpinConfig config()
{
    SpinConfig out;
    out.window_ns = 20 * kMicrosecond;
    out.window_busy_ns = 150 * kMicrosecond;
    out.fruitless_max = 4;
    return out;
}

void one_processor_never_polls(void**)
{
    SpinConfig one = config();
    one.cpus = 1;
    assert_true(SpinPolicy(one).budget_ns(true) == 0);
}

void outstanding_calls_poll_longer(void**)
{
    SpinPolicy policy(config());
    assert_true(policy.budget_ns(false) == 20 * kMicrosecond);
    assert_true(policy.budget_ns(true) == 150 * kMicrosecond);
}

void fruitless_windows_stop_the_polling(void**)
{
    SpinPolicy policy(config());
    for (int i = 0; i < 3; ++i) policy.miss();
    assert_true(policy.budget_ns(true) > 0);
    policy.miss();
    assert_true(policy.budget_ns(true) == 0);
    assert_true(policy.stopped());
    assert_int_equal(policy.misses(), 4);
}

void a_hit_now_and_then_is_not_enough(void**)
{
    SpinPolicy policy(config());
    // One hit in sixteen never makes four misses in a row the reason, but the average.
    SpinConfig patient = config();
    patient.fruitless_max = 1000;
    policy = SpinPolicy(patient);
    for (int round = 0; round < 10 && !policy.stopped(); ++round) {
        policy.hit();
        for (int i = 0; i < 15; ++i) policy.miss();
    }
    assert_true(policy.stopped());
}

void steady_hits_keep_polling(void**)
{
    SpinPolicy policy(config());
    for (int i = 0; i < 1000; ++i) {
        policy.hit();
        if (i % 3 == 0) policy.miss();
    }
    assert_false(policy.stopped());
    assert_true(policy.hit_rate_permille() > 500);
}

void short_sleeps_start_polling_again_and_long_ones_do_not(void**)
{
    SpinPolicy policy(config());
    while (!policy.stopped()) policy.miss();
    for (int i = 0; i < 100; ++i) policy.slept(kSecond, true);
    assert_true(policy.stopped());
    int sleeps = 0;
    while (policy.stopped() && sleeps < 100) {
        policy.slept(100 * kMicrosecond, true);
        ++sleeps;
    }
    assert_true(sleeps >= 2 && sleeps <= 8);
    assert_true(policy.budget_ns(true) > 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(one_processor_never_polls),
        cmocka_unit_test(outstanding_calls_poll_longer),
        cmocka_unit_test(fruitless_windows_stop_the_polling),
        cmocka_unit_test(a_hit_now_and_then_is_not_enough),
        cmocka_unit_test(steady_hits_keep_polling),
        cmocka_unit_test(short_sleeps_start_polling_again_and_long_ones_do_not),
    };
    return cmocka_run_group_tests_name("io_spin", tests, nullptr, nullptr);
}
