// Updates of the registry, as the one who made them sees it.
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

void usable_miners_do_not_wait_for_dead_ones(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.run_server(3, 13);
    const uint64_t ticket = rig.update({rig.entry(11, 1), rig.entry(12, 2), rig.entry(13, 3)});
    assert_true(rig.outcome_of(ticket, 0).ok());
    assert_true(rig.outcome_of(ticket, 2).ok());
    assert_true(rig.core->has_route(rig.at(1), rig.key(11)));
    assert_int_equal(rig.info(11).state, MinerState::ready);
    assert_int_equal(rig.info(12).state, MinerState::waiting);
    assert_int_equal(rig.events.registry_done[ticket], 0);
    const uint64_t id = rig.call_at(13, 3);
    assert_true(rig.outcome(id).error.ok());

    rig.pass(10 * kSecond);
    assert_text(rig.outcome_of(ticket, 1),
                "connection error: Connection to 192.0.2.2:8091 timed out");
    assert_int_equal(rig.events.registry_done[ticket], 1);
    assert_int_equal(rig.info(12).state, MinerState::backoff);
    assert_int_equal(rig.info(12).attempts, 1);
    assert_true(rig.core->registered_address(rig.key(12)) == rig.at(2));
    assert_false(rig.core->registered_address(rig.key(99)).has_value());
}

void every_entry_of_a_bad_list_has_its_outcome(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.run_server(2, 11);
    auto no_port = rig.entry(12, 3);
    no_port.address.port = 0;
    auto dns = rig.entry(13, 3);
    dns.address.port = 53;
    const uint64_t ticket = rig.update({rig.entry(11, 1), no_port, dns, rig.entry(11, 2)});
    assert_int_equal(rig.outcome_of(ticket, 0).code, Code::invalid_argument);
    assert_int_equal(rig.outcome_of(ticket, 1).code, Code::invalid_argument);
    assert_int_equal(rig.outcome_of(ticket, 2).code, Code::invalid_argument);
    assert_true(rig.outcome_of(ticket, 3).ok());
    assert_int_equal(rig.events.registry_done[ticket], 1);
    // The last one counts.
    assert_int_equal(rig.dials_to(1), 0);
    assert_int_equal(rig.core->miners().size(), 1);
}

void empty_list_is_done_at_once(void**)
{
    FleetRig rig;
    const uint64_t ticket = rig.update({});
    assert_int_equal(rig.events.registry_done[ticket], 1);
    assert_int_equal(rig.events.outcomes[ticket].size(), 0);
}

void one_handshake_decides_among_all_hotkeys_claimed_there(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    std::vector<transport::RegistryEntry> list;
    for (uint8_t i = 40; i < 70; ++i) list.push_back(rig.entry(i, 1));
    list.push_back(rig.entry(11, 1));
    const uint64_t ticket = rig.update(list);
    assert_int_equal(rig.servers[rig.at(1)].handshakes, 1);
    assert_true(rig.outcome_of(ticket, 30).ok());
    for (size_t i = 0; i < 30; ++i) {
        assert_int_equal(rig.outcome_of(ticket, i).code, Code::hotkey_mismatch);
    }
    assert_int_equal(rig.info(40).state, MinerState::false_claim);
    assert_int_equal(rig.core->stats().miners_ready, 1);
    assert_int_equal(rig.core->stats().miners_false_claim, 30);
}

void call_to_a_false_claim_has_no_route_and_costs_one_handshake_when_it_may(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1), rig.entry(12, 1)});
    uint64_t id = rig.call_at(12, 1);
    const std::string text = "handshake error: no authenticated route for " +
                             hotkey_of(key_of(12)).text + " at 192.0.2.1:8091";
    assert_text(rig.outcome(id).error, text.c_str());
    assert_int_equal(rig.servers[rig.at(1)].handshakes, 1);

    rig.pass(20 * kSecond);
    id = rig.call_at(12, 1);
    assert_text(rig.outcome(id).error, text.c_str());
    assert_int_equal(rig.servers[rig.at(1)].handshakes, 2);
    id = rig.call_at(12, 1);
    assert_text(rig.outcome(id).error, text.c_str());
    assert_int_equal(rig.servers[rig.at(1)].handshakes, 2);
    assert_int_equal(rig.link.endpoint->connects, 1);
    assert_int_equal(rig.servers[rig.at(1)].calls, 0);
    // The honest one was never disturbed.
    id = rig.call_at(11, 1);
    assert_true(rig.outcome(id).error.ok());
}

