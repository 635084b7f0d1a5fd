// What keeps miners connected: losses, failures, pauses, and those who wait for them.
#include "support/fleet_rig.h"

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
using transport::MinerState;

void assert_text(const Error& error, const char* text)
{
    assert_string_equal(error.display().c_str(), text);
}

bool contains(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

void lost_miner_is_connected_again_without_a_call(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1)});
    rig.run_for(20 * kSecond);
    rig.lose(1);
    assert_null(rig.live(1));
    assert_int_equal(rig.info(11).last_error.code, Code::connection_lost);
    rig.run_for(kSecond);
    assert_non_null(rig.live(1));
    assert_int_equal(rig.info(11).state, MinerState::ready);
    assert_true(rig.info(11).last_error.ok());
    assert_int_equal(rig.core->stats().reconnects, 1);
}

void nobody_is_connected_again_in_the_background_when_that_is_switched_off(void**)
{
    transport::ClientConfig config;
    config.retry_registered_in_background = false;
    FleetRig rig(config);
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1), rig.entry(12, 2)});
    rig.run_for(20 * kSecond);
    rig.lose(1);
    rig.run_for(100 * kSecond);
    assert_int_equal(rig.link.endpoint->connects, 2);
    const uint64_t id = rig.call_at(11, 1);
    assert_true(rig.outcome(id).error.ok());
}

void call_after_a_loss_dials_at_once(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1)});
    rig.run_for(20 * kSecond);
    rig.lose(1);
    const uint64_t id = rig.call_at(11, 1, rig.clock.now.monotonic_ns + 1);
    assert_true(rig.outcome(id).error.ok());
    rig.run_for(10 * kSecond);
    assert_int_equal(rig.dials_to(1), 2);
}

void dead_miner_is_tried_within_the_envelope(void**)
{
    FleetRig rig;
    rig.update({rig.entry(11, 1)});
    std::vector<Nanos> dialled;
    const Nanos start_ns = rig.clock.now.monotonic_ns;
    size_t seen = 0;
    while (rig.clock.now.monotonic_ns < start_ns + 600 * kSecond) {
        if (rig.dials_to(1) != seen) {
            dialled.push_back(rig.clock.now.monotonic_ns);
            seen = rig.dials_to(1);
        }
        const Nanos next_ns = std::max(rig.core->next_expiry_ns(), rig.clock.now.monotonic_ns + 1);
        rig.pass(next_ns - rig.clock.now.monotonic_ns);
    }
    assert_true(dialled.size() >= 10);
    Nanos cap_ns = kSecond;
    for (size_t i = 1; i < dialled.size(); ++i) {
        const Nanos pause_ns = dialled[i] - dialled[i - 1] - 10 * kSecond;  // the timeout
        cap_ns *= 2;
        if (i < 5) {
            assert_in_range(pause_ns, kSecond, cap_ns);
        } else {
            assert_in_range(pause_ns, 45 * kSecond, 60 * kSecond);
        }
    }
}

void callers_of_one_address_share_a_dial_and_keep_their_deadlines(void**)
{
    FleetRig rig;
    const Nanos now_ns = rig.clock.now.monotonic_ns;
    const uint64_t hasty = rig.call_at(11, 1, now_ns + kSecond);
    const uint64_t patient = rig.call_at(11, 1, now_ns + 60 * kSecond);
    const uint64_t leaver = rig.call_at(11, 1);
    rig.core->cancel(leaver, rig.clock.now);
    rig.pass(kSecond);
    assert_text(rig.outcome(hasty).error, "transport error: query timed out");
    assert_true(rig.open(patient));
    rig.run_server(1, 11);
    rig.serve();
    assert_true(rig.outcome(patient).error.ok());
    assert_int_equal(rig.link.endpoint->connects, 1);
}

void dial_goes_on_when_all_who_wanted_it_have_left(void**)
{
    FleetRig rig;
    const uint64_t id = rig.call_at(11, 1);
    rig.core->cancel(id, rig.clock.now);
    rig.run_server(1, 11);
    rig.serve();
    assert_int_equal(rig.link.endpoint->connects, 1);
    const uint64_t next = rig.call_at(11, 1);
    assert_true(rig.outcome(next).error.ok());
    assert_int_equal(rig.link.endpoint->connects, 1);
}

void call_waits_for_the_next_try_if_its_deadline_allows(void**)
{
    FleetRig rig;
    rig.call_at(11, 1);
    rig.pass(10 * kSecond);
    const Nanos now_ns = rig.clock.now.monotonic_ns;
    // Its deadline ends before the next try: it is told so at once.
    const uint64_t hasty = rig.call_at(11, 1, now_ns + kSecond / 2);
    const std::string text = rig.outcome(hasty).error.display();
    assert_true(contains(text,
                         "connection error: Reconnection to 192.0.2.1:8091 in backoff, "
                         "next retry in 1."));
    assert_int_equal(text.back(), 's');
    assert_true(rig.outcome(hasty).error.retriable());

    rig.run_server(1, 11);
    const uint64_t patient = rig.call_at(11, 1, now_ns + 20 * kSecond);
    const uint64_t endless = rig.call_at(11, 1);
    assert_true(rig.open(patient));
    assert_int_equal(rig.link.endpoint->connects, 1);
    rig.run_for(2 * kSecond);
    assert_true(rig.outcome(patient).error.ok());
    assert_true(rig.outcome(endless).error.ok());
    assert_int_equal(rig.link.endpoint->connects, 2);
}

