// Lists of others' making: prefixes, answers that look broken, when to ask, and the roster.
#include "support/transport_recorders.h"
#include "transport/admission_lists.h"

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
using namespace ltn::transport;
using Held = HeldList<int>::Outcome;

Address v6(uint16_t site, uint16_t source, uint8_t host = 1)
{
    std::array<uint8_t, 16> ip{0x20, 1, 0xd, 0xb8};
    ip[4] = static_cast<uint8_t>(site >> 8);
    ip[5] = static_cast<uint8_t>(site);
    ip[6] = static_cast<uint8_t>(source >> 8);
    ip[7] = static_cast<uint8_t>(source);
    ip[15] = host;
    return Address::v6(ip, 9);
}

Address mapped(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    return Address::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, 7);
}

void prefixes_hold_what_they_name_and_nothing_else(void**)
{
    PrefixSet set({{Address::v4(10, 1, 2, 3, 0), 8},
                   {Address::v4(10, 9, 9, 9, 0), 32},
                   {Address::v4(192, 0, 2, 7, 0), 32},
                   {Address::v4(198, 51, 100, 129, 0), 25},
                   {v6(5, 0), 48},
                   {v6(6, 7), 64}});
    assert_true(set.contains(Address::v4(10, 0, 0, 0, 1)));
    assert_true(set.contains(Address::v4(10, 255, 255, 255, 1)));
    assert_false(set.contains(Address::v4(11, 0, 0, 0, 1)));
    assert_false(set.contains(Address::v4(9, 255, 255, 255, 1)));
    assert_true(set.contains(Address::v4(192, 0, 2, 7, 65535)));
    assert_false(set.contains(Address::v4(192, 0, 2, 8, 1)));
    assert_true(set.contains(Address::v4(198, 51, 100, 128, 1)));
    assert_false(set.contains(Address::v4(198, 51, 100, 127, 1)));
    assert_true(set.contains(v6(5, 0xffff, 200)));
    assert_true(set.contains(v6(6, 7, 99)));
    assert_false(set.contains(v6(6, 8)));
    assert_false(PrefixSet().contains(Address::v4(10, 0, 0, 1, 1)));
    assert_true(PrefixSet({{Address::v4(0, 0, 0, 0, 0), 0}}).contains(Address::v4(8, 8, 8, 8, 1)));
    assert_false(PrefixSet({{Address::v4(0, 0, 0, 0, 0), 0}}).contains(v6(1, 1)));
}

void ipv4_in_ipv6_dress_is_ipv4_on_both_sides(void**)
{
    // upstream-S23: a dual-stack listener sees the one, the list says the other.
    PrefixSet plain({{Address::v4(192, 0, 2, 7, 0), 32}});
    assert_true(plain.contains(mapped(192, 0, 2, 7)));
    PrefixSet dressed({{mapped(192, 0, 2, 7), 128}, {mapped(10, 0, 0, 0), 104}});
    assert_true(dressed.contains(Address::v4(192, 0, 2, 7, 1)));
    assert_true(dressed.contains(Address::v4(10, 200, 0, 1, 1)));
    assert_false(dressed.contains(Address::v4(11, 0, 0, 1, 1)));
}

std::vector<int> first(int count, int from = 0)
{
    std::vector<int> out;
    for (int i = 0; i < count; ++i) out.push_back(from + i);
    return out;
}

void empty_or_shrunken_answer_waits_for_a_second_like_it(void**)
{
    HeldList<int> list;
    assert_false(list.resolved());
    assert_true(list.offer(first(100), 1) == Held::applied);
    // Up to three tenths may leave at once.
    assert_true(list.offer(first(70), 2) == Held::applied);
    assert_true(list.offer({}, 3) == Held::held);
    assert_true(list.holding());
    assert_int_equal(list.items().size(), 70);
    assert_int_equal(list.age_ns(5), 3);
    // Another broken answer confirms nothing; two alike do.
    assert_true(list.offer(first(20), 4) == Held::held);
    assert_true(list.offer({}, 5) == Held::held);
    assert_true(list.offer({}, 6) == Held::applied);
    assert_true(list.items().empty());
    // From nothing to anything locks nobody out.
    assert_true(list.offer(first(100), 7) == Held::applied);
    assert_true(list.offer(first(60), 8) == Held::held);
    assert_true(list.offer(first(58), 9) == Held::applied);
    // A whole one in between withdraws the suspicion.
    assert_true(list.offer({}, 10) == Held::held);
    assert_true(list.offer(first(58), 11) == Held::applied);
    assert_false(list.holding());
    assert_true(list.offer({}, 12) == Held::held);
    // As many others in their place is a loss all the same.
    assert_true(list.offer(first(58, 1000), 13) == Held::held);
    // The host's own word needs no second.
    list.set({}, 14);
    assert_true(list.items().empty());
}