void hotkey_that_moved_in_is_found_by_a_call(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1), rig.entry(12, 1)});
    rig.run_server(1, 12);
    rig.pass(20 * kSecond);
    uint64_t id = rig.call_at(12, 1);
    assert_true(rig.outcome(id).error.ok());
    assert_int_equal(rig.info(12).state, MinerState::ready);
    assert_int_equal(rig.info(11).state, MinerState::false_claim);
    // Nothing goes out any more under the name that the server has given up.
    id = rig.call_at(11, 1);
    assert_int_equal(rig.outcome(id).error.code, Code::hotkey_mismatch);
    assert_int_equal(rig.servers[rig.at(1)].calls, 1);
}

void refused_handshake_on_demand_leaves_the_honest_connection_alone(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1), rig.entry(12, 1)});
    rig.pass(20 * kSecond);
    rig.servers[rig.at(1)].accepts = false;
    uint64_t id = rig.call_at(12, 1);
    assert_int_equal(rig.outcome(id).error.code, Code::handshake_rejected);
    id = rig.call_at(11, 1);
    assert_true(rig.outcome(id).error.ok());
    assert_int_equal(rig.link.endpoint->connects, 1);
}

void calls_of_the_proven_hotkey_do_not_wait_for_a_handshake_on_demand(void**)
{
    transport::ClientConfig config;
    config.signer_timeout_ns = 5 * kSecond;
    FleetRig rig(config);
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1), rig.entry(12, 1)});
    rig.pass(20 * kSecond);
    rig.events.signer = Signer::silent;
    const uint64_t stranger = rig.call_at(12, 1);
    assert_true(rig.open(stranger));
    assert_true(rig.core->has_route(rig.at(1), rig.key(11)));
    const uint64_t id = rig.call_at(11, 1);
    assert_true(rig.outcome(id).error.ok());
    rig.pass(10 * kSecond);
    assert_int_equal(rig.outcome(stranger).error.code, Code::signer_timeout);
    assert_non_null(rig.live(1));
}

void address_where_nobody_matches_is_closed_with_a_reason(void**)
{
    FleetRig rig;
    rig.run_server(1, 99);
    const uint64_t ticket = rig.update({rig.entry(11, 1), rig.entry(12, 1)});
    assert_string_equal(rig.conn().close_reason.c_str(), "no_authenticated_hotkeys");
    const std::string text = "handshake error: Miner hotkey mismatch: expected " +
                             hotkey_of(key_of(12)).text + ", got " + hotkey_of(key_of(99)).text;
    assert_text(rig.outcome_of(ticket, 1), text.c_str());
    assert_int_equal(rig.outcome_of(ticket, 0).code, Code::hotkey_mismatch);
    assert_int_equal(rig.events.registry_done[ticket], 1);
}

void live_connections_are_never_dialled_again(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.run_server(2, 12);
    for (int i = 0; i < 5; ++i) {
        const uint64_t ticket = rig.update({rig.entry(11, 1), rig.entry(12, 2)});
        assert_true(rig.outcome_of(ticket, 0).ok());
        assert_true(rig.outcome_of(ticket, 1).ok());
        assert_int_equal(rig.events.registry_done[ticket], 1);
    }
    assert_int_equal(rig.link.endpoint->connects, 2);
    assert_int_equal(rig.servers[rig.at(1)].handshakes, 1);
}

void false_hotkey_added_at_a_connected_address_does_no_harm(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1)});
    const uint64_t ticket = rig.update({rig.entry(12, 1), rig.entry(11, 1)});
    assert_text(rig.outcome_of(ticket, 0), ("handshake error: no authenticated route for " +
                                            hotkey_of(key_of(12)).text + " at 192.0.2.1:8091")
                                               .c_str());
    assert_true(rig.outcome_of(ticket, 1).ok());
    assert_int_equal(rig.servers[rig.at(1)].handshakes, 1);
    assert_int_equal(rig.info(12).state, MinerState::false_claim);
}

void miner_that_is_listed_no_more_is_closed_as_deregistered(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.run_server(2, 12);
    rig.update({rig.entry(11, 1), rig.entry(12, 2)});
    FakeConnection* first = rig.live(1);
    rig.servers[rig.at(1)].pair.reset();  // leaves the call below unanswered
    const uint64_t id = rig.call_at(11, 1);
    rig.update({rig.entry(12, 2)});
    assert_string_equal(first->close_reason.c_str(), "miner_deregistered");
    assert_text(rig.outcome(id).error,
                "connection error: connection closed by us: miner_deregistered");
    rig.run_for(60 * kSecond);
    assert_int_equal(rig.dials_to(1), 1);
    rig.update({});
    assert_null(rig.live(2));
    assert_int_equal(rig.core->stats().connections, 0);
}

