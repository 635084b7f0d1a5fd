#include "scenario/hostile_clients.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include "scenario/live_heap.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}
#undef fail

namespace ltn::scenario {

using namespace ltn::test;

namespace {

constexpr int kRounds = 20;
// Longer than nonces, idle connections, tokens and failures are remembered.
constexpr Nanos kForgetting = 800 * kSecond;
// Over all rounds together. What is kept by design: each second of the replay set's ring has room for
// the nonces it has ever held, up to 64, so that a handshake costs up to 64 bytes until every second
// had its turn.
constexpr int64_t kHeapSlack = 4096;

transport::ServerConfig server_config()
{
    transport::ServerConfig config;
    // The budgets of handshakes have tests of their own; twenty rounds would use them up.
    config.handshake_attempts_per_minute_max = 100'000;
    config.hotkey_attempts_per_minute_max = 100'000;
    config.idle_timeout_ns = 40 * kSecond;
    config.keep_alive_ns = 15 * kSecond;
    config.handler_timeout_ns = 20 * kSecond;
    config.frame_payload_max = 1 << 20;
    return config;
}

transport::ClientConfig client_config()
{
    transport::ClientConfig config;
    config.idle_timeout_ns = 40 * kSecond;
    config.keep_alive_ns = 15 * kSecond;
    return config;
}

void play(const ClientRow& row, ServerUnderFire& fire, uint64_t round)
{
    fire.expect_service();
    {
        quic::EndpointConfig config;
        config.alpn = {std::string(row.second ? quic::kAlpnOwn : quic::kAlpnFirst)};
        if (row.tune != nullptr) row.tune(config);
        HostilePeer peer(fire.wire, Address::v4(10, 0, 0, 9, 5000), 9, 100 + round, false, config);
        assert_true(peer.dial(fire.server.address));
        if (row.proven) assert_true(peer.prove(hotkey_of(fire.server.pair).text));
        row.act(peer, fire);
        fire.expect_service();
        fire.wire.run_for(row.wait_ns);
        fire.expect_service();
        assert_string_equal(peer.outcome().c_str(), row.outcome);
        // Every other one vanishes without a word.
        if (round % 2 == 0) {
            peer.close();
            fire.wire.run_for(kSecond);
        }
    }
    fire.expect_service();
    fire.wire.run_for(30 * kSecond);
}

}  // namespace

ServerUnderFire::ServerUnderFire()
    : server(wire, Address::v4(10, 0, 0, 1, 8443), 1, 1, server_config()),
      client(wire, Address::v4(10, 0, 0, 2, 4000), 2, 2, client_config())
{
}

void ServerUnderFire::expect_service()
{
    const Nanos begun_ns = wire.now_ns;
    const transport::CallResult result =
        client.call({server.pair.public_key(), server.address, "echo"});
    assert_string_equal(result.error.display().c_str(), "");
    // Round trips of a dial at most: what others do costs it nothing.
    assert_true(wire.now_ns - begun_ns < kSecond / 10);
}

void run_client_row(void** state)
{
    const auto& row = *static_cast<const ClientRow*>(*state);
    ServerUnderFire fire;
    for (uint64_t round = 0; round < 4; ++round) play(row, fire, round);
    fire.wire.run_for(kForgetting);
    fire.expect_service();
    const int64_t before = live_heap_bytes();
    const transport::ServerStats was = fire.server.core->stats();
    for (uint64_t round = 4; round < 4 + kRounds; ++round) play(row, fire, round);
    fire.wire.run_for(kForgetting);
    fire.expect_service();
    const int64_t grown = live_heap_bytes() - before;
    if (grown > kHeapSlack) print_error("%lld bytes stay\n", static_cast<long long>(grown));
    assert_true(grown <= kHeapSlack);
    const transport::ServerStats& is = fire.server.core->stats();
    assert_int_equal(is.connections, was.connections);
    assert_int_equal(is.authenticated, was.authenticated);
    assert_int_equal(is.requests_in_flight, was.requests_in_flight);
    assert_int_equal(is.held_bytes, was.held_bytes);
    assert_int_equal(is.nonces, was.nonces);
}

}  // namespace ltn::scenario
