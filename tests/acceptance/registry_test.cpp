// The table of miners and the waits between tries, on their own (rows of 11.4).
#include <set>

#include "acceptance/fixture.h"
#include "transport/reconnect_policy.h"
#include "transport/registry.h"

#include "acceptance/cmocka_all.h"

namespace {

using namespace ltn;
using namespace ltn::acceptance;
using transport::Backoff;
using transport::Claim;
using transport::Place;
using transport::Registry;

transport::Hotkey hotkey_number(uint64_t number)
{
    transport::Hotkey out;
    out.key.fill(static_cast<uint8_t>(number + 1));
    out.text = codec::ss58_encode(out.key);
    return out;
}

Address address_number(uint64_t number)
{
    return Address::v4(203, 0, 113, static_cast<uint8_t>(number), 8091);
}

struct Table {
    sim::SeededRandom random;
    Registry registry;
    std::optional<Address> emptied;

    explicit Table(uint64_t seed = 1) : random(seed), registry(random) {}
    Claim& put(uint64_t key, uint64_t address)
    {
        return registry.put(hotkey_number(key), address_number(address), emptied);
    }
    void remove(uint64_t key) { registry.remove(hotkey_number(key).key, emptied); }
    // The invariants of 4.1: every hotkey stands in the set of its address, no set is empty, every
    // hotkey in a set is known.
    bool consistent() const
    {
        size_t in_sets = 0;
        bool good = true;
        registry.for_each_place([&](const Place& place) {
            good = good && !place.claims.empty();
            for (const Claim* claim = place.claims.front(); claim != nullptr;
                 claim = transport::LinkedList<Claim>::next(*claim)) {
                ++in_sets;
                good = good && registry.find(claim->hotkey.key) == claim;
            }
        });
        registry.for_each_claim([&](const Claim& claim) {
            good = good && registry.place_at(claim.place->address) == claim.place;
        });
        return good && in_sets == registry.size();
    }
};

void registry_invariants_hold_after_random_ops__two_hundred_at_a_time(void**)
{
    for (uint64_t seed = 1; seed <= 50; ++seed) {
        Table table(seed);
        sim::SeededRandom random(seed);
        for (int i = 0; i < 200; ++i) {
            if (random.below(3) == 0) {
                table.remove(random.below(12));
            } else {
                table.put(random.below(12), random.below(6));
            }
            assert_true(table.consistent());
        }
    }
}

void register_same_hotkey_different_addr_updates_correctly__one_entry_stays(void**)
{
    for (uint64_t seed = 1; seed <= 50; ++seed) {
        sim::SeededRandom random(seed);
        Table table;
        const uint64_t from = random.below(100);
        const uint64_t to = 100 + random.below(100);
        table.put(7, from);
        table.put(7, to);
        assert_int_equal(table.registry.size(), 1);
        assert_int_equal(table.registry.place_count(), 1);
        assert_true(table.registry.find(hotkey_number(7).key)->place->address ==
                    address_number(to));
        assert_true(table.emptied == address_number(from));
    }
}

void deregister_nonexistent_is_noop__nothing_changes(void**)
{
    for (uint64_t seed = 1; seed <= 50; ++seed) {
        sim::SeededRandom random(seed);
        Table table;
        for (uint64_t key = 0; key < 5; ++key) table.put(key, random.below(4));
        const size_t places = table.registry.place_count();
        table.remove(5 + random.below(100));
        assert_false(table.emptied.has_value());
        assert_int_equal(table.registry.size(), 5);
        assert_int_equal(table.registry.place_count(), places);
        assert_true(table.consistent());
    }
}

void addr_key_roundtrips__text_to_address_and_back(void**)
{
    for (uint64_t seed = 1; seed <= 500; ++seed) {
        sim::SeededRandom random(seed);
        std::array<uint8_t, 16> ip{};
        random.fill(ip);
        const auto port = static_cast<uint16_t>(random.below(65536));
        const Address address = random.below(2) != 0
                                    ? Address::v6(ip, port)
                                    : Address::v4(ip[0], ip[1], ip[2], ip[3], port);
        const std::string text = address.text();
        assert_true(text.find(address.host_text()) != std::string::npos);
        assert_true(text.ends_with(":" + std::to_string(port)));
        auto back = Address::parse(text);
        assert_true(back.ok());
        assert_true(back.value() == address);
    }
}

void backoff_never_exceeds_max__for_any_number_of_failures(void**)
{
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        sim::SeededRandom random(seed);
        transport::ReconnectTerms terms;
        terms.initial_ns = 1 + random.below(10 * kSecond);
        terms.max_ns = terms.initial_ns + random.below(1000 * kSecond);
        terms.retries_max = UINT32_MAX;
        Backoff backoff;
        for (int attempt = 0; attempt < 100; ++attempt) {
            const Nanos now = kSecond * static_cast<uint64_t>(attempt);
            backoff.failed(terms, random, now);
            assert_true(backoff.next_try_ns() - now <= terms.max_ns);
            assert_true(backoff.next_try_ns() - now >= terms.initial_ns);
        }
    }
}

void register_address_change_purges_stale_reconnect_state__of_the_address_left_behind(void**)
{
    Table table;
    transport::ReconnectTerms terms;
    table.put(1, 1).place->backoff.failed(terms, table.random, kSecond);
    table.put(1, 2);
    assert_true(table.emptied == address_number(1));
    assert_null(table.registry.place_at(address_number(1)));
    // Whoever comes to the old address again begins anew.
    assert_int_equal(table.put(2, 1).place->backoff.failures(), 0);
}

void clear_resets_all_maps__miners_and_reconnect_states(void**)
{
    Table table;
    transport::ReconnectTerms terms;
    for (uint64_t key = 0; key < 10; ++key) {
        table.put(key, key / 2).place->backoff.failed(terms, table.random, kSecond);
    }
    table.registry.clear();
    assert_int_equal(table.registry.size(), 0);
    assert_int_equal(table.registry.place_count(), 0);
    assert_null(table.registry.find(hotkey_number(1).key));
    assert_int_equal(table.put(0, 0).place->backoff.failures(), 0);
}

void is_authenticated_at_matches_hotkey_and_address__only_its_own(void**)
{
    World world;
    Server& server = world.server();
    Client& client = world.client();
    client.initialize_connections({{kMiner, server.address()}, {50, server.address()}});
    const crypto::PublicKey miner = fixture_hotkey(kMiner).key;
    Address elsewhere = server.address();
    ++elsewhere.port;
    assert_true(client.core().has_route(server.address(), miner));
    assert_false(client.core().has_route(elsewhere, miner));
    assert_false(client.core().has_route(server.address(), fixture_hotkey(50).key));
    assert_false(client.core().has_route(server.address(), fixture_hotkey(51).key));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(registry_invariants_hold_after_random_ops__two_hundred_at_a_time),
        cmocka_unit_test(register_same_hotkey_different_addr_updates_correctly__one_entry_stays),
        cmocka_unit_test(deregister_nonexistent_is_noop__nothing_changes),
        cmocka_unit_test(addr_key_roundtrips__text_to_address_and_back),
        cmocka_unit_test(backoff_never_exceeds_max__for_any_number_of_failures),
        cmocka_unit_test(
            register_address_change_purges_stale_reconnect_state__of_the_address_left_behind),
        cmocka_unit_test(clear_resets_all_maps__miners_and_reconnect_states),
        cmocka_unit_test(is_authenticated_at_matches_hotkey_and_address__only_its_own),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