void few_entries_may_leave_a_short_list(void**)
{
    HeldList<int> list;
    (void)list.offer(first(4), 1);
    assert_true(list.offer(first(1), 2) == Held::applied);
    assert_true(list.offer({}, 3) == Held::held);
    assert_true(list.contains(0));
}

void questions_come_at_start_then_spread_and_sooner_after_a_failure(void**)
{
    CountingRandom random;
    Refresh refresh(100 * kSecond, 1000 * kSecond);
    assert_true(refresh.take_due(1000 * kSecond, random));
    assert_false(refresh.take_due(1000 * kSecond, random));
    assert_true(refresh.due_ns() <= 1100 * kSecond && refresh.due_ns() >= 1090 * kSecond);
    refresh.failed(1001 * kSecond, random);
    assert_true(refresh.due_ns() <= 1006 * kSecond && refresh.due_ns() > 1005 * kSecond);
    assert_true(refresh.take_due(1006 * kSecond, random));
    refresh.failed(1007 * kSecond, random);
    assert_true(refresh.due_ns() > 1015 * kSecond);
    // Never later than ordinarily.
    for (int i = 0; i < 20; ++i) {
        refresh.take_due(refresh.due_ns(), random);
        refresh.failed(refresh.due_ns() - kSecond, random);
    }
    assert_true(refresh.take_due(refresh.due_ns(), random));
    Nanos due = refresh.due_ns();
    refresh.succeeded();
    refresh.confirm(due - 50 * kSecond);
    assert_true(refresh.due_ns() == due - 40 * kSecond);
}

crypto::PublicKey key(uint32_t number)
{
    crypto::PublicKey out{};
    std::memcpy(out.data(), &number, sizeof number);
    out[31] = 1;
    return out;
}

void roster_keeps_eight_addresses_of_a_hotkey_for_a_week(void**)
{
    ZeroRandom random;
    Roster roster(random, 0);
    for (uint8_t i = 0; i < 9; ++i) {
        roster.learn(key(1), Address::v4(10, 0, 0, i, 5), 30, (1 + i) * kSecond);
    }
    assert_int_equal(roster.prefixes().size(), 8);
    // The one seen longest ago made room.
    assert_null(roster.bucket_of(key(1), Address::v4(10, 0, 0, 0, 5)));
    assert_non_null(roster.bucket_of(key(1), Address::v4(10, 0, 0, 8, 6)));
    assert_null(roster.bucket_of(key(2), Address::v4(10, 0, 0, 8, 6)));
    // IPv6 by /64.
    roster.learn(key(2), v6(1, 1, 1), 30, 10 * kSecond);
    assert_non_null(roster.bucket_of(key(2), v6(1, 1, 77)));
    assert_null(roster.bucket_of(key(2), v6(1, 2, 1)));
    roster.learn(key(2), v6(1, 1, 2), 30, Roster::kExpiry);
    roster.forget_expired(Roster::kExpiry + 10 * kSecond);
    assert_false(roster.knows(key(1)));
    assert_true(roster.knows(key(2)));
}

void restored_source_keeps_its_age_and_expires_by_it(void**)
{
    ZeroRandom random;
    Roster roster(random, 0);
    const Nanos day = 24 * 3600 * kSecond;
    const auto host = [](uint8_t last) {
        return transport::source_prefix(Address::v4(10, 0, 0, last, 0));
    };
    // The clock has just begun: six days ago lies before it.
    assert_true(roster.restore({key(1), host(1), 6 * day}, 30, kSecond));
    assert_true(roster.restore({key(1), host(2), 2 * day}, 30, kSecond));
    assert_true(roster.restore({key(2), host(3), 8 * day}, 30, kSecond));
    assert_true(roster.take_changed());
    assert_false(roster.knows(key(2)));
    const auto sources = roster.sources(kSecond);
    assert_int_equal(sources.size(), 2);
    assert_int_equal(sources[0].age_ns / kSecond, 6 * day / kSecond);
    assert_non_null(roster.bucket_of(key(1), Address::v4(10, 0, 0, 1, 5)));
    roster.forget_expired(day + 2 * kSecond);
    assert_null(roster.bucket_of(key(1), Address::v4(10, 0, 0, 1, 5)));
    assert_non_null(roster.bucket_of(key(1), Address::v4(10, 0, 0, 2, 5)));
}

