// Budgets per source and per hotkey.
#include "support/transport_recorders.h"
#include "transport/rate_limiter.h"

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
using transport::RateLimiter;
using transport::source_key;
using transport::TableKey;

constexpr Nanos kStart = 1'000 * kSecond;

TableKey host(uint32_t number)
{
    return source_key(Address::v4(10, static_cast<uint8_t>(number >> 16),
                                  static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number),
                                  1));
}

void thirty_a_minute_and_the_thirty_first_waits(void**)
{
    ZeroRandom random;
    RateLimiter limiter(30, 100, random);
    for (int i = 0; i < 30; ++i) assert_true(limiter.take(host(1), kStart));
    assert_false(limiter.take(host(1), kStart));
    assert_true(limiter.take(host(2), kStart));
    assert_false(limiter.take(host(1), kStart + 1999 * kMillisecond));
    assert_true(limiter.take(host(1), kStart + 2000 * kMillisecond));
    assert_false(limiter.take(host(1), kStart + 2000 * kMillisecond));
    for (int i = 0; i < 30; ++i) assert_true(limiter.take(host(1), kStart + 62 * kSecond));
    assert_false(limiter.take(host(1), kStart + 62 * kSecond));
}

void ports_of_one_host_share_and_v6_shares_a_64(void**)
{
    assert_true(source_key(Address::v4(10, 0, 0, 1, 1)) == source_key(Address::v4(10, 0, 0, 1, 2)));
    std::array<uint8_t, 16> a{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
    std::array<uint8_t, 16> b = a;
    b[15] = 0xff;
    b[8] = 7;
    std::array<uint8_t, 16> c = a;
    c[7] = 2;
    assert_true(source_key(Address::v6(a, 1)) == source_key(Address::v6(b, 9)));
    assert_false(source_key(Address::v6(a, 1)) == source_key(Address::v6(c, 1)));
    // An IPv4 host is never one with a /64 that begins with its bytes.
    std::array<uint8_t, 16> d{10, 0, 0, 1};
    assert_false(source_key(Address::v6(d, 1)) == source_key(Address::v4(10, 0, 0, 1, 1)));
}

void flood_of_sources_gives_nobody_his_tokens_back(void**)
{
    ZeroRandom random;
    RateLimiter limiter(2, 16, random);
    // Sixteen sources that are being limited fill the table.
    for (uint32_t i = 0; i < 16; ++i) {
        assert_true(limiter.take(host(i), kStart));
        assert_true(limiter.take(host(i), kStart));
        assert_false(limiter.take(host(i), kStart));
    }
    // Newcomers share one budget.
    assert_true(limiter.take(host(100), kStart));
    assert_true(limiter.take(host(101), kStart));
    for (uint32_t i = 102; i < 1000; ++i) assert_false(limiter.take(host(i), kStart));
    for (uint32_t i = 0; i < 16; ++i) assert_false(limiter.take(host(i), kStart));
    assert_int_equal(limiter.size(), 16);
    // A minute later the places are free again.
    for (uint32_t i = 200; i < 216; ++i) {
        assert_true(limiter.take(host(i), kStart + 61 * kSecond));
    }
    assert_int_equal(limiter.size(), 16);
}

void clock_standing_still_or_going_back_makes_no_tokens(void**)
{
    ZeroRandom random;
    RateLimiter limiter(1, 16, random);
    assert_true(limiter.take(host(1), kStart));
    assert_false(limiter.take(host(1), kStart - 10 * kSecond));
    assert_false(limiter.take(host(1), kStart + 59 * kSecond));
    assert_true(limiter.take(host(1), kStart + 60 * kSecond));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(thirty_a_minute_and_the_thirty_first_waits),
        cmocka_unit_test(ports_of_one_host_share_and_v6_shares_a_64),
        cmocka_unit_test(flood_of_sources_gives_nobody_his_tokens_back),
        cmocka_unit_test(clock_standing_still_or_going_back_makes_no_tokens),
    };
    return cmocka_run_group_tests_name("transport_rate_limiter", tests, nullptr, nullptr);
}
