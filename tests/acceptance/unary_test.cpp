// A server and clients on virtual time: connections, unary handlers, timeouts (rows of 11.8).
#include "acceptance/fixture.h"

#include "acceptance/cmocka_all.h"

namespace {

using namespace ltn;
using namespace ltn::acceptance;

Bytes hello()
{
    return encoded(Value::object({{"greeting", Value::str("hello")}}));
}

bool same(const transport::CallResult& result, const Bytes& data)
{
    const ByteView got = result.data.view();
    return result.error.ok() && Bytes(got.begin(), got.end()) == data;
}

// A connected pair of the fixture keys, with an echo.
struct Pair {
    World world;
    Server& server;
    Client& client;
    explicit Pair(transport::ServerConfig server_config = {},
                  transport::ClientConfig client_config = {})
        : server(world.server(std::move(server_config))),
          client(world.client(std::move(client_config)))
    {
        server.handle("echo", echo());
        const auto outcomes = client.initialize_connections({{kMiner, server.address()}});
        if (!outcomes.at(0).ok()) print_error("%s\n", outcomes[0].display().c_str());
    }
    transport::CallResult query(const std::string& type, Bytes data = hello(),
                                Nanos timeout_ns = 60 * kSecond)
    {
        return client.query(kMiner, type, std::move(data), timeout_ns);
    }
};

void client_handshake_succeeds__one_connection_is_reported(void**)
{
    Pair pair;
    assert_int_equal(pair.client.connections(), 1);
    assert_int_equal(pair.server.stats().authenticated, 1);
    assert_int_equal(pair.server.stats().handshakes_ok, 1);
}

void client_with_different_validator_key_connects__any_consistent_key_without_gating(void**)
{
    World world;
    Server& server = world.server();
    server.handle("echo", echo());
    Client& client = world.client({}, 77);
    assert_true(client.initialize_connections({{kMiner, server.address()}}).at(0).ok());
    assert_true(same(client.query(kMiner, "echo", hello()), hello()));
}

void max_connections_enforcement__the_second_validator_has_no_connection(void**)
{
    transport::ServerConfig config;
    config.connections_max = 1;
    Pair pair(config);
    Client& second = pair.world.client({}, 77);
    assert_false(second.initialize_connections({{kMiner, pair.server.address()}}).at(0).ok());
    pair.world.wait(kSecond);
    assert_int_equal(second.connections(), 0);
    assert_int_equal(pair.client.connections(), 1);
    assert_true(same(pair.query("echo"), hello()));
}

void server_stop_closes_connections__queries_fail(void**)
{
    Pair pair;
    assert_true(same(pair.query("echo"), hello()));
    pair.server.stop();
    pair.world.wait(kSecond);
    assert_int_equal(pair.client.connections(), 0);
    const auto result = pair.query("echo", hello(), 15 * kSecond);
    assert_false(result.error.ok());
    assert_true(result.error.category == Category::connection);
}

void nonce_accounting_increments__every_handshake_takes_one(void**)
{
    Pair pair;
    assert_int_equal(pair.server.stats().nonces, 1);
    Client& second = pair.world.client({}, 77);
    second.initialize_connections({{kMiner, pair.server.address()}});
    assert_int_equal(pair.server.stats().nonces, 2);
}

void sync_handler_echo_roundtrip__the_data_comes_back(void**)
{
    Pair pair;
    assert_true(same(pair.query("echo"), hello()));
}

void sync_handler_error_propagation__an_unsuccessful_answer_with_a_text(void**)
{
    Pair pair;
    pair.server.handle("fail", [](ByteView) -> Result<Bytes> { return handler_error("boom"); });
    const auto result = pair.query("fail");
    assert_true(result.error.code == Code::handler);
    assert_false(result.error.text.empty());
    assert_true(same(pair.query("echo"), hello()));
}

void unregistered_synapse_type_returns_error__an_unsuccessful_answer(void**)
{
    Pair pair;
    assert_true(pair.query("nobody knows").error.code == Code::handler);
}

void multiple_synapse_handlers__two_names_dispatch_on_their_own(void**)
{
    Pair pair;
    const Bytes other = encoded(Value::object({{"other", Value::number(1)}}));
    pair.server.handle("other", [other](ByteView) -> Result<Bytes> { return other; });
    assert_true(same(pair.query("echo"), hello()));
    assert_true(same(pair.query("other"), other));
}

void async_handler_echo_roundtrip__a_later_answer_comes_back(void**)
{
    Pair pair;
    pair.server.handle_async("later", echo(), 700 * kMillisecond);
    const Nanos start = pair.world.network.now_ns();
    assert_true(same(pair.query("later"), hello()));
    assert_true(pair.world.network.now_ns() - start >= 700 * kMillisecond);
}

void async_handler_error_propagation__an_unsuccessful_answer(void**)
{
    Pair pair;
    pair.server.handle_async("later",
                             [](ByteView) -> Result<Bytes> { return handler_error("boom"); });
    assert_true(pair.query("later").error.code == Code::handler);
}

void mixed_sync_async_handlers__both_kinds_live_together(void**)
{
    Pair pair;
    pair.server.handle_async("later", echo(), 50 * kMillisecond);
    const auto slow = pair.client.begin(kMiner, "later", hello());
    assert_true(same(pair.query("echo"), hello()));
    assert_false(pair.client.ended(slow));
    assert_true(same(pair.client.finish(slow), hello()));
}

void concurrent_requests_on_same_connection__ten_at_once_succeed(void**)
{
    Pair pair;
    pair.server.handle_async("later", echo(), 50 * kMillisecond);
    std::vector<transport::CallId> ids;
    for (int i = 0; i < 10; ++i) {
        ids.push_back(
            pair.client.begin(kMiner, "later", encoded(Value::object({{"n", Value::number(i)}}))));
    }
    for (int i = 0; i < 10; ++i) {
        assert_true(same(pair.client.finish(ids[static_cast<size_t>(i)]),
                         encoded(Value::object({{"n", Value::number(i)}}))));
    }
    assert_int_equal(pair.client.core().stats().dials, 1);
}

void query_timeout_triggers__after_half_a_second_against_a_minute(void**)
{
    transport::ServerConfig config;
    config.handler_timeout_ns = 100 * kSecond;
    Pair pair(config);
    pair.server.handle_async("slow", echo(), 60 * kSecond);
    const Nanos start = pair.world.network.now_ns();
    const auto result = pair.query("slow", hello(), 500 * kMillisecond);
    assert_true(result.error.code == Code::deadline);
    assert_string_equal(result.error.display().c_str(), "transport error: query timed out");
    assert_int_equal(pair.world.network.now_ns() - start, 500 * kMillisecond);
    // The handler hears of it (upstream-R13).
    pair.world.wait(kSecond);
    assert_int_equal(pair.server.cancelled.size(), 1);
}

void server_handler_timeout_returns_error__handler_timed_out(void**)
{
    transport::ServerConfig config;
    config.handler_timeout_ns = kSecond;
    Pair pair(config);
    pair.server.handle_async("never", echo(), kNever);
    const auto result = pair.query("never");
    assert_string_equal(result.error.display().c_str(), "handler error: handler timed out");
}

struct Greeting {
    std::string greeting;
    template <class Self, class Visit>
    static void fields(Self& self, Visit&& visit)
    {
        visit("greeting", self.greeting);
    }
};

Result<Greeting> louder(const Greeting& in)
{
    return Greeting{in.greeting + "!"};
}

void typed_sync_handler_integration__structures_on_both_ends(void**)
{
    Pair pair;
    pair.server.handle("louder", typed<Greeting>(louder));
    const auto result = pair.query("louder");
    assert_string_equal(from_data<Greeting>(result.data.view())->greeting.c_str(), "hello!");
}

void typed_async_handler_integration__structures_on_both_ends(void**)
{
    Pair pair;
    pair.server.handle_async("louder", typed<Greeting>(louder), 20 * kMillisecond);
    const auto result = pair.query("louder");
    assert_string_equal(from_data<Greeting>(result.data.view())->greeting.c_str(), "hello!");
}

void nonce_cleanup_removes_expired__the_set_drains_by_itself(void**)
{
    transport::ServerConfig config;
    config.max_signature_age_s = 1;
    config.nonce_cleanup_interval_s = 1;
    Pair pair(config);
    assert_int_equal(pair.server.stats().nonces, 1);
    // Ours remembers for the age and the clock's skew (upstream-S8).
    pair.world.wait(30 * kSecond);
    assert_int_equal(pair.server.stats().nonces, 1);
    pair.world.wait(40 * kSecond);
    assert_int_equal(pair.server.stats().nonces, 0);
}

void handler_error_does_not_leak_internal_details__request_processing_failed(void**)
{
    Pair pair;
    pair.server.handle("leak",
                       [](ByteView) -> Result<Bytes> { return handler_error("secret path"); });
    assert_string_equal(pair.query("leak").error.text.c_str(), "request processing failed");
}

void unregistered_synapse_type_uses_generic_error__the_name_is_not_repeated(void**)
{
    Pair pair;
    assert_string_equal(pair.query("secret name").error.text.c_str(), "unrecognized synapse type");
}

void handshake_rate_limiting_rejects_excess_attempts__the_third_has_no_connection(void**)
{
    transport::ServerConfig config;
    config.handshake_attempts_per_minute_max = 2;
    Pair pair(config);
    Client& second = pair.world.neighbour(pair.client, 77);
    assert_true(second.initialize_connections({{kMiner, pair.server.address()}}).at(0).ok());
    Client& third = pair.world.neighbour(pair.client, 78);
    assert_false(third.initialize_connections({{kMiner, pair.server.address()}}).at(0).ok());
    pair.world.wait(kSecond);
    assert_int_equal(third.connections(), 0);
    assert_int_equal(pair.server.stats().refused_rate, 1);
}

void handshake_timeout_rejects_slow_signing__nobody_is_admitted(void**)
{
    transport::ServerConfig config;
    config.handshake_timeout_ns = kSecond;
    World world;
    Server& server = world.server(config);
    server.signer_delay_ns = 3 * kSecond;
    Client& client = world.client();
    const auto outcomes = client.initialize_connections({{kMiner, server.address()}});
    assert_string_equal(outcomes.at(0).display().c_str(),
                        "handshake error: Handshake rejected by miner");
    world.wait(5 * kSecond);
    assert_int_equal(server.stats().authenticated, 0);
    assert_true(server.stats().refused_signer >= 1);
}

void server_processes_queries_during_rate_limiting__who_is_in_stays_in(void**)
{
    transport::ServerConfig config;
    config.handshake_attempts_per_minute_max = 3;
    Pair pair(config);
    for (uint8_t i = 0; i < 5; ++i) {
        Client& other = pair.world.neighbour(pair.client, static_cast<uint8_t>(80 + i));
        const auto outcomes = other.initialize_connections({{kMiner, pair.server.address()}});
        assert_int_equal(outcomes.at(0).ok(), i < 2);
        assert_true(same(pair.query("echo"), hello()));
    }
    assert_int_equal(pair.server.stats().handshakes_ok, 3);
    assert_true(pair.server.stats().refused_rate >= 3);
    assert_int_equal(pair.server.stats().nonces, 3);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(client_handshake_succeeds__one_connection_is_reported),
        cmocka_unit_test(
            client_with_different_validator_key_connects__any_consistent_key_without_gating),
        cmocka_unit_test(max_connections_enforcement__the_second_validator_has_no_connection),
        cmocka_unit_test(server_stop_closes_connections__queries_fail),
        cmocka_unit_test(nonce_accounting_increments__every_handshake_takes_one),
        cmocka_unit_test(sync_handler_echo_roundtrip__the_data_comes_back),
        cmocka_unit_test(sync_handler_error_propagation__an_unsuccessful_answer_with_a_text),
        cmocka_unit_test(unregistered_synapse_type_returns_error__an_unsuccessful_answer),
        cmocka_unit_test(multiple_synapse_handlers__two_names_dispatch_on_their_own),
        cmocka_unit_test(async_handler_echo_roundtrip__a_later_answer_comes_back),
        cmocka_unit_test(async_handler_error_propagation__an_unsuccessful_answer),
        cmocka_unit_test(mixed_sync_async_handlers__both_kinds_live_together),
        cmocka_unit_test(concurrent_requests_on_same_connection__ten_at_once_succeed),
        cmocka_unit_test(query_timeout_triggers__after_half_a_second_against_a_minute),
        cmocka_unit_test(server_handler_timeout_returns_error__handler_timed_out),
        cmocka_unit_test(typed_sync_handler_integration__structures_on_both_ends),
        cmocka_unit_test(typed_async_handler_integration__structures_on_both_ends),
        cmocka_unit_test(nonce_cleanup_removes_expired__the_set_drains_by_itself),
        cmocka_unit_test(handler_error_does_not_leak_internal_details__request_processing_failed),
        cmocka_unit_test(unregistered_synapse_type_uses_generic_error__the_name_is_not_repeated),
        cmocka_unit_test(
            handshake_rate_limiting_rejects_excess_attempts__the_third_has_no_connection),
        cmocka_unit_test(handshake_timeout_rejects_slow_signing__nobody_is_admitted),
        cmocka_unit_test(server_processes_queries_during_rate_limiting__who_is_in_stays_in),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
