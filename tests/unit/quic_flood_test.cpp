// Crowds at the door of a server: who is heard, who is asked for proof, and what the rest costs.
#include <algorithm>

#include "quic/initial_load.h"
#include "quic/reflectors.h"
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::EndpointConfig;
using quic::RetryPolicy;

namespace {

EndpointConfig with(RetryPolicy retry)
{
    EndpointConfig config;
    config.retry = retry;
    return config;
}

// The first datagrams of clients that then fall silent. Each is good: the keys that open it come
// from the connection id in it, so that copies with another id would be found out.
std::vector<Bytes> hellos(Pair& pair, uint32_t count, uint64_t seed = 55)
{
    std::vector<Bytes> out;
    Node crowd(pair.wire, Address::v4(10, 0, 0, 8, 40000), seed, false, {});
    pair.wire.filter = [&](Address& from, Address&, Bytes& datagram) {
        if (from == crowd.address) out.push_back(datagram);
        return false;
    };
    quic::ConnectOptions options;
    options.remote = kServerAddress;
    for (uint32_t i = 0; i < count; ++i) {
        assert_true(crowd.endpoint->connect(options, pair.wire.now()).ok());
    }
    pair.wire.flush();
    pair.wire.filter = nullptr;
    assert_int_equal(out.size(), count);
    return out;
}

Address stranger(uint32_t number)
{
    return Address::v4(10, static_cast<uint8_t>(20 + (number >> 16)),
                       static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number), 5000);
}

// Each from an address of its own; nobody hears the answers.
void flood(Pair& pair, const std::vector<Bytes>& datagrams, uint32_t count, uint32_t per_turn,
           uint32_t first = 0)
{
    for (uint32_t i = first; i < first + count; ++i) {
        const Bytes& bytes = datagrams[i % datagrams.size()];
        pair.server.endpoint->receive({kServerAddress, stranger(i), bytes, 0}, pair.wire.now());
        if ((i - first) % per_turn == per_turn - 1) pair.wire.flush();
    }
    pair.wire.flush();
    pair.wire.forget_queue();
}

const quic::EndpointStats& stats(Pair& pair)
{
    return pair.server.endpoint->stats();
}

void who_is_turned_away_costs_no_key(void**)
{
    EndpointConfig config = with(RetryPolicy::never);
    config.handshakes_max = 8;
    Pair pair(config);
    flood(pair, hellos(pair, 100), 5000, 4);
    assert_int_equal(stats(pair).initial_keys_derived, 6);
    // Copies of those that were let in belong to their connections.
    assert_int_equal(stats(pair).initials_shed, 50 * 94);
    assert_int_equal(stats(pair).connections_refused, 0);
}

void a_turn_begins_so_many_handshakes_and_no_more(void**)
{
    EndpointConfig config = with(RetryPolicy::never);
    config.handshakes_per_turn_max = 10;
    Pair pair(config);
    auto crowd = hellos(pair, 200);
    flood(pair, crowd, 100, 100);
    assert_int_equal(stats(pair).initial_keys_derived, 5);
    flood(pair, crowd, 100, 100, 100);
    assert_int_equal(stats(pair).initial_keys_derived, 10);
}

void a_known_peer_comes_in_while_strangers_fill_the_door(void**)
{
    EndpointConfig config = with(RetryPolicy::never);
    config.handshakes_max = 8;
    Pair pair(config);
    auto crowd = hellos(pair, 100);
    pair.connect();  // leaves the client with a token
    pair.wire.run_for(kSecond);
    flood(pair, crowd, 100, 1, 1000);
    assert_int_equal(stats(pair).handshaking, 6);
    pair.connect();
    // One without a token stays outside.
    assert_int_equal(stats(pair).tokens_accepted, 1);
    Node other(pair.wire, Address::v4(10, 0, 0, 9, 40000), 77, false, {});
    quic::ConnectOptions options;
    options.remote = kServerAddress;
    assert_true(other.endpoint->connect(options, pair.wire.now()).ok());
    pair.wire.run_for(100 * kMillisecond);
    assert_int_equal(other.events.ready, 0);
}

