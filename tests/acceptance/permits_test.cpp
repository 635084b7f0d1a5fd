// Who is admitted by permit (rows of 11.8).
#include <set>

#include "acceptance/fixture.h"

#include "acceptance/cmocka_all.h"

namespace {

using namespace ltn;
using namespace ltn::acceptance;

constexpr Nanos kRefresh = 10 * kSecond;

transport::ServerConfig gated()
{
    transport::ServerConfig config;
    config.require_validator_permit = true;
    config.validator_permit_refresh_ns = kRefresh;
    config.permit_grace_ns = 5 * kSecond;
    return config;
}

Bytes hello()
{
    return encoded(Value::object({{"greeting", Value::str("hello")}}));
}

// A gated server whose resolver knows `permitted`, or fails.
struct Gate {
    World world;
    Server& server;
    std::set<uint8_t> permitted;
    bool resolver_fails = false;

    explicit Gate(std::set<uint8_t> keys, bool resolver = true,
                  transport::ServerConfig config = gated())
        : server(world.server(std::move(config))), permitted(std::move(keys))
    {
        server.handle("echo", echo());
        if (!resolver) return;
        server.permit_resolver = [this]() -> std::optional<std::vector<crypto::PublicKey>> {
            if (resolver_fails) return std::nullopt;
            std::vector<crypto::PublicKey> keys;
            for (uint8_t fill : this->permitted) keys.push_back(fixture_hotkey(fill).key);
            return keys;
        };
        world.wait(100 * kMillisecond);
    }
    // Whether a fresh client of this key gets in.
    bool admits(uint8_t key_fill)
    {
        transport::ClientConfig config;
        config.retry_registered_in_background = false;
        Client& client = world.client(config, key_fill);
        const bool ok = client.initialize_connections({{kMiner, server.address()}}).at(0).ok();
        if (ok) last = &client;
        return ok;
    }
    Client* last = nullptr;
};

void validator_without_permit_rejected__an_empty_set_admits_nobody(void**)
{
    Gate gate({});
    assert_false(gate.admits(kValidator));
    assert_int_equal(gate.server.stats().authenticated, 0);
    assert_int_equal(gate.server.stats().refused_permit, 1);
}

void validator_with_permit_accepted__once_the_set_is_there(void**)
{
    Gate gate({kValidator});
    assert_int_equal(gate.server.stats().permits, 1);
    assert_true(gate.admits(kValidator));
    assert_true(gate.last->query(kMiner, "echo", hello()).error.ok());
    assert_false(gate.admits(77));
}

void permit_check_bypassed_when_disabled__everybody_is_admitted(void**)
{
    transport::ServerConfig config = gated();
    config.require_validator_permit = false;
    Gate gate({}, true, config);
    assert_true(gate.admits(kValidator));
}

void no_resolver_configured_rejects_when_required__nobody_is_admitted(void**)
{
    Gate gate({}, false);
    assert_false(gate.admits(kValidator));
    assert_int_equal(gate.server.stats().permits_age_ms, -1);
}

void resolver_error_preserves_server_availability__empty_set_and_a_live_server(void**)
{
    Gate gate({kValidator}, false);
    gate.resolver_fails = true;
    gate.server.permit_resolver = []() -> std::optional<std::vector<crypto::PublicKey>> {
        return std::nullopt;
    };
    gate.world.wait(3 * kRefresh);
    assert_int_equal(gate.server.stats().permits, 0);
    assert_false(gate.admits(kValidator));
    // It comes to its senses.
    gate.server.permit_resolver = []() -> std::optional<std::vector<crypto::PublicKey>> {
        return std::vector<crypto::PublicKey>{fixture_hotkey(kValidator).key};
    };
    gate.world.wait(2 * kRefresh);
    assert_true(gate.admits(kValidator));
}

void permit_cache_refresh_adds_validator__after_a_refresh(void**)
{
    Gate gate({kValidator});
    assert_false(gate.admits(77));
    gate.permitted.insert(77);
    assert_false(gate.admits(77));
    gate.world.wait(2 * kRefresh);
    assert_true(gate.admits(77));
}

void permit_cache_refresh_removes_validator__new_handshakes_and_the_connection_too(void**)
{
    Gate gate({kValidator, 77});
    assert_true(gate.admits(kValidator));
    Client& connected = *gate.last;
    gate.permitted.erase(kValidator);
    gate.world.wait(2 * kRefresh);
    assert_false(gate.admits(kValidator));
    // The original leaves who is in alone (upstream-S14); ours closes after the grace.
    gate.world.wait(10 * kSecond);
    assert_int_equal(connected.connections(), 0);
    assert_int_equal(gate.server.stats().authenticated, 0);
    assert_true(gate.admits(77));
}

void large_permit_set_handles_correctly__ten_thousand_and_one(void**)
{
    Gate gate({}, false);
    gate.server.permit_resolver = []() -> std::optional<std::vector<crypto::PublicKey>> {
        std::vector<crypto::PublicKey> keys;
        for (uint32_t i = 0; i < 10'000; ++i) {
            crypto::PublicKey key{};
            key.fill(0x55);
            for (size_t b = 0; b < 4; ++b) key[b] = static_cast<uint8_t>(i >> (8 * b));
            keys.push_back(key);
        }
        keys.push_back(fixture_hotkey(kValidator).key);
        return keys;
    };
    gate.world.wait(2 * kRefresh);
    assert_int_equal(gate.server.stats().permits, 10'001);
    assert_true(gate.admits(kValidator));
    assert_false(gate.admits(77));
}

void permit_rejected_does_not_degrade_permitted_client__five_refused_beside_it(void**)
{
    Gate gate({kValidator});
    assert_true(gate.admits(kValidator));
    Client& permitted = *gate.last;
    for (uint8_t i = 0; i < 5; ++i) {
        assert_false(gate.admits(static_cast<uint8_t>(80 + i)));
        assert_true(permitted.query(kMiner, "echo", hello()).error.ok());
    }
    assert_int_equal(permitted.core().stats().dials, 1);
    assert_int_equal(gate.server.stats().authenticated, 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(validator_without_permit_rejected__an_empty_set_admits_nobody),
        cmocka_unit_test(validator_with_permit_accepted__once_the_set_is_there),
        cmocka_unit_test(permit_check_bypassed_when_disabled__everybody_is_admitted),
        cmocka_unit_test(no_resolver_configured_rejects_when_required__nobody_is_admitted),
        cmocka_unit_test(resolver_error_preserves_server_availability__empty_set_and_a_live_server),
        cmocka_unit_test(permit_cache_refresh_adds_validator__after_a_refresh),
        cmocka_unit_test(
            permit_cache_refresh_removes_validator__new_handshakes_and_the_connection_too),
        cmocka_unit_test(large_permit_set_handles_correctly__ten_thousand_and_one),
        cmocka_unit_test(permit_rejected_does_not_degrade_permitted_client__five_refused_beside_it),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