void address_outside_the_registry_is_not_dialled_when_all_have_stopped_waiting(void**)
{
    transport::ClientConfig config;
    config.connections_max = 1;
    FleetRig rig(config);
    rig.call_at(11, 1);
    rig.pass(10 * kSecond);
    const uint64_t id = rig.call_at(11, 1);
    const uint64_t crowded = rig.call_at(12, 2);
    assert_int_equal(rig.outcome(crowded).error.code, Code::full);
    rig.core->cancel(id, rig.clock.now);
    // Nor does it keep others from the room it had.
    rig.run_server(2, 12);
    const uint64_t other = rig.call_at(12, 2);
    assert_true(rig.outcome(other).error.ok());
    rig.run_for(100 * kSecond);
    assert_int_equal(rig.dials_to(1), 1);
}

void caller_with_the_wrong_hotkey_does_not_make_the_right_one_wait(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    const uint64_t wrong = rig.call_at(12, 1);
    assert_int_equal(rig.outcome(wrong).error.code, Code::hotkey_mismatch);
    const uint64_t again = rig.call_at(12, 1);
    assert_true(rig.open(again));  // pauses
    const uint64_t right = rig.call_at(11, 1);
    assert_true(rig.outcome(right).error.ok());
    assert_int_equal(rig.outcome(again).error.code, Code::hotkey_mismatch);
}

void exhausted_miner_waits_for_the_next_list(void**)
{
    transport::ClientConfig config;
    config.reconnect_slow_probe_ns = kNever;
    config.reconnect_retries_max = 3;
    FleetRig rig(config);
    rig.update({rig.entry(11, 1)});
    rig.run_for(200 * kSecond);
    assert_int_equal(rig.dials_to(1), 3);
    assert_int_equal(rig.info(11).state, MinerState::exhausted);
    assert_int_equal(rig.core->stats().miners_exhausted, 1);
    uint64_t id = rig.call_at(11, 1);
    assert_text(rig.outcome(id).error,
                "connection error: Reconnection attempts exhausted for 192.0.2.1:8091 (3/3), "
                "awaiting registry refresh");
    rig.run_server(1, 11);
    const uint64_t ticket = rig.update({rig.entry(11, 1)});
    assert_true(rig.outcome_of(ticket, 0).ok());
    id = rig.call_at(11, 1);
    assert_true(rig.outcome(id).error.ok());
}

void list_brings_the_next_try_forward(void**)
{
    FleetRig rig;
    const std::vector<transport::RegistryEntry> list = {rig.entry(11, 1)};
    rig.update(list);
    rig.run_for(120 * kSecond);
    const size_t before = rig.dials_to(1);
    assert_true(before >= 5);
    // In the slow probe's pause by now: up to a minute from the last try.
    while (rig.info(11).state != MinerState::backoff) rig.pass(kSecond);
    rig.run_for(3 * kSecond);
    rig.run_server(1, 11);
    const uint64_t ticket = rig.update(list);
    assert_true(rig.outcome_of(ticket, 0).ok());
}

void list_does_not_disturb_a_dial_under_way(void**)
{
    FleetRig rig;
    const uint64_t first = rig.update({rig.entry(11, 1)});
    rig.pass(10 * kSecond);
    assert_int_equal(rig.events.registry_done[first], 1);
    rig.run_for(kSecond * 2);
    assert_int_equal(rig.dials_to(1), 2);
    const uint64_t second = rig.update({rig.entry(11, 1), rig.entry(12, 1)});
    assert_int_equal(rig.dials_to(1), 2);
    rig.run_server(1, 12);
    rig.serve();
    // The new hotkey joined the attempt.
    assert_int_equal(rig.outcome_of(second, 0).code, Code::hotkey_mismatch);
    assert_true(rig.outcome_of(second, 1).ok());
    assert_int_equal(rig.dials_to(1), 2);
}

void lists_in_quick_succession_do_not_hammer_the_dead(void**)
{
    FleetRig rig;
    for (int i = 0; i < 600; ++i) {
        rig.update({rig.entry(11, 1)});
        rig.pass(kSecond);
    }
    assert_in_range(rig.dials_to(1), 10, 60);
    for (uint64_t ticket = 1; ticket < 590; ++ticket) {
        assert_int_equal(rig.events.registry_done[ticket], 1);
        assert_int_equal(rig.events.outcomes[ticket][0].size(), 1);
    }
}

void peer_that_hangs_up_at_once_is_not_dialled_as_fast(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1)});
    const Nanos end_ns = rig.clock.now.monotonic_ns + 300 * kSecond;
    while (rig.clock.now.monotonic_ns < end_ns) {
        if (rig.live(1) != nullptr) rig.lose(1);
        rig.pass(kSecond / 10);
    }
    assert_in_range(rig.dials_to(1), 5, 14);
}

