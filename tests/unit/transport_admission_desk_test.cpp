// The desk that all loops of a server ask: what passes once, who has a place, who pays.
#include "support/transport_recorders.h"
#include "transport/admission_desk.h"

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

crypto::PublicKey key(uint8_t number)
{
    crypto::PublicKey out{};
    out[0] = number;
    out[31] = 1;
    return out;
}

NonceText nonce(uint32_t number)
{
    std::string text = std::to_string(number);
    text.insert(0, 32 - text.size(), '0');
    NonceText out{};
    std::copy(text.begin(), text.end(), out.begin());
    return out;
}

Address host(uint8_t number)
{
    return Address::v4(198, 51, 100, number, 4000);
}

struct Desk {
    Clock clock;
    CountingRandom random;
    AdmissionDesk desk;
    uint64_t attempts = 0;
    std::vector<CloseOrder> orders;

    explicit Desk(const ServerConfig& config = {}) : desk(config, random, clock.now) {}

    std::optional<Ruling> say(const DeskMessage& message)
    {
        desk.take(message, clock.now);
        return replies();
    }
    std::optional<Ruling> replies()
    {
        std::optional<Ruling> ruling;
        DeskReply reply;
        while (desk.next_reply(reply)) {
            if (auto* one = std::get_if<Ruling>(&reply)) ruling = *one;
            if (auto* order = std::get_if<CloseOrder>(&reply)) orders.push_back(*order);
        }
        return ruling;
    }
    Ruling admit(Seat seat, const crypto::PublicKey& who, uint32_t number,
                 const Address& source = host(1))
    {
        Admit message;
        message.seat = seat;
        message.attempt = ++attempts;
        message.source = source;
        message.key = who;
        message.nonce = nonce(number);
        message.timestamp_s = clock.now.unix_s();
        return *say(message);
    }
    Ruling prove(Seat seat, const crypto::PublicKey& who, uint32_t number)
    {
        return *say(Proved{seat, ++attempts, who, nonce(number), clock.now.unix_s(), false});
    }
    void enter(Seat seat, const crypto::PublicKey& who, const Address& source = host(1))
    {
        (void)say(Entered{seat, ++attempts, who, source, true, true, Lane::unknown});
    }
    bool join(Seat seat, const crypto::PublicKey& who, uint32_t number,
              const Address& source = host(1))
    {
        if (admit(seat, who, number, source).refusal) return false;
        if (prove(seat, who, number).refusal) return false;
        enter(seat, who, source);
        return true;
    }
};

void nonce_passes_once_whichever_loop_it_comes_to(void**)
{
    Desk desk;
    // Both loops looked it up before either has proved it.
    assert_false(desk.admit({0, 1}, key(1), 7).refusal.has_value());
    assert_false(desk.admit({1, 1}, key(1), 7).refusal.has_value());
    assert_false(desk.prove({0, 1}, key(1), 7).refusal.has_value());
    assert_true(desk.prove({1, 1}, key(1), 7).refusal == Refusal::nonce);
    assert_true(desk.admit({1, 2}, key(1), 7).refusal == Refusal::nonce);
    assert_int_equal(desk.desk.nonces(), 1);
}

void newer_connection_on_another_loop_closes_the_older_by_number(void**)
{
    Desk desk;
    assert_true(desk.join({0, 5}, key(1), 1));
    const uint64_t entered_by = desk.attempts;
    assert_true(desk.join({1, 9}, key(1), 2));
    assert_int_equal(desk.orders.size(), 1);
    assert_true(desk.orders[0].seat == (Seat{0, 5}));
    assert_int_equal(desk.orders[0].attempt, entered_by);
    assert_string_equal(desk.orders[0].reason.c_str(), "replaced");
    // The end of the older one takes nothing from the newer.
    (void)desk.say(Gone{{0, 5}, key(1), host(1), false, Lane::unknown});
    assert_int_equal(desk.desk.peers(), 1);
    (void)desk.say(Gone{{1, 9}, key(1), host(1), false, Lane::unknown});
    assert_int_equal(desk.desk.peers(), 0);
}

void reserved_place_is_kept_and_given_back(void**)
{
    ServerConfig config;
    config.connections_max = 1;
    Desk desk(config);
    assert_false(desk.prove({0, 1}, key(1), 1).refusal.has_value());
    assert_true(desk.prove({1, 1}, key(2), 2).refusal == Refusal::capacity);
    (void)desk.say(GivenUp{{0, 1}, desk.attempts, key(1)});
    assert_false(desk.prove({1, 1}, key(2), 3).refusal.has_value());
    desk.enter({1, 1}, key(2));
    // Its hotkey needs no second place to come back, the connection still being there or not.
    assert_false(desk.prove({0, 2}, key(2), 4).refusal.has_value());
    (void)desk.say(Gone{{1, 1}, key(2), host(1), false, Lane::unknown});
    assert_true(desk.prove({1, 3}, key(3), 5).refusal == Refusal::capacity);
    desk.enter({0, 2}, key(2));
    assert_true(desk.orders.empty());
    assert_int_equal(desk.desk.peers(), 1);
}

