#include "scenario/hostile_table.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

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
    config.frame_payload_max = 1 << 20;
    config.idle_timeout_ns = 40 * kSecond;
    config.keep_alive_ns = 15 * kSecond;
    return config;
}

void play(const ClientRow& row, Town& town, uint64_t round)
{
    town.expect_service();
    {
        quic::EndpointConfig config;
        config.alpn = {std::string(row.second ? quic::kAlpnOwn : quic::kAlpnFirst)};
        if (row.tune != nullptr) row.tune(config);
        HostilePeer peer(town.wire, Address::v4(10, 0, 0, 9, 5000), 9, 100 + round, false, config);
        assert_true(peer.dial(town.server.address));
        if (row.proven) assert_true(peer.prove(hotkey_of(town.server.pair).text));
        row.act(peer, town);
        town.expect_service();
        town.wire.run_for(row.wait_ns);
        town.expect_service();
        assert_string_equal(peer.outcome().c_str(), row.outcome);
        // Every other one vanishes without a word.
        if (round % 2 == 0) {
            peer.close();
            town.wire.run_for(kSecond);
        }
    }
    town.expect_service();
    town.wire.run_for(30 * kSecond);
}

// Answers a whole frame on a stream, once.
void answer(const ServerRow& row, HostilePeer& peer, quic::StreamId id)
{
    HostilePeer::Stream& stream = peer.streams[id];
    const auto seen = codec::parse_frame(stream.bytes, codec::kFramePayloadMaxMax);
    if (!seen.ok() || stream.answered) return;
    stream.answered = true;
    if (seen->type != codec::FrameType::handshake_request) {
        if (row.serve != nullptr) return row.serve(peer, id);
        return peer.send(id, answer_frame(peer.second), true);
    }
    Proof proof = peer.proof(seen->payload).value();
    if (row.prove != nullptr) return row.prove(peer, id, proof);
    peer.send(id, proof.framed(), true);
}

void play(const ServerRow& row, Town& town, uint64_t round)
{
    town.expect_service();
    {
        quic::EndpointConfig config;
        config.alpn = {std::string(row.second ? quic::kAlpnOwn : quic::kAlpnFirst)};
        if (row.tune != nullptr) row.tune(config);
        HostilePeer peer(town.wire, Address::v4(10, 0, 0, 8, 8443), 8, 100 + round, true, config);
        peer.on_data = [&row](HostilePeer& self, quic::StreamId id) { answer(row, self, id); };
        HonestClient::Wish wish{peer.pair.public_key(), peer.address, "echo"};
        wish.streamed = row.streamed;
        wish.uploads = row.uploads;
        wish.limit_ns = 15 * kSecond;  // longer than a connection may take to be made
        const transport::CallId call = town.client.begin(wish);
        town.wire.run_for(100 * kMillisecond);
        town.expect_service();
        const transport::CallResult result = town.client.end(call);
        town.wire.run_for(100 * kMillisecond);
        town.expect_service();
        std::string outcome = result.error.ok() ? "ok" : result.error.display();
        // From the second round on it is one.
        const std::string again = "Reconnection";
        if (size_t at = outcome.find(again); at != std::string::npos) {
            outcome.replace(at, again.size(), "Connection");
        }
        if (outcome.size() > 200) outcome = outcome.substr(0, 80) + "...";
        outcome += " | " + (peer.ending.empty() ? "open" : peer.ending);
        assert_string_equal(outcome.c_str(), row.outcome);
        // Every other one vanishes without a word.
        if (round % 2 == 0) {
            peer.close();
            town.wire.run_for(kSecond);
        }
    }
    town.expect_service();
    // Longer than a failed address is left alone, and than a connection may be silent.
    town.wire.run_for(120 * kSecond);
}

}  // namespace

Town::Town()
    : server(wire, Address::v4(10, 0, 0, 1, 8443), 1, 1, server_config()),
      client(wire, Address::v4(10, 0, 0, 2, 4000), 2, 2, client_config())
{
}

void Town::expect_service()
{
    const Nanos begun_ns = wire.now_ns;
    const transport::CallResult result =
        client.call({server.pair.public_key(), server.address, "echo"});
    assert_string_equal(result.error.display().c_str(), "");
    // Round trips of a dial at most: what others do costs it nothing.
    assert_true(wire.now_ns - begun_ns < kSecond / 10);
}

namespace {

template <class Row>
void run_row(const Row& row)
{
    Town town;
    for (uint64_t round = 0; round < 4; ++round) play(row, town, round);
    town.wire.run_for(kForgetting);
    town.expect_service();
    const int64_t before = live_heap_bytes();
    const transport::ServerStats was = town.server.core->stats();
    for (uint64_t round = 4; round < 4 + kRounds; ++round) play(row, town, round);
    town.wire.run_for(kForgetting);
    town.expect_service();
    const int64_t grown = live_heap_bytes() - before;
    if (grown > kHeapSlack) print_error("%lld bytes stay\n", static_cast<long long>(grown));
    assert_true(grown <= kHeapSlack);
    const transport::ServerStats& is = town.server.core->stats();
    assert_int_equal(is.connections, was.connections);
    assert_int_equal(is.authenticated, was.authenticated);
    assert_int_equal(is.requests_in_flight, was.requests_in_flight);
    assert_int_equal(is.held_bytes, was.held_bytes);
    assert_int_equal(is.nonces, was.nonces);
    assert_int_equal(town.client.core->stats().calls_in_flight, 0);
    assert_int_equal(town.client.core->stats().connections, 1);
}

template <class Row>
void run_state(void** state)
{
    run_row(*static_cast<const Row*>(*state));
}

}  // namespace

int run_rows(const char* group, std::span<const ClientRow> clients,
             std::span<const ServerRow> servers)
{
    if (!crypto::init()) return 1;
    std::vector<CMUnitTest> tests;
    const auto add = [&tests](const auto& row) {
        using Row = std::remove_cvref_t<decltype(row)>;
        tests.push_back({row.name, run_state<Row>, nullptr, nullptr, const_cast<Row*>(&row)});
    };
    for (const ClientRow& row : clients) add(row);
    for (const ServerRow& row : servers) add(row);
    return _cmocka_run_group_tests(group, tests.data(), tests.size(), nullptr, nullptr);
}

}  // namespace ltn::scenario
