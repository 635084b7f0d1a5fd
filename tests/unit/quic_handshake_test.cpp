// First contact: handshake, Retry, tokens, protocols and versions, between honest peers.
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::CloseInfo;
using quic::EndpointConfig;
using quic::RetryPolicy;

static EndpointConfig with_retry(RetryPolicy policy)
{
    EndpointConfig config;
    config.retry = policy;
    return config;
}

static void peers_meet_and_echo_a_message(void**)
{
    for (RetryPolicy policy : {RetryPolicy::never, RetryPolicy::always}) {
        Pair pair(with_retry(policy));
        pair.server.events.echo = true;
        auto& connection = pair.connect();
        assert_string_equal(std::string(connection.alpn()).c_str(), "btlightning");
        assert_string_equal(std::string(pair.peer().alpn()).c_str(), "btlightning");
        assert_int_equal(pair.server.endpoint->stats().retries_sent,
                         policy == RetryPolicy::always ? 1 : 0);
        pair.expect_echo(connection, pattern(10));
        pair.expect_echo(connection, pattern(100'000));
    }
}

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(peers_meet_and_echo_a_message),
    };
    return cmocka_run_group_tests_name("quic handshake", tests, nullptr, nullptr);
}
