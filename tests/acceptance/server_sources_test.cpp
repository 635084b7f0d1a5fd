// The allow-list of sources (rows of 11.7).
#include "acceptance/fixture.h"
#include "lightning.h"

#include "acceptance/cmocka_all.h"

namespace {

using namespace ltn;
using namespace ltn::acceptance;

transport::ServerConfig enforcing()
{
    transport::ServerConfig config;
    config.enforce_source_allowlist = true;
    return config;
}

void source_resolver_populates_allowed_sources__they_are_counted_and_let_in(void**)
{
    World world;
    Server& server = world.server(enforcing());
    Client& client = world.client();
    server.source_resolver = [&]() -> std::optional<transport::SourcePolicy> {
        transport::SourcePolicy policy;
        policy.allowed.push_back({world.network.address(client.id()), 32});
        policy.allowed.push_back({Address::v4(203, 0, 113, 7, 0), 32});
        return policy;
    };
    world.wait(100 * kMillisecond);
    assert_int_equal(server.stats().sources_allowed, 2);
    assert_false(server.stats().sources_bypassed);
    assert_true(client.initialize_connections({{kMiner, server.address()}}).at(0).ok());
    // Who is not on it hears nothing at all.
    transport::ClientConfig config;
    config.connect_timeout_ns = kSecond;
    Client& stranger = world.client(config, 77);
    const auto outcomes = stranger.initialize_connections({{kMiner, server.address()}});
    assert_true(outcomes.at(0).code == Code::connect_timeout);
    assert_true(server.stats().dropped_source > 0);
}

void source_resolver_bypass_keeps_allowlist_empty_but_skips_drop__and_says_so(void**)
{
    World world;
    Server& server = world.server(enforcing());
    server.source_resolver = []() -> std::optional<transport::SourcePolicy> {
        transport::SourcePolicy policy;
        policy.bypass = true;
        return policy;
    };
    world.wait(100 * kMillisecond);
    assert_int_equal(server.stats().sources_allowed, 0);
    assert_true(server.stats().sources_bypassed);
    Client& client = world.client();
    assert_true(client.initialize_connections({{kMiner, server.address()}}).at(0).ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(source_resolver_populates_allowed_sources__they_are_counted_and_let_in),
        cmocka_unit_test(source_resolver_bypass_keeps_allowlist_empty_but_skips_drop__and_says_so),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