void restored_source_never_takes_the_place_of_a_fresher_one(void**)
{
    ZeroRandom random;
    Roster roster(random, 0);
    for (uint8_t i = 0; i < 8; ++i) {
        roster.learn(key(1), Address::v4(10, 0, 0, i, 5), 30, (1 + i) * kSecond);
    }
    const auto old = transport::source_prefix(Address::v4(10, 0, 0, 99, 0));
    assert_true(roster.restore({key(1), old, 3600 * kSecond}, 30, 9 * kSecond));
    assert_null(roster.bucket_of(key(1), Address::v4(10, 0, 0, 99, 5)));
    // What is known already is not made older.
    const auto known = transport::source_prefix(Address::v4(10, 0, 0, 7, 0));
    assert_true(roster.restore({key(1), known, 3600 * kSecond}, 30, 9 * kSecond));
    assert_int_equal(roster.sources(9 * kSecond)[7].age_ns, kSecond);
}

void crowd_of_keys_pushes_nobody_off_the_roster(void**)
{
    ZeroRandom random;
    Roster roster(random, 0);
    roster.learn(key(0), Address::v4(10, 0, 0, 1, 5), 30, 0);
    for (uint32_t i = 1; i < 3 * Roster::kHotkeysMax; ++i) {
        roster.learn(key(i), Address::v4(10, 0, 0, 2, 5), 30, kSecond);
    }
    assert_int_equal(roster.hotkeys(), Roster::kHotkeysMax);
    assert_true(roster.knows(key(0)));
}

void roster_enforces_when_a_tempo_passed_and_half_are_covered(void**)
{
    ZeroRandom random;
    Roster roster(random, 0);
    std::vector<crypto::PublicKey> permitted;
    for (uint32_t i = 0; i < 8; ++i) permitted.push_back(key(i));
    for (uint32_t i = 0; i < 4; ++i) roster.learn(key(i), Address::v4(10, 0, 0, 1, 5), 30, 1);
    roster.update_state(&permitted, Roster::kLearning - 1);
    assert_int_equal(roster.coverage_percent(), 50);
    assert_false(roster.enforcing());
    roster.update_state(&permitted, Roster::kLearning);
    assert_true(roster.enforcing());
    // Others get permits: at three eighths it goes on, below a quarter it learns again.
    for (uint32_t i = 8; i < 11; ++i) permitted.push_back(key(i));
    roster.update_state(&permitted, Roster::kLearning);
    assert_true(roster.enforcing());
    for (uint32_t i = 11; i < 17; ++i) permitted.push_back(key(i));
    roster.update_state(&permitted, Roster::kLearning);
    assert_false(roster.enforcing());
    roster.update_state(nullptr, 2 * Roster::kLearning);
    assert_false(roster.enforcing());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_hold_what_they_name_and_nothing_else),
        cmocka_unit_test(ipv4_in_ipv6_dress_is_ipv4_on_both_sides),
        cmocka_unit_test(empty_or_shrunken_answer_waits_for_a_second_like_it),
        cmocka_unit_test(few_entries_may_leave_a_short_list),
        cmocka_unit_test(questions_come_at_start_then_spread_and_sooner_after_a_failure),
        cmocka_unit_test(roster_keeps_eight_addresses_of_a_hotkey_for_a_week),
        cmocka_unit_test(restored_source_keeps_its_age_and_expires_by_it),
        cmocka_unit_test(restored_source_never_takes_the_place_of_a_fresher_one),
        cmocka_unit_test(crowd_of_keys_pushes_nobody_off_the_roster),
        cmocka_unit_test(roster_enforces_when_a_tempo_passed_and_half_are_covered),
    };
    return cmocka_run_group_tests_name("transport_admission_lists", tests, nullptr, nullptr);
}
