// Lists of miners against real servers: who gets a connection, who loses it, who comes back (rows
// of 11.8).
#include "acceptance/fixture.h"

#include "acceptance/cmocka_all.h"

namespace {

using namespace ltn;
using namespace ltn::acceptance;

constexpr uint8_t kFake = 50;
constexpr uint8_t kOtherFake = 51;

Bytes hello()
{
    return encoded(Value::object({{"greeting", Value::str("hello")}}));
}

struct Pair {
    World world;
    Server& server = world.server();
    Client& client;
    explicit Pair(transport::ClientConfig config = {}) : client(world.client(std::move(config)))
    {
        server.handle("echo", echo());
    }
    Axon axon(uint8_t key_fill = kMiner) const { return {key_fill, server.address()}; }
    bool answers(uint8_t key_fill = kMiner)
    {
        return client.query(key_fill, "echo", hello()).error.ok();
    }
};

// What the client said when it closed, as a server of the fixture's own would log it.
bool closed_with(const Client& client, const char* reason)
{
    return !client.disconnected.empty() &&
           client.disconnected.back().text.find(reason) != std::string::npos;
}

void client_reconnects_after_disconnect__a_query_is_enough(void**)
{
    Pair pair;
    pair.client.initialize_connections({pair.axon()});
    assert_true(pair.answers());
    pair.client.close_all_connections();
    pair.world.wait(kSecond);
    assert_int_equal(pair.client.connections(), 0);
    assert_int_equal(pair.server.stats().authenticated, 0);
    // By hotkey and address, as after a shutdown nothing is registered.
    assert_true(pair.client.query_at({kMiner, pair.server.address()}, "echo", hello()).error.ok());
    assert_int_equal(pair.client.connections(), 1);
    assert_int_equal(pair.client.core().stats().dials, 2);
}

void connection_churn_preserves_server_health__twenty_times(void**)
{
    Pair pair;
    for (int i = 0; i < 20; ++i) {
        // Ten in a minute and more would meet the budget of the source.
        pair.world.wait(10 * kSecond);
        pair.client.initialize_connections({pair.axon()});
        assert_true(pair.answers());
        pair.client.close_all_connections();
    }
    pair.world.wait(kSecond);
    assert_int_equal(pair.server.stats().handshakes_ok, 20);
    assert_int_equal(pair.server.stats().authenticated, 0);
    assert_int_equal(pair.server.stats().connections, 0);
    pair.client.initialize_connections({pair.axon()});
    assert_true(pair.answers());
}

void multiple_hotkeys_same_address_authenticates_matching_only__one_miner_is_active(void**)
{
    Pair pair;
    const auto outcomes = pair.client.initialize_connections({pair.axon(kFake), pair.axon()});
    assert_false(outcomes.at(0).ok());
    assert_true(outcomes.at(1).ok());
    assert_int_equal(pair.client.connections(), 1);
    assert_int_equal(pair.client.active_miners(), 1);
    // One handshake decided (upstream-S13).
    assert_int_equal(pair.server.stats().handshakes_ok, 1);
    assert_true(pair.answers());
    assert_false(pair.answers(kFake));
}

void fake_hotkey_only_at_address_no_connection_retained__it_is_closed(void**)
{
    Pair pair;
    const auto outcomes = pair.client.initialize_connections({pair.axon(kFake)});
    assert_false(outcomes.at(0).ok());
    pair.world.wait(100 * kMillisecond);
    assert_int_equal(pair.client.connections(), 0);
    assert_int_equal(pair.client.active_miners(), 0);
    assert_int_equal(pair.server.stats().connections, 0);
}

void update_registry_removes_last_hotkey_closes_connection__miner_deregistered(void**)
{
    Pair pair;
    pair.client.initialize_connections({pair.axon()});
    pair.client.update_registry({});
    assert_true(closed_with(pair.client, "miner_deregistered"));
    pair.world.wait(100 * kMillisecond);
    assert_int_equal(pair.client.connections(), 0);
    assert_int_equal(pair.server.stats().connections, 0);
}

void update_registry_adds_fake_hotkey_at_existing_address__no_harm_is_done(void**)
{
    Pair pair;
    pair.client.initialize_connections({pair.axon()});
    const auto outcomes = pair.client.update_registry({pair.axon(), pair.axon(kFake)});
    assert_true(outcomes.at(0).ok());
    assert_false(outcomes.at(1).ok());
    assert_int_equal(pair.client.active_miners(), 1);
    assert_int_equal(pair.client.core().stats().dials, 1);
    assert_true(pair.answers());
}

void max_connections_counts_addresses_not_hotkeys__three_need_one_slot(void**)
{
    transport::ClientConfig config;
    config.connections_max = 1;
    Pair pair(config);
    const auto outcomes =
        pair.client.initialize_connections({pair.axon(kFake), pair.axon(kOtherFake), pair.axon()});
    assert_true(outcomes.at(2).ok());
    assert_int_equal(pair.client.connections(), 1);
    // A second address has no place.
    Server& other = pair.world.server({}, 9);
    const auto more = pair.client.update_registry({pair.axon(), {9, other.address()}});
    assert_true(more.at(0).ok());
    assert_true(more.at(1).code == Code::full);
    assert_true(pair.answers());
}

void query_works_via_update_miner_registry__nothing_else_is_needed(void**)
{
    Pair pair;
    assert_true(pair.client.update_registry({pair.axon()}).at(0).ok());
    assert_true(pair.answers());
}

void query_works_via_update_miner_registry_after_delay__a_server_that_comes_late(void**)
{
    Pair pair;
    // The machine is there, the server is not yet.
    pair.world.network.replace(pair.server.id(), nullptr);
    const auto outcomes = pair.client.update_registry({pair.axon()});
    assert_false(outcomes.at(0).ok());
    pair.world.network.replace(pair.server.id(), &pair.server);
    // Nobody asks for it: the client tries again by itself (upstream-R3).
    assert_true(pair.world.until([&] { return pair.client.active_miners() == 1; }));
    assert_true(pair.answers());
}

void query_works_after_repeated_registry_updates__five_of_the_same(void**)
{
    Pair pair;
    for (int i = 0; i < 5; ++i) {
        assert_true(pair.client.update_registry({pair.axon()}).at(0).ok());
    }
    assert_int_equal(pair.client.core().stats().dials, 1);
    assert_int_equal(pair.server.stats().handshakes_ok, 1);
    assert_true(pair.answers());
}

void query_works_after_registry_update_with_unreachable_peers__the_reachable_one_is_used(void**)
{
    transport::ClientConfig config;
    config.connect_timeout_ns = kSecond;
    Pair pair(config);
    Axon nobody{kFake, Address::v4(203, 0, 113, 1, 8091)};
    const auto outcomes = pair.client.update_registry({nobody, pair.axon()});
    assert_false(outcomes.at(0).ok());
    assert_true(outcomes.at(1).ok());
    assert_true(pair.answers());
    // The dead one costs its own timeout and nobody else's time (upstream-R5).
    assert_int_equal(pair.client.active_miners(), 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(client_reconnects_after_disconnect__a_query_is_enough),
        cmocka_unit_test(connection_churn_preserves_server_health__twenty_times),
        cmocka_unit_test(
            multiple_hotkeys_same_address_authenticates_matching_only__one_miner_is_active),
        cmocka_unit_test(fake_hotkey_only_at_address_no_connection_retained__it_is_closed),
        cmocka_unit_test(update_registry_removes_last_hotkey_closes_connection__miner_deregistered),
        cmocka_unit_test(update_registry_adds_fake_hotkey_at_existing_address__no_harm_is_done),
        cmocka_unit_test(max_connections_counts_addresses_not_hotkeys__three_need_one_slot),
        cmocka_unit_test(query_works_via_update_miner_registry__nothing_else_is_needed),
        cmocka_unit_test(
            query_works_via_update_miner_registry_after_delay__a_server_that_comes_late),
        cmocka_unit_test(query_works_after_repeated_registry_updates__five_of_the_same),
        cmocka_unit_test(
            query_works_after_registry_update_with_unreachable_peers__the_reachable_one_is_used),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