void moved_miner_is_closed_at_the_old_address_and_found_at_the_new(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1)});
    FakeConnection* old = rig.live(1);
    rig.run_server(2, 11);
    const uint64_t ticket = rig.update({rig.entry(11, 2)});
    assert_string_equal(old->close_reason.c_str(), "miner_addr_changed");
    assert_true(rig.outcome_of(ticket, 0).ok());
    assert_true(rig.core->has_route(rig.at(2), rig.key(11)));
}

void miner_that_takes_over_a_connected_address_is_asked_there(void**)
{
    FleetRig rig;
    rig.run_server(1, 11);
    rig.update({rig.entry(11, 1)});
    rig.pass(20 * kSecond);
    rig.run_server(1, 12);
    const uint64_t ticket = rig.update({rig.entry(12, 1)});
    assert_true(rig.outcome_of(ticket, 0).ok());
    assert_int_equal(rig.link.endpoint->connects, 1);
    assert_int_equal(rig.servers[rig.at(1)].handshakes, 2);
    assert_true(rig.core->has_route(rig.at(1), rig.key(12)));
}

void over_capacity_the_connected_come_first_and_then_the_order_of_the_list(void**)
{
    transport::ClientConfig config;
    config.connections_max = 2;
    FleetRig rig(config);
    for (uint8_t i = 1; i <= 4; ++i) rig.run_server(i, static_cast<uint8_t>(10 + i));
    uint64_t ticket =
        rig.update({rig.entry(14, 4), rig.entry(13, 3), rig.entry(12, 2), rig.entry(11, 1)});
    assert_true(rig.outcome_of(ticket, 0).ok());
    assert_true(rig.outcome_of(ticket, 1).ok());
    assert_text(rig.outcome_of(ticket, 2),
                "connection error: Connection limit (2) reached, 192.0.2.2:8091 not dialled");
    assert_int_equal(rig.info(11).state, MinerState::over_limit);
    assert_int_equal(rig.core->stats().miners_over_limit, 2);
    // A place that is lost for the moment keeps its room.
    rig.servers[rig.at(4)].pair.reset();
    rig.lose(4);
    uint64_t id = rig.call_at(11, 1);
    assert_int_equal(rig.outcome(id).error.code, Code::full);
    rig.run_for(30 * kSecond);
    rig.run_server(4, 14);
    // 13 is connected and stays; 11 is first among the others.
    ticket = rig.update({rig.entry(11, 1), rig.entry(12, 2), rig.entry(13, 3)});
    assert_true(rig.outcome_of(ticket, 0).ok());
    assert_int_equal(rig.outcome_of(ticket, 1).code, Code::full);
    assert_true(rig.outcome_of(ticket, 2).ok());
    assert_int_equal(rig.dials_to(3), 1);
    assert_int_equal(rig.dials_to(2), 0);
}

void updates_run_one_after_another_and_the_newest_waits(void**)
{
    FleetRig rig;
    rig.run_server(2, 12);
    rig.run_server(3, 13);
    const uint64_t first = rig.update({rig.entry(11, 1)});  // nobody answers there
    const uint64_t second = rig.update({rig.entry(12, 2)});
    assert_int_equal(rig.dials_to(2), 0);
    const uint64_t third = rig.update({rig.entry(13, 3), rig.entry(12, 2)});
    assert_int_equal(rig.outcome_of(second, 0).code, Code::cancelled);
    assert_int_equal(rig.events.registry_done[second], 1);
    assert_int_equal(rig.events.registry_done[first], 0);
    rig.pass(10 * kSecond);
    assert_int_equal(rig.outcome_of(first, 0).code, Code::connect_timeout);
    assert_int_equal(rig.events.registry_done[first], 1);
    assert_true(rig.outcome_of(third, 0).ok());
    assert_true(rig.outcome_of(third, 1).ok());
    assert_int_equal(rig.events.registry_done[third], 1);
    assert_int_equal(rig.info(11).last_error.code, Code::internal);  // not listed any more
}

void stop_answers_every_entry(void**)
{
    FleetRig rig;
    const uint64_t first = rig.update({rig.entry(11, 1), rig.entry(12, 1), rig.entry(13, 2)});
    const uint64_t second = rig.update({rig.entry(11, 1)});
    rig.core->stop(rig.clock.now);
    for (size_t i = 0; i < 3; ++i) {
        assert_int_equal(rig.outcome_of(first, i).code, Code::shutdown);
    }
    assert_int_equal(rig.outcome_of(second, 0).code, Code::shutdown);
    const uint64_t third = rig.update({rig.entry(11, 1)});
    assert_int_equal(rig.outcome_of(third, 0).code, Code::shutdown);
    for (uint64_t ticket = first; ticket <= third; ++ticket) {
        assert_int_equal(rig.events.registry_done[ticket], 1);
    }
    rig.run_for(kSecond);
    assert_int_equal(rig.events.stopped, 1);
}