void something_that_looks_like_a_token_buys_no_place(void**)
{
    EndpointConfig config = with(RetryPolicy::never);
    config.handshakes_max = 8;
    Pair pair(config);
    auto crowd = hellos(pair, 100);
    flood(pair, crowd, 100, 1);
    uint64_t keys = stats(pair).initial_keys_derived;
    // Where the empty token stood: a made-up one of the right mark and length.
    size_t at = 1 + 4 + 1 + 20 + 1 + 8;
    auto later = hellos(pair, 1, 56);
    Bytes& hello = later[0];
    assert_int_equal(hello[at], 0);
    Bytes token = pattern(60);
    token[0] = 0x4e;
    assert_true(quic::Tokens::looks_ours(token));
    hello[at] = 60;
    hello.insert(hello.begin() + static_cast<std::ptrdiff_t>(at) + 1, token.begin(), token.end());
    flood(pair, later, 100, 1, 500);
    assert_int_equal(stats(pair).tokens_refused, 100);
    assert_int_equal(stats(pair).initial_keys_derived, keys);
}

void proof_is_asked_for_only_under_load(void**)
{
    EndpointConfig config = with(RetryPolicy::adaptive);
    config.retry_above_initials_per_second = 100;
    Pair pair(config);
    pair.connect();
    assert_int_equal(stats(pair).retries_sent, 0);
    flood(pair, hellos(pair, 300), 300, 8);
    assert_in_range(stats(pair).retries_sent, 195, 205);
    assert_in_range(stats(pair).initial_keys_derived, 95, 105);
    uint64_t sent = stats(pair).retries_sent;
    // An honest newcomer makes the extra round trip.
    Node other(pair.wire, Address::v4(10, 0, 0, 9, 40000), 77, false, {});
    quic::ConnectOptions options;
    options.remote = kServerAddress;
    auto connection = other.endpoint->connect(options, pair.wire.now());
    assert_true(pair.wire.run([&] { return (*connection)->ready(); }));
    assert_int_equal(stats(pair).retries_sent, sent + 1);
    assert_int_equal(stats(pair).tokens_accepted, 1);
    // And none again once it has been calm.
    pair.wire.run_for(13 * kSecond);
    Node later(pair.wire, Address::v4(10, 0, 0, 10, 40000), 78, false, {});
    connection = later.endpoint->connect(options, pair.wire.now());
    assert_true(pair.wire.run([&] { return (*connection)->ready(); }));
    assert_int_equal(stats(pair).retries_sent, sent + 1);
}

void many_half_open_handshakes_ask_for_proof_too(void**)
{
    EndpointConfig config = with(RetryPolicy::adaptive);
    config.retry_above_handshakes = 20;
    Pair pair(config);
    flood(pair, hellos(pair, 100), 100, 8);
    assert_int_equal(stats(pair).initial_keys_derived, 21);
    assert_int_equal(stats(pair).retries_sent, 79);
}

void waves_find_the_door_shut(void**)
{
    quic::InitialLoad load({100, 100, 50, 10, 10 * kSecond});
    Nanos now = 1000 * kSecond;
    for (int i = 0; i < 10; ++i) load.count(0, now);
    assert_false(load.wants_retry(now));
    load.count(0, now);
    assert_true(load.wants_retry(now));
    for (int wave = 0; wave < 5; ++wave) {
        now += 9 * kSecond;
        assert_true(load.wants_retry(now));
        for (int i = 0; i < 30; ++i) load.count(0, now);
    }
    // The ordinary rate never asks.
    now += 20 * kSecond;
    for (int i = 0; i < 1000; ++i, now += kSecond / 10) load.count(0, now);
    assert_false(load.wants_retry(now));
    load.count(51, now);
    assert_true(load.wants_retry(now));
    assert_false(load.wants_retry(now + 10 * kSecond));
}

void answers_to_strangers_are_rationed_and_counted(void**)
{
    EndpointConfig config = with(RetryPolicy::always);
    config.retries_per_second_max = 50;
    config.negotiations_per_second_max = 20;
    config.resets_per_second_max = 10;
    Pair pair(config);
    auto crowd = hellos(pair, 1);
    flood(pair, crowd, 300, 8);
    assert_int_equal(stats(pair).retries_sent, 50);
    assert_int_equal(stats(pair).retries_withheld, 250);
    std::vector<Bytes> strange = crowd;
    strange[0][1] = 0x0a;
    flood(pair, strange, 100, 8);
    assert_int_equal(stats(pair).version_negotiations_sent, 20);
    assert_int_equal(stats(pair).negotiations_withheld, 80);
    std::vector<Bytes> unknown = {pattern(100)};
    unknown[0][0] = 0x40;
    flood(pair, unknown, 100, 8);
    assert_int_equal(stats(pair).stateless_resets_sent, 10);
    assert_int_equal(stats(pair).resets_withheld, 90);
    assert_true(pair.wire.bytes_from[kServerAddress] < 80 * 200);
    // It is a rate: a second later there is an answer again.
    pair.wire.run_for(kSecond);
    flood(pair, crowd, 1, 1);
    assert_int_equal(stats(pair).retries_sent, 51);
}

