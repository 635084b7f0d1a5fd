// The registry's parts on their own: the table, the waits between tries, what is remembered of
// addresses that failed, and the judgement of a list.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
}

#include <cstring>
#include <map>
#include <set>
#include <string>

#include "codec/text.h"
#include "sim/seeded_random.h"
#include "transport/failure_memory.h"
#include "transport/registry.h"
#include "transport/registry_list.h"

extern "C" {
#include <cmocka.h>
}

namespace ltn::transport {
namespace {

Hotkey key_number(uint8_t number)
{
    Hotkey out;
    out.key.fill(number);
    out.text = codec::ss58_encode(out.key);
    return out;
}

Address address_number(uint64_t number)
{
    return Address::v4(192, 0, static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number),
                       8091);
}

struct Table {
    sim::SeededRandom random{1};
    Registry registry{random};
    std::optional<Address> left;

    Claim& put(uint8_t key, uint64_t address)
    {
        return registry.put(key_number(key), address_number(address), left);
    }
    void remove(uint8_t key) { registry.remove(key_number(key).key, left); }
};

void assert_consistent(const Registry& registry, const std::map<uint8_t, uint64_t>& model)
{
    assert_int_equal(registry.size(), model.size());
    std::set<uint64_t> addresses;
    for (const auto& [key, address] : model) {
        const Claim* claim = registry.find(key_number(key).key);
        assert_non_null(claim);
        assert_true(claim->place->address == address_number(address));
        assert_ptr_equal(claim->place, registry.place_at(address_number(address)));
        addresses.insert(address);
    }
    assert_int_equal(registry.place_count(), addresses.size());
    size_t listed = 0;
    registry.for_each_place([&](const Place& place) {
        assert_false(place.claims.empty());
        for (const Claim* claim = place.claims.front(); claim != nullptr;
             claim = LinkedList<Claim>::next(*claim)) {
            ++listed;
            assert_ptr_equal(registry.find(claim->hotkey.key), claim);
            assert_ptr_equal(claim->place, &place);
        }
    });
    assert_int_equal(listed, model.size());
}

void registry_invariants_hold_after_random_ops(void**)
{
    for (uint64_t seed = 0; seed < 50; ++seed) {
        sim::SeededRandom random(seed);
        Table table;
        std::map<uint8_t, uint64_t> model;
        for (int i = 0; i < 200; ++i) {
            const auto key = static_cast<uint8_t>(random.below(20));
            const auto old = model.find(key);
            const uint64_t address = random.below(8);
            const bool removes = random.chance(400);
            const bool stays = !removes && old != model.end() && old->second == address;
            std::optional<Address> expected;
            if (old != model.end() && !stays) {
                size_t there = 0;
                for (const auto& entry : model) there += entry.second == old->second ? 1 : 0;
                if (there == 1) expected = address_number(old->second);
            }
            if (removes) {
                table.remove(key);
                model.erase(key);
            } else {
                table.put(key, address);
                model[key] = address;
            }
            assert_true(table.left == expected);
            assert_consistent(table.registry, model);
        }
    }
}

void register_address_change_purges_stale_reconnect_state(void**)
{
    Table table;
    Claim& claim = table.put(1, 7);
    claim.place->backoff.failed(ReconnectTerms(), table.random, kSecond);
    claim.refuted = true;
    table.put(1, 8);
    assert_true(table.left == address_number(7));
    assert_false(claim.refuted);
    assert_null(table.registry.place_at(address_number(7)));
    // Back at the old address it begins anew.
    table.put(1, 7);
    assert_int_equal(claim.place->backoff.failures(), 0);
    assert_int_equal(claim.place->backoff.next_try_ns(), 0);
}

void register_again_at_the_same_address_keeps_the_reconnect_state(void**)
{
    Table table;
    Claim& claim = table.put(1, 7);
    claim.place->backoff.failed(ReconnectTerms(), table.random, kSecond);
    table.put(1, 7);
    assert_false(table.left.has_value());
    assert_int_equal(claim.place->backoff.failures(), 1);
    // Nor does it go with one of two.
    table.put(2, 7);
    table.remove(1);
    assert_false(table.left.has_value());
    assert_int_equal(table.registry.place_at(address_number(7))->backoff.failures(), 1);
}

void clear_resets_all_maps(void**)
{
    Table table;
    for (uint8_t i = 0; i < 10; ++i) table.put(i, i % 3);
    table.registry.clear();
    assert_consistent(table.registry, {});
    assert_null(table.registry.find(key_number(1).key));
    table.put(1, 1);
    assert_consistent(table.registry, {{1, 1}});
}

void backoff_never_exceeds_max(void**)
{
    sim::SeededRandom random(3);
    for (int round = 0; round < 2'000; ++round) {
        ReconnectTerms terms;
        terms.initial_ns = 1 + random.below(5 * kSecond);
        terms.max_ns = terms.initial_ns + random.below(100 * kSecond);
        terms.retries_max = 1 + static_cast<uint32_t>(random.below(100));
        terms.slow_probe_ns = 1 + random.below(100 * kSecond);
        Backoff backoff;
        Nanos now_ns = 1'000 * kSecond;
        Nanos doubled_ns = terms.initial_ns;
        for (uint32_t failure = 1; failure <= 120; ++failure) {
            backoff.failed(terms, random, now_ns);
            const Nanos wait_ns = backoff.next_try_ns() - now_ns;
            assert_int_equal(backoff.failures(), failure);
            if (failure < terms.retries_max) {
                doubled_ns = std::min(doubled_ns * 2, terms.max_ns);
                assert_in_range(wait_ns, terms.initial_ns, doubled_ns);
            } else {
                assert_in_range(wait_ns, terms.slow_probe_ns - terms.slow_probe_ns / 4,
                                terms.slow_probe_ns);
            }
            now_ns = backoff.next_try_ns();
        }
    }
}

void waits_survive_extreme_terms(void**)
{
    sim::SeededRandom random(3);
    ReconnectTerms terms;
    terms.initial_ns = kNever / 2;
    terms.max_ns = kNever;
    terms.retries_max = UINT32_MAX;
    Backoff backoff;
    for (int i = 0; i < 100; ++i) {
        backoff.failed(terms, random, kSecond);
        assert_true(backoff.next_try_ns() >= terms.initial_ns);
    }
}

void waits_of_many_clients_are_spread(void**)
{
    sim::SeededRandom random(4);
    std::set<Nanos> tenths;
    for (int i = 0; i < 200; ++i) {
        Backoff backoff;
        backoff.failed(ReconnectTerms(), random, 0);
        tenths.insert(backoff.next_try_ns() / (kSecond / 10));
    }
    assert_true(tenths.size() >= 9);
}

void address_that_failed_too_often_waits_for_a_list(void**)
{
    sim::SeededRandom random(5);
    ReconnectTerms terms;
    terms.slow_probe_ns = kNever;
    Backoff backoff;
    for (uint32_t i = 0; i < terms.retries_max; ++i) {
        assert_false(backoff.exhausted());
        backoff.failed(terms, random, (100 + 100 * i) * kSecond);
    }
    assert_true(backoff.exhausted());
    backoff.refresh(terms, random, 1'000 * kSecond);
    assert_false(backoff.exhausted());
    assert_int_equal(backoff.next_try_ns(), 1'000 * kSecond);
}

void frequent_refreshes_do_not_defeat_the_backoff(void**)
{
    sim::SeededRandom random(6);
    const ReconnectTerms terms;
    Backoff backoff;
    size_t dials = 0;
    for (Nanos now_ns = 100 * kSecond; now_ns < 700 * kSecond; now_ns += kSecond / 2) {
        backoff.refresh(terms, random, now_ns);
        if (backoff.next_try_ns() > now_ns) continue;
        backoff.failed(terms, random, now_ns);
        ++dials;
    }
    // Ten minutes, a list twice a second: five tries and a slow one per minute, at most.
    assert_in_range(dials, 10, 61);
}

void peer_that_hangs_up_at_once_is_forgiven_once(void**)
{
    sim::SeededRandom random(7);
    const ReconnectTerms terms;
    Backoff backoff;
    backoff.ended(terms, random, kSecond, 100 * kSecond);
    assert_int_equal(backoff.next_try_ns(), 0);
    backoff.ended(terms, random, kSecond, 101 * kSecond);
    assert_true(backoff.next_try_ns() >= 102 * kSecond);
    backoff.ended(terms, random, kSecond, 103 * kSecond);
    assert_int_equal(backoff.failures(), 2);
    backoff.ended(terms, random, 100 * kSecond, 203 * kSecond);
    assert_int_equal(backoff.failures(), 0);
    assert_int_equal(backoff.next_try_ns(), 0);
}

void durations_read_as_in_messages(void**)
{
    assert_string_equal(duration_text(30 * kSecond).c_str(), "30s");
    assert_string_equal(duration_text(kSecond * 3 / 2).c_str(), "1.5s");
    assert_string_equal(duration_text(kSecond / 2).c_str(), "500ms");
    assert_string_equal(duration_text(59'071 * kMillisecond).c_str(), "59.071s");
    assert_string_equal(duration_text(1).c_str(), "1ms");
    assert_string_equal(duration_text(0).c_str(), "0ms");
}

void oldest_failure_is_forgotten_when_there_are_too_many(void**)
{
    sim::SeededRandom random(8);
    FailureMemory memory(3);
    for (uint64_t i = 0; i < 3; ++i) {
        memory.note(address_number(i)).backoff.failed(ReconnectTerms(), random, i * kSecond);
    }
    memory.note(address_number(0)).backoff.failed(ReconnectTerms(), random, 5 * kSecond);
    memory.note(address_number(9));
    assert_int_equal(memory.size(), 3);
    assert_null(memory.find(address_number(1)));
    assert_int_equal(memory.find(address_number(0))->backoff.failures(), 2);
    assert_non_null(memory.find(address_number(9)));
}

void failures_long_ago_are_swept(void**)
{
    sim::SeededRandom random(8);
    FailureMemory memory(100);
    memory.note(address_number(1)).backoff.failed(ReconnectTerms(), random, 10 * kSecond);
    memory.note(address_number(2)).backoff.failed(ReconnectTerms(), random, 60 * kSecond);
    memory.sweep(20 * kSecond, 30 * kSecond);
    assert_int_equal(memory.size(), 2);
    memory.sweep(43 * kSecond, 30 * kSecond);
    assert_null(memory.find(address_number(1)));
    assert_non_null(memory.find(address_number(2)));
}

void list_is_judged_entry_by_entry(void**)
{
    sim::SeededRandom random(9);
    std::array<uint8_t, 16> multicast6{};
    multicast6[0] = 0xff;
    multicast6[15] = 1;
    const std::vector<RegistryEntry> list = {
        {key_number(1), Address::v4(192, 0, 2, 1, 8091)},
        {key_number(2), Address::v4(192, 0, 2, 1, 0)},
        {key_number(3), Address::v4(0, 0, 0, 0, 8091)},
        {key_number(4), Address::v6({}, 8091)},
        {key_number(5), Address()},
        {key_number(6), Address::v4(224, 0, 0, 251, 8091)},
        {key_number(7), Address::v6(multicast6, 8091)},
        {key_number(8), Address::v4(192, 0, 2, 1, 53)},
        {key_number(9), Address::v4(192, 0, 2, 1, 11211)},
        {key_number(1), Address::v4(192, 0, 2, 2, 8091)},
    };
    const auto verdicts = check_entries(list, random);
    assert_int_equal(verdicts.size(), list.size());
    for (size_t i = 0; i < 9; ++i) assert_int_equal(verdicts[i].code, Code::invalid_argument);
    assert_true(verdicts[9].ok());
    assert_string_equal(
        verdicts[1].display().c_str(),
        "connection error: Invalid address: expected a port from 1 to 65535, got \"192.0.2.1:0\"");
    assert_non_null(strstr(verdicts[0].text.c_str(), "the last one counts"));
    assert_non_null(strstr(verdicts[7].text.c_str(), "no well-known UDP service"));
}

void hundred_thousand_entries_are_judged(void**)
{
    sim::SeededRandom random(10);
    std::vector<RegistryEntry> list(300'000);
    for (size_t i = 0; i < list.size(); ++i) {
        random.fill(list[i].miner.key);
        list[i].address = address_number(i % 60'000);
        list[i].address.port = static_cast<uint16_t>(8'000 + i % 20);
    }
    const auto verdicts = check_entries(list, random);
    size_t ok = 0;
    for (const Error& verdict : verdicts) ok += verdict.ok() ? 1 : 0;
    assert_int_equal(ok, 262'144);
    assert_int_equal(verdicts.back().code, Code::full);
}

}  // namespace
}  // namespace ltn::transport

int main()
{
    using namespace ltn::transport;
    const CMUnitTest tests[] = {
        cmocka_unit_test(registry_invariants_hold_after_random_ops),
        cmocka_unit_test(register_address_change_purges_stale_reconnect_state),
        cmocka_unit_test(register_again_at_the_same_address_keeps_the_reconnect_state),
        cmocka_unit_test(clear_resets_all_maps),
        cmocka_unit_test(backoff_never_exceeds_max),
        cmocka_unit_test(waits_survive_extreme_terms),
        cmocka_unit_test(waits_of_many_clients_are_spread),
        cmocka_unit_test(address_that_failed_too_often_waits_for_a_list),
        cmocka_unit_test(frequent_refreshes_do_not_defeat_the_backoff),
        cmocka_unit_test(peer_that_hangs_up_at_once_is_forgiven_once),
        cmocka_unit_test(durations_read_as_in_messages),
        cmocka_unit_test(oldest_failure_is_forgotten_when_there_are_too_many),
        cmocka_unit_test(failures_long_ago_are_swept),
        cmocka_unit_test(list_is_judged_entry_by_entry),
        cmocka_unit_test(hundred_thousand_entries_are_judged),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