void sum_of_the_strangers_over_loops_is_bounded(void**)
{
    ServerConfig config;
    config.unauthenticated_connections_max = 4;
    config.unauthenticated_per_source_max = 2;
    Desk desk(config);
    (void)desk.say(Accepted{{0, 1}, host(1), Lane::unknown});
    (void)desk.say(Accepted{{1, 1}, host(1), Lane::unknown});
    assert_true(desk.orders.empty());
    (void)desk.say(Accepted{{1, 2}, host(1), Lane::unknown});
    assert_int_equal(desk.orders.size(), 1);
    assert_true(desk.orders[0].seat == (Seat{1, 2}));
    assert_int_equal(desk.orders[0].attempt, 0);
    (void)desk.say(Gone{{1, 2}, std::nullopt, host(1), true, Lane::unknown});
    (void)desk.say(Gone{{1, 1}, std::nullopt, host(1), true, Lane::unknown});
    (void)desk.say(Accepted{{1, 3}, host(1), Lane::unknown});
    assert_int_equal(desk.orders.size(), 1);
    // The crowd of strangers does not count against who comes from a known address.
    for (uint8_t i = 2; i < 4; ++i) (void)desk.say(Accepted{{0, i}, host(i), Lane::unknown});
    (void)desk.say(Accepted{{0, 9}, host(9), Lane::unknown});
    assert_int_equal(desk.orders.size(), 2);
    (void)desk.say(Accepted{{0, 10}, host(10), Lane::known});
    assert_int_equal(desk.orders.size(), 2);
}

void withdrawn_permit_closes_after_the_grace_and_not_if_it_returns(void**)
{
    ServerConfig config;
    config.require_validator_permit = true;
    Desk desk(config);
    // Nobody before the first list (upstream-R17: refused, not kept waiting).
    assert_true(desk.admit({0, 1}, key(1), 1).refusal == Refusal::permit);
    desk.desk.set_permits({key(1), key(2)}, desk.clock.now);
    assert_true(desk.join({0, 1}, key(1), 1));
    assert_true(desk.join({1, 1}, key(2), 2));
    assert_true(desk.admit({0, 3}, key(3), 3).refusal == Refusal::permit);
    desk.desk.set_permits({key(2)}, desk.clock.now);
    desk.clock.advance(config.permit_grace_ns / 2);
    desk.desk.set_permits({key(1)}, desk.clock.now);
    desk.clock.advance(config.permit_grace_ns / 2);
    (void)desk.desk.expire(desk.clock.now);
    (void)desk.replies();
    assert_true(desk.orders.empty());
    desk.clock.advance(config.permit_grace_ns / 2);
    assert_true(desk.desk.next_ns() <= desk.clock.now.monotonic_ns);
    (void)desk.desk.expire(desk.clock.now);
    (void)desk.replies();
    assert_int_equal(desk.orders.size(), 1);
    assert_true(desk.orders[0].seat == (Seat{1, 1}));
    assert_string_equal(desk.orders[0].reason.c_str(), "permit_withdrawn");
}

void old_permits_admit_nobody_and_throw_nobody_out(void**)
{
    ServerConfig config;
    config.require_validator_permit = true;
    config.validator_permit_age_max_ns = 3600 * kSecond;
    Desk desk(config);
    desk.desk.set_permits({key(1)}, desk.clock.now);
    assert_true(desk.join({0, 1}, key(1), 1));
    desk.clock.advance(3601 * kSecond);
    (void)desk.desk.expire(desk.clock.now);
    assert_true(desk.admit({0, 2}, key(1), 2).refusal == Refusal::permit);
    desk.clock.advance(3600 * kSecond);
    (void)desk.desk.expire(desk.clock.now);
    (void)desk.replies();
    assert_true(desk.orders.empty());
    // The same list again is young again.
    assert_true(desk.desk.permits_resolved({key(1)}, desk.clock.now));
    assert_false(desk.admit({0, 2}, key(1), 3).refusal.has_value());
}

void peers_behind_one_address_have_budgets_of_their_own_once_known(void**)
{
    ServerConfig config;
    config.handshake_attempts_per_minute_max = 4;
    config.hotkey_attempts_per_minute_max = 1000;
    Desk desk(config);
    uint32_t number = 0;
    for (uint8_t peer = 1; peer <= 4; ++peer) {
        assert_true(desk.join({0, peer}, key(peer), ++number));
    }
    // A stranger behind the same address has used up nothing of theirs, nor they his minute's rest.
    assert_true(desk.admit({0, 99}, key(99), ++number).refusal == Refusal::rate);
    for (uint8_t peer = 1; peer <= 4; ++peer) {
        // The handshake that made it known counted.
        for (int i = 0; i < 3; ++i) {
            assert_true(desk.join({0, static_cast<uint64_t>(100 + peer)}, key(peer), ++number));
        }
        assert_true(desk.admit({0, 7}, key(peer), ++number).refusal == Refusal::rate);
    }
    // From elsewhere one of them is a stranger again, with the stranger's budget of that source.
    assert_true(desk.join({0, 50}, key(1), ++number, host(2)));
}

