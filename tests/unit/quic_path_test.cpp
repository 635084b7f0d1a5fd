// Paths that change under a live connection: narrower, wide again, cut for a while. Datagrams above
// 1452 bytes have tests of their own (quic_datagram_size_test.cpp).
#include <algorithm>

#include "quic/path_size.h"
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;

namespace {

struct PathPair : Pair {
    size_t widest = 65'535;  // what the path takes
    size_t largest = 0;      // of what was delivered since it was last looked at
    bool cut = false;

    static quic::EndpointConfig ordinary()
    {
        quic::EndpointConfig config;
        config.udp_payload_max = quic::PathSize::kOrdinary;
        return config;
    }
    explicit PathPair(const quic::EndpointConfig& config = ordinary()) : Pair(config, config)
    {
        wire.delay_ns = 20 * kMillisecond;
        server.events.raise = server.events.echo = true;
        wire.filter = [this](Address&, Address&, Bytes& datagram) {
            if (cut || datagram.size() > widest) return false;
            largest = std::max(largest, datagram.size());
            return true;
        };
    }
    Nanos echo_takes(quic::Connection& connection, size_t len)
    {
        Nanos before = wire.now_ns;
        expect_echo(connection, pattern(len));
        client.events.streams.clear();
        server.events.streams.clear();
        return wire.now_ns - before;
    }
};

void a_path_that_gets_narrower_is_usable_within_seconds(void**)
{
    for (size_t widest : {1200u, 1280u, 1451u}) {
        PathPair pair;
        auto& connection = pair.connect();
        pair.echo_takes(connection, 100'000);
        assert_int_equal(pair.largest, 1452);
        pair.widest = widest;
        assert_in_range(pair.echo_takes(connection, 100'000), 0, 5 * kSecond);
        // And from then on as fast as any path of that width.
        assert_in_range(pair.echo_takes(connection, 100'000), 0, kSecond);
        assert_int_equal(pair.client.events.closed, 0);
    }
}

// Requests get through, being small; what is lost is each answer.
void large_answers_to_small_requests_arrive(void**)
{
    PathPair pair;
    auto& connection = pair.connect();
    pair.echo_takes(connection, 100'000);
    pair.server.events.echo = false;
    pair.server.events.when_data = [](quic::Connection& c, quic::StreamId id) {
        (void)c.send(id, SharedBytes::copy(pattern(50'000)), true);
    };
    pair.widest = 1300;
    Nanos before = pair.wire.now_ns;
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(10)), true).ok());
    auto& seen = pair.client.events.streams;
    assert_true(pair.wire.run([&] { return seen[*stream].closed; }));
    assert_int_equal(seen[*stream].bytes.size(), 50'000);
    assert_in_range(pair.wire.now_ns - before, 0, 5 * kSecond);
}

void a_path_that_is_wide_again_is_found_out(void**)
{
    PathPair pair;
    auto& connection = pair.connect();
    pair.echo_takes(connection, 100'000);
    pair.widest = 1300;
    pair.echo_takes(connection, 100'000);
    pair.widest = 65'535;
    pair.largest = 0;
    for (int i = 0; i < 60; ++i) {
        pair.echo_takes(connection, 20'000);
        pair.wire.run_for(kSecond);
    }
    pair.largest = 0;
    pair.echo_takes(connection, 20'000);
    assert_int_equal(pair.largest, 1452);
}

void trying_a_narrow_path_again_costs_little(void**)
{
    PathPair pair;
    auto& connection = pair.connect();
    pair.echo_takes(connection, 100'000);
    pair.widest = 1300;
    pair.echo_takes(connection, 100'000);
    Nanos longest = 0;
    for (int i = 0; i < 600; ++i) {
        longest = std::max(longest, pair.echo_takes(connection, 20'000));
        pair.wire.run_for(kSecond / 2);
    }
    assert_in_range(longest, 0, kSecond);
}

void loss_that_spares_no_size_is_not_taken_for_a_narrow_path(void**)
{
    PathPair pair;
    auto& connection = pair.connect();
    pair.echo_takes(connection, 100'000);
    SeededRandom dice(4);
    pair.wire.filter = [&](Address&, Address&, Bytes& datagram) {
        if (dice.next_u64() % 100 < 10) return false;
        pair.largest = std::max(pair.largest, datagram.size());
        return true;
    };
    for (int i = 0; i < 20; ++i) {
        pair.largest = 0;
        pair.echo_takes(connection, 50'000);
    }
    assert_int_equal(pair.largest, 1452);
}

void a_path_that_was_cut_is_used_again_at_once(void**)
{
    for (Nanos outage : {5 * kSecond, 30 * kSecond, 100 * kSecond}) {
        for (size_t len : {100u, 100'000u}) {
            quic::EndpointConfig stubborn = PathPair::ordinary();
            stubborn.unanswered_ns = kNever;
            PathPair pair(stubborn);
            auto& connection = pair.connect();
            pair.echo_takes(connection, 100'000);
            auto stream = connection.open_stream();
            assert_true(connection.send(*stream, SharedBytes::copy(pattern(len)), true).ok());
            pair.wire.run_for(10 * kMillisecond);
            pair.cut = true;
            pair.wire.run_for(outage);
            pair.cut = false;
            Nanos before = pair.wire.now_ns;
            auto& seen = pair.client.events.streams;
            assert_true(pair.wire.run([&] { return seen[*stream].closed; }, 100 * kSecond));
            assert_in_range(pair.wire.now_ns - before, 0, 5 * kSecond);
        }
    }
}

void the_verdict_on_a_path_follows_what_is_lost(void**)
{
    quic::PathSize path;
    Nanos now = 100 * kSecond;
    assert_int_equal(path.limit(1452), 1452);
    // Silence after small packets says nothing about large ones.
    path.sent(1200, 1452, now);
    for (int i = 0; i < 10; ++i) path.silence(now);
    assert_false(path.narrow());
    path.progress();
    path.sent(1452, 1452, now);
    path.silence(now);
    assert_true(path.narrow());
    assert_int_equal(path.limit(1452), 1200);
    assert_int_equal(path.limit(600), 600);
    // Two full packets are tried; one that is lost puts the next try off, twice as long.
    assert_int_equal(path.tick(now, kSecond), now + 10 * kSecond);
    now += 10 * kSecond;
    assert_int_equal(path.tick(now, kSecond), now + 10 * kSecond);
    path.progress();
    path.sent(1452, 1452, now);
    path.sent(1452, 1452, now);
    assert_int_equal(path.limit(1452), 1200);
    assert_int_equal(path.tick(now, kSecond), now + 4 * kSecond);
    path.losses(1, 1452, now);
    now += 4 * kSecond;
    assert_int_equal(path.tick(now, kSecond), now + 20 * kSecond);
    assert_true(path.narrow());
    now += 20 * kSecond;
    path.tick(now, kSecond);
    path.sent(1452, 1452, now);
    path.sent(1452, 1452, now);
    now += 4 * kSecond;
    assert_true(path.tick(now, kSecond) == kNever);
    assert_false(path.narrow());
    // Small ones arrive, large ones do not.
    for (uint64_t i = 1; i <= 4; ++i) {
        path.sent(1452, 1452, now);
        path.progress();
        path.losses(1 + i, 1452 * (1 + i), now);
    }
    assert_true(path.narrow());
    path.moved();
    assert_false(path.narrow());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_path_that_gets_narrower_is_usable_within_seconds),
        cmocka_unit_test(large_answers_to_small_requests_arrive),
        cmocka_unit_test(a_path_that_is_wide_again_is_found_out),
        cmocka_unit_test(trying_a_narrow_path_again_costs_little),
        cmocka_unit_test(loss_that_spares_no_size_is_not_taken_for_a_narrow_path),
        cmocka_unit_test(a_path_that_was_cut_is_used_again_at_once),
        cmocka_unit_test(the_verdict_on_a_path_follows_what_is_lost),
    };
    return cmocka_run_group_tests_name("quic paths", tests, nullptr, nullptr);
}