void restarted_fleet_is_reached_spread_over_the_first_backoff(void**)
{
    FleetRig rig;
    std::vector<transport::RegistryEntry> list;
    for (uint8_t i = 1; i <= 60; ++i) {
        rig.run_server(i, static_cast<uint8_t>(100 + i));
        list.push_back(rig.entry(static_cast<uint8_t>(100 + i), i));
    }
    rig.update(list);
    rig.run_for(20 * kSecond);
    for (uint8_t i = 1; i <= 60; ++i) rig.lose(i);
    std::vector<size_t> per_tenth;
    for (int i = 0; i < 10; ++i) {
        const size_t before = rig.link.endpoint->connects;
        rig.run_for(kSecond / 10);
        per_tenth.push_back(rig.link.endpoint->connects - before);
    }
    size_t dials = 0;
    for (const size_t count : per_tenth) {
        assert_in_range(count, 0, 20);
        dials += count;
    }
    assert_int_equal(dials, 60);
    assert_int_equal(rig.core->stats().miners_ready, 60);
}

transport::RegistryEntry on_one_host(uint8_t number)
{
    auto entry = FleetRig::entry(number, 1);
    entry.address.port = static_cast<uint16_t>(9'000 + number);
    return entry;
}

void list_aimed_at_one_victim_costs_it_few_dials(void**)
{
    FleetRig rig;
    std::vector<transport::RegistryEntry> list;
    for (uint8_t i = 0; i < 200; ++i) list.push_back(on_one_host(i));
    const uint64_t ticket = rig.update(list);
    assert_int_equal(rig.link.endpoint->connects, 4);
    rig.run_for(15 * kSecond);
    assert_int_equal(rig.events.registry_done[ticket], 1);
    size_t not_dialled = 0;
    for (size_t i = 0; i < list.size(); ++i) {
        const Error error = rig.outcome_of(ticket, i);
        assert_int_equal(error.code, Code::connect_timeout);
        not_dialled += contains(error.text, "not dialled") ? 1 : 0;
    }
    assert_int_equal(not_dialled, 196);
    rig.run_for(600 * kSecond);
    const size_t before = rig.link.endpoint->connects;
    assert_in_range(before, 10, 30);
    rig.run_for(600 * kSecond);
    assert_in_range(rig.link.endpoint->connects - before, 8, 12);
    // Callers may try what they like.
    const size_t dials = rig.link.endpoint->connects;
    rig.address = Address::v4(192, 0, 2, 1, 8'000);
    rig.call_for(rig.key(250));
    assert_int_equal(rig.link.endpoint->connects, dials + 1);
}

void host_with_many_miners_is_no_victim(void**)
{
    FleetRig rig;
    std::vector<transport::RegistryEntry> list;
    for (uint8_t i = 100; i < 200; ++i) {
        list.push_back(on_one_host(i));
        // A few are down.
        if (i % 10 != 0) rig.servers[list.back().address].pair = key_of(i);
    }
    const uint64_t ticket = rig.update(list);
    rig.run_for(kSecond);
    assert_int_equal(rig.core->stats().miners_ready, 90);
    assert_int_equal(rig.link.endpoint->connects, 100);
    rig.run_for(10 * kSecond);
    assert_int_equal(rig.events.registry_done[ticket], 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(lost_miner_is_connected_again_without_a_call),
        cmocka_unit_test(nobody_is_connected_again_in_the_background_when_that_is_switched_off),
        cmocka_unit_test(call_after_a_loss_dials_at_once),
        cmocka_unit_test(dead_miner_is_tried_within_the_envelope),
        cmocka_unit_test(callers_of_one_address_share_a_dial_and_keep_their_deadlines),
        cmocka_unit_test(dial_goes_on_when_all_who_wanted_it_have_left),
        cmocka_unit_test(call_waits_for_the_next_try_if_its_deadline_allows),
        cmocka_unit_test(address_outside_the_registry_is_not_dialled_when_all_have_stopped_waiting),
        cmocka_unit_test(caller_with_the_wrong_hotkey_does_not_make_the_right_one_wait),
        cmocka_unit_test(exhausted_miner_waits_for_the_next_list),
        cmocka_unit_test(list_brings_the_next_try_forward),
        cmocka_unit_test(list_does_not_disturb_a_dial_under_way),
        cmocka_unit_test(lists_in_quick_succession_do_not_hammer_the_dead),
        cmocka_unit_test(peer_that_hangs_up_at_once_is_not_dialled_as_fast),
        cmocka_unit_test(list_aimed_at_one_victim_costs_it_few_dials),
        cmocka_unit_test(host_with_many_miners_is_no_victim),
        cmocka_unit_test(restarted_fleet_is_reached_spread_over_the_first_backoff),
    };
    return cmocka_run_group_tests_name("transport_client_reconnect", tests, nullptr, nullptr);
}