void hour_of_wrong_clock_neither_forgets_nonces_nor_locks_out(void**)
{
    Desk desk;
    assert_true(desk.join({0, 1}, key(1), 1));
    const uint64_t right_s = desk.clock.now.unix_s();
    for (const int64_t jump_ms : {int64_t{3'600'000}, int64_t{-3'600'000}}) {
        desk.clock.now.unix_ms += static_cast<uint64_t>(jump_ms);
        desk.clock.advance(kSecond);
        desk.desk.forget_expired(desk.clock.now);
        assert_int_equal(desk.desk.nonces(), jump_ms > 0 ? 1 : 2);
        desk.clock.now.unix_ms -= static_cast<uint64_t>(jump_ms);
        // Back where it was: the old nonce is remembered, new ones pass at once.
        Admit again;
        again.seat = {0, 2};
        again.source = host(1);
        again.key = key(1);
        again.nonce = nonce(1);
        again.timestamp_s = right_s;
        assert_true(desk.say(again)->refusal == Refusal::nonce);
        assert_true(desk.join({0, 2}, key(1), jump_ms > 0 ? 2 : 3));
    }
}

void what_was_forgotten_stays_refused_after_the_clock_went_back(void**)
{
    Desk desk;
    assert_true(desk.join({0, 1}, key(1), 1));
    const uint64_t dated_s = desk.clock.now.unix_s();
    desk.clock.advance(500 * kSecond);
    desk.desk.forget_expired(desk.clock.now);
    assert_int_equal(desk.desk.nonces(), 0);
    desk.clock.now.unix_ms -= 500'000;
    Proved again{{0, 2}, 9, key(1), nonce(1), dated_s, false};
    assert_true(desk.say(again)->refusal == Refusal::nonce);
    again.nonce = nonce(2);
    again.timestamp_s = dated_s + 1;
    assert_false(desk.say(again)->refusal.has_value());
}

void holder_of_a_48_neither_flushes_nor_starves(void**)
{
    ServerConfig config;
    config.tracked_rate_sources_max = 1000;
    Desk desk(config);
    auto from = [](uint16_t source) {
        std::array<uint8_t, 16> ip{0x20, 1, 0xd, 0xb8, 0, 1};
        ip[6] = static_cast<uint8_t>(source >> 8);
        ip[7] = static_cast<uint8_t>(source);
        return Address::v6(ip, 1);
    };
    // A source that is being limited.
    for (uint32_t i = 0; i < 30; ++i) (void)desk.admit({0, 1}, key(9), i, host(66));
    assert_true(desk.admit({0, 1}, key(9), 31, host(66)).refusal == Refusal::rate);
    uint32_t heard = 0;
    for (uint32_t i = 0; i < 5000; ++i) {
        if (!desk.admit({0, 2}, key(8), 100 + i, from(static_cast<uint16_t>(i))).refusal) ++heard;
    }
    assert_int_equal(heard, 8 * 30);
    assert_true(desk.admit({0, 1}, key(9), 32, host(66)).refusal == Refusal::rate);
    // Another source is heard as ever.
    for (uint32_t i = 0; i < 30; ++i) {
        assert_false(desk.admit({0, 3}, key(7), 9000 + i, host(1)).refusal.has_value());
    }
}

void strangers_leave_room_in_the_nonce_set_for_known_hotkeys(void**)
{
    ServerConfig config;
    config.nonce_entries_max = 8;
    config.connections_max = 100;
    Desk desk(config);
    assert_true(desk.join({0, 1}, key(1), 1));
    for (uint8_t i = 2; i < 7; ++i) assert_false(desk.prove({0, i}, key(i), i).refusal.has_value());
    assert_true(desk.prove({0, 7}, key(7), 7).refusal == Refusal::capacity);
    assert_false(desk.prove({0, 1}, key(1), 8).refusal.has_value());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(nonce_passes_once_whichever_loop_it_comes_to),
        cmocka_unit_test(newer_connection_on_another_loop_closes_the_older_by_number),
        cmocka_unit_test(reserved_place_is_kept_and_given_back),
        cmocka_unit_test(sum_of_the_strangers_over_loops_is_bounded),
        cmocka_unit_test(withdrawn_permit_closes_after_the_grace_and_not_if_it_returns),
        cmocka_unit_test(old_permits_admit_nobody_and_throw_nobody_out),
        cmocka_unit_test(peers_behind_one_address_have_budgets_of_their_own_once_known),
        cmocka_unit_test(hour_of_wrong_clock_neither_forgets_nonces_nor_locks_out),
        cmocka_unit_test(what_was_forgotten_stays_refused_after_the_clock_went_back),
        cmocka_unit_test(holder_of_a_48_neither_flushes_nor_starves),
        cmocka_unit_test(strangers_leave_room_in_the_nonce_set_for_known_hotkeys),
    };
    return cmocka_run_group_tests_name("transport_admission_desk", tests, nullptr, nullptr);
}