void only_so_many_dials_are_fresh_at_once(void**)
{
    transport::ClientConfig config;
    config.dials_at_once_max = 8;
    FleetRig rig(config);
    std::vector<transport::RegistryEntry> list;
    for (uint8_t i = 0; i < 40; ++i) list.push_back(rig.entry(static_cast<uint8_t>(60 + i), i));
    rig.update(list);
    assert_int_equal(rig.link.endpoint->connects, 8);
    rig.pass(kSecond / 5);
    assert_int_equal(rig.link.endpoint->connects, 8);
    // Who is silent by now does not hold up the others.
    rig.pass(kSecond / 20);
    assert_int_equal(rig.link.endpoint->connects, 16);
    // Nor does a queue hold up a call.
    const uint64_t id = rig.call_at(99, 39, rig.clock.now.monotonic_ns + 1);
    assert_int_equal(rig.link.endpoint->connects, 17);
    assert_true(rig.open(id));
    rig.run_for(kSecond);
    assert_int_equal(rig.link.endpoint->connects, 40);
}

void hundred_thousand_entries_have_an_outcome_each(void**)
{
    FleetRig rig;
    std::vector<transport::RegistryEntry> list(100'000);
    for (size_t i = 0; i < list.size(); ++i) {
        auto& miner = list[i].miner;
        for (size_t byte = 0; byte < 4; ++byte) {
            miner.key[byte] = static_cast<uint8_t>(i >> (8 * byte));
        }
        // Every other one claims the same address.
        list[i].address =
            i % 2 == 0 ? rig.at(1)
                       : Address::v4(10, static_cast<uint8_t>(i >> 16),
                                     static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i), 8091);
    }
    rig.run_server(1, 11);
    const uint64_t ticket = rig.update(list);
    for (int i = 0; i < 80; ++i) rig.wait(kSecond / 4);
    assert_int_equal(rig.events.registry_done[ticket], 1);
    assert_int_equal(rig.events.outcomes[ticket].size(), list.size());
    std::map<Code, size_t> codes;
    for (size_t i = 0; i < list.size(); ++i) ++codes[rig.outcome_of(ticket, i).code];
    assert_int_equal(codes[Code::hotkey_mismatch], 50'000);
    assert_int_equal(codes[Code::connect_timeout], 1'023);
    assert_int_equal(codes[Code::full], 50'000 - 1'023);
    // And back again.
    rig.update({});
    assert_int_equal(rig.core->miners().size(), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(usable_miners_do_not_wait_for_dead_ones),
        cmocka_unit_test(every_entry_of_a_bad_list_has_its_outcome),
        cmocka_unit_test(empty_list_is_done_at_once),
        cmocka_unit_test(one_handshake_decides_among_all_hotkeys_claimed_there),
        cmocka_unit_test(call_to_a_false_claim_has_no_route_and_costs_one_handshake_when_it_may),
        cmocka_unit_test(hotkey_that_moved_in_is_found_by_a_call),
        cmocka_unit_test(refused_handshake_on_demand_leaves_the_honest_connection_alone),
        cmocka_unit_test(calls_of_the_proven_hotkey_do_not_wait_for_a_handshake_on_demand),
        cmocka_unit_test(address_where_nobody_matches_is_closed_with_a_reason),
        cmocka_unit_test(live_connections_are_never_dialled_again),
        cmocka_unit_test(false_hotkey_added_at_a_connected_address_does_no_harm),
        cmocka_unit_test(miner_that_is_listed_no_more_is_closed_as_deregistered),
        cmocka_unit_test(moved_miner_is_closed_at_the_old_address_and_found_at_the_new),
        cmocka_unit_test(miner_that_takes_over_a_connected_address_is_asked_there),
        cmocka_unit_test(over_capacity_the_connected_come_first_and_then_the_order_of_the_list),
        cmocka_unit_test(updates_run_one_after_another_and_the_newest_waits),
        cmocka_unit_test(stop_answers_every_entry),
        cmocka_unit_test(only_so_many_dials_are_fresh_at_once),
        cmocka_unit_test(hundred_thousand_entries_have_an_outcome_each),
    };
    return cmocka_run_group_tests_name("transport_client_registry", tests, nullptr, nullptr);
}
