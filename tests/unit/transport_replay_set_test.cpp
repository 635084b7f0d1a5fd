// How long nonces are remembered, and what happens when there is no room.
#include <string>

#include "support/transport_recorders.h"
#include "transport/nonce.h"
#include "transport/replay_set.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::test;
using transport::ReplaySet;
using Verdict = ReplaySet::Verdict;

constexpr uint64_t kNow = 1'700'000'000;

std::string nonce(uint64_t number)
{
    std::string text = std::to_string(number);
    return std::string(32 - text.size(), '0') + text;
}

int code(Verdict verdict)
{
    return static_cast<int>(verdict);
}

void replay_is_noticed_until_the_request_is_too_old(void**)
{
    ZeroRandom random;
    ReplaySet set(300, 1000, random);
    assert_int_equal(code(set.record(nonce(1), kNow, kNow)), code(Verdict::fresh));
    assert_int_equal(code(set.record(nonce(1), kNow, kNow)), code(Verdict::replayed));
    assert_int_equal(code(set.check(nonce(1), kNow, kNow + 300)), code(Verdict::replayed));
    // upstream-S8: age and the skew, not age alone.
    assert_int_equal(code(set.check(nonce(1), kNow, kNow + 360)), code(Verdict::replayed));
    set.evict(kNow + 362);
    assert_int_equal(set.size(), 0);
}

void request_dated_ahead_is_remembered_longer(void**)
{
    ZeroRandom random;
    ReplaySet set(300, 1000, random);
    assert_int_equal(code(set.record(nonce(1), kNow + 60, kNow)), code(Verdict::fresh));
    assert_int_equal(code(set.check(nonce(1), kNow + 60, kNow + 419)), code(Verdict::replayed));
    set.evict(kNow + 423);
    assert_int_equal(set.size(), 0);
}

void case_of_the_digits_makes_another_nonce(void**)
{
    ZeroRandom random;
    ReplaySet set(300, 1000, random);
    assert_int_equal(code(set.record("abcdef0123456789abcdef0123456789", kNow, kNow)),
                     code(Verdict::fresh));
    assert_int_equal(code(set.record("ABCDEF0123456789abcdef0123456789", kNow, kNow)),
                     code(Verdict::fresh));
}

void full_set_refuses_newcomers_and_forgets_nothing(void**)
{
    ZeroRandom random;
    ReplaySet set(300, 100, random);
    for (uint64_t i = 0; i < 100; ++i) {
        assert_int_equal(code(set.record(nonce(i), kNow, kNow)), code(Verdict::fresh));
    }
    assert_int_equal(code(set.record(nonce(100), kNow, kNow)), code(Verdict::full));
    for (uint64_t i = 0; i < 100; ++i) {
        assert_int_equal(code(set.check(nonce(i), kNow, kNow)), code(Verdict::replayed));
    }
    assert_int_equal(code(set.record(nonce(100), kNow + 400, kNow + 400)), code(Verdict::fresh));
    assert_int_equal(set.size(), 1);
}

void clock_that_goes_back_admits_nothing_forgotten(void**)
{
    ZeroRandom random;
    ReplaySet set(300, 100, random);
    assert_int_equal(code(set.record(nonce(1), kNow, kNow)), code(Verdict::fresh));
    set.evict(kNow + 1000);
    assert_int_equal(code(set.check(nonce(1), kNow, kNow)), code(Verdict::unknowable));
    assert_int_equal(code(set.record(nonce(2), kNow + 900, kNow + 900)), code(Verdict::fresh));
    assert_int_equal(code(set.record(nonce(2), kNow + 900, kNow + 900)), code(Verdict::replayed));
}

void hour_long_ages_and_jumps_stay_bounded(void**)
{
    ZeroRandom random;
    ReplaySet set(3600, 100'000, random);
    uint64_t now = kNow;
    for (uint64_t i = 0; i < 20'000; ++i) {
        assert_int_equal(code(set.record(nonce(i), now, now)), code(Verdict::fresh));
        if (i % 2 == 0) ++now;
    }
    // 3,660 s at two a second, and what one tick holds more.
    assert_true(set.size() <= 2 * (3660 + 16));
    assert_true(set.size() >= 2 * 3660);
    set.evict(now + 10'000'000);
    assert_int_equal(set.size(), 0);
}

void nonce_has_32_hexadecimal_digits(void**)
{
    assert_true(transport::is_valid_nonce("000102030405060708090a0b0c0d0e0f"));
    assert_true(transport::is_valid_nonce("000102030405060708090A0B0C0D0E0F"));
    assert_false(transport::is_valid_nonce("000102030405060708090a0b0c0d0e0"));
    assert_false(transport::is_valid_nonce("000102030405060708090a0b0c0d0e0f0"));
    assert_false(transport::is_valid_nonce("000102030405060708090a0b0c0d0e0g"));
    assert_false(transport::is_valid_nonce(""));
    CountingRandom random;
    assert_string_equal(transport::make_nonce(random).c_str(), "000102030405060708090a0b0c0d0e0f");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(replay_is_noticed_until_the_request_is_too_old),
        cmocka_unit_test(request_dated_ahead_is_remembered_longer),
        cmocka_unit_test(case_of_the_digits_makes_another_nonce),
        cmocka_unit_test(full_set_refuses_newcomers_and_forgets_nothing),
        cmocka_unit_test(clock_that_goes_back_admits_nothing_forgotten),
        cmocka_unit_test(hour_long_ages_and_jumps_stay_bounded),
        cmocka_unit_test(nonce_has_32_hexadecimal_digits),
    };
    return cmocka_run_group_tests_name("transport_replay_set", tests, nullptr, nullptr);
}