void no_service_port_is_ever_answered(void**)
{
    Pair pair;
    Bytes hello = hellos(pair, 1)[0];
    uint64_t asked = 0;
    for (uint16_t port : {53, 123, 161, 389, 1900, 5060, 11211}) {
        assert_true(quic::reflects(Address::v4(1, 2, 3, 4, port)));
        for (Bytes datagram : {hello, pattern(1200)}) {
            Address from = Address::v4(10, 1, 1, 1, port);
            pair.server.endpoint->receive({kServerAddress, from, datagram, 0}, pair.wire.now());
            ++asked;
        }
    }
    assert_false(pair.server.endpoint->wants_flush());
    assert_int_equal(stats(pair).reflectors_ignored, asked);
    assert_false(quic::reflects(Address::v4(1, 2, 3, 4, 8443)));
}

// An authenticated peer whose address seems to change to the service port of a victim.
void no_connection_moves_to_a_service_port(void**)
{
    Pair pair;
    pair.server.events.raise = pair.server.events.echo = true;
    auto& connection = pair.connect();
    pair.expect_echo(connection, pattern(100));
    Address victim = Address::v4(10, 6, 6, 6, 53);
    pair.wire.filter = [&](Address& from, Address&, Bytes&) {
        if (from == kClientAddress) from = victim;
        return true;
    };
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(100)), true).ok());
    pair.wire.run_for(kSecond);
    assert_true(pair.server.events.paths.empty());
    assert_true(pair.peer().remote() == kClientAddress);
    pair.wire.filter = nullptr;
    assert_true(pair.wire.run([&] { return pair.client.events.streams[*stream].closed; }));
}

void a_mapped_address_is_the_same_peer(void**)
{
    Pair pair;
    pair.server.events.raise = pair.server.events.echo = true;
    // A socket for both families shows every other datagram in mapped form, the Retry included.
    int turn = 0;
    pair.wire.filter = [&](Address& from, Address&, Bytes&) {
        if (from != kClientAddress || turn++ % 2 == 0) return true;
        Address mapped;
        mapped.family = Address::Family::v6;
        mapped.port = from.port;
        mapped.ip[10] = mapped.ip[11] = 0xff;
        std::copy_n(from.ip.begin(), 4, mapped.ip.begin() + 12);
        from = mapped;
        return true;
    };
    auto& connection = pair.connect();
    for (int i = 0; i < 5; ++i) pair.expect_echo(connection, pattern(3000));
    assert_true(turn > 10);
    assert_int_equal(stats(pair).tokens_refused, 0);
    assert_int_equal(stats(pair).tokens_accepted, 1);
    assert_true(pair.server.events.paths.empty());
    assert_true(pair.peer().remote() == kClientAddress);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(who_is_turned_away_costs_no_key),
        cmocka_unit_test(a_turn_begins_so_many_handshakes_and_no_more),
        cmocka_unit_test(a_known_peer_comes_in_while_strangers_fill_the_door),
        cmocka_unit_test(something_that_looks_like_a_token_buys_no_place),
        cmocka_unit_test(proof_is_asked_for_only_under_load),
        cmocka_unit_test(many_half_open_handshakes_ask_for_proof_too),
        cmocka_unit_test(waves_find_the_door_shut),
        cmocka_unit_test(answers_to_strangers_are_rationed_and_counted),
        cmocka_unit_test(no_service_port_is_ever_answered),
        cmocka_unit_test(no_connection_moves_to_a_service_port),
        cmocka_unit_test(a_mapped_address_is_the_same_peer),
    };
    return cmocka_run_group_tests_name("quic floods", tests, nullptr, nullptr);
}
