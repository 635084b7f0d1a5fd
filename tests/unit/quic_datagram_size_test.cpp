// Datagrams that grow to what the path takes, between peers that both want it.
#include <algorithm>

#include "quic/path_size.h"
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::EndpointConfig;

namespace {

constexpr size_t kBulk = 400'000;
constexpr uint32_t kDefault = 9'000;  // what is taken
constexpr size_t kFound = 8'848;      // the largest size below it that is looked for

EndpointConfig up_to(uint32_t len)
{
    EndpointConfig config;
    config.udp_payload_max = len;
    return config;
}

struct SizePair : Pair {
    size_t widest = 65'507;  // what the path takes
    size_t largest = 0;      // of what was delivered since it was last looked at
    uint64_t lost = 0;       // longer than the path takes

    explicit SizePair(const EndpointConfig& server_config = {},
                      const EndpointConfig& client_config = {})
        : Pair(server_config, client_config)
    {
        wire.delay_ns = 5 * kMillisecond;
        server.events.raise = server.events.echo = true;
        wire.filter = [this](Address&, Address&, Bytes& datagram) {
            if (datagram.size() > widest) {
                ++lost;
                return false;
            }
            largest = std::max(largest, datagram.size());
            return true;
        };
    }
    Nanos echo_takes(quic::Connection& connection, size_t len)
    {
        const Nanos before = wire.now_ns;
        expect_echo(connection, pattern(len));
        client.events.streams.clear();
        server.events.streams.clear();
        return wire.now_ns - before;
    }
    // The size in which bulk travels now.
    size_t travels_in(quic::Connection& connection)
    {
        echo_takes(connection, kBulk);
        largest = 0;
        echo_takes(connection, kBulk);
        return largest;
    }
};

void bulk_makes_datagrams_as_large_as_the_path_takes(void**)
{
    struct Case {
        uint32_t wanted;
        size_t widest;
        size_t expected;
    };
    const Case cases[] = {
        {kDefault, 1'472, 1'452},   // Ethernet
        {kDefault, 8'868, 8'848},   // a cloud with an MTU of 8896
        {kDefault, 8'972, 8'848},   // jumbo frames
        {kDefault, 65'507, 8'848},  // loopback
        {65'487, 65'507, 65'487},  {65'487, 20'000, 16'384}, {9'000, 65'507, 8'848},
        {1'472, 65'507, 1'452},    {1'300, 65'507, 1'280},   {1'200, 65'507, 1'200},
    };
    for (const Case& c : cases) {
        SizePair pair(up_to(c.wanted), up_to(c.wanted));
        pair.widest = c.widest;
        auto& connection = pair.connect();
        assert_int_equal(pair.travels_in(connection), c.expected);
        assert_int_equal(connection.stats().datagram_bytes, c.expected);
        assert_int_equal(pair.peer().stats().datagram_bytes, c.expected);
        // What the path does not take is tried three times by each side, and not again.
        assert_in_range(pair.lost, 0, 6);
        assert_int_equal(connection.stats().packets_lost, 0);
    }
}

void the_smaller_wish_of_two_peers_counts(void**)
{
    for (bool server_wants_more : {false, true}) {
        const EndpointConfig more = up_to(16'384), less = up_to(9'000);
        SizePair pair(server_wants_more ? more : less, server_wants_more ? less : more);
        auto& connection = pair.connect();
        assert_int_equal(pair.travels_in(connection), 8'848);
    }
}

// An old peer advertises 1472.
void an_old_peer_is_sent_nothing_above_1452_bytes(void**)
{
    for (bool old_server : {false, true}) {
        const EndpointConfig ours, old = up_to(1'472);
        SizePair pair(old_server ? old : ours, old_server ? ours : old);
        pair.widest = 1'452;
        auto& connection = pair.connect();
        assert_int_equal(pair.travels_in(connection), 1'452);
        assert_int_equal(pair.lost, 0);
    }
}

// The buffers of a thousand peers that exchange short messages would grow for nothing.
void short_messages_do_not_make_datagrams_grow(void**)
{
    SizePair pair;
    auto& connection = pair.connect();
    for (int i = 0; i < 1'000; ++i) pair.echo_takes(connection, 2'000);
    for (int i = 0; i < 10; ++i) pair.echo_takes(connection, 60'000);
    assert_int_equal(pair.largest, 1'452);
    assert_int_equal(connection.stats().datagram_bytes, 1'452);
    assert_int_equal(pair.travels_in(connection), kFound);
    // And a short one after bulk is not blown up.
    pair.wire.run_for(kSecond);
    pair.largest = 0;
    pair.echo_takes(connection, 2'000);
    assert_in_range(pair.largest, 1'000, 2'100);
}

void a_path_that_gets_narrower_is_usable_within_seconds(void**)
{
    for (size_t widest : {8'972u, 1'472u, 1'300u, 1'200u}) {
        SizePair pair(up_to(16'384), up_to(16'384));
        auto& connection = pair.connect();
        assert_int_equal(pair.travels_in(connection), 16'384);
        pair.widest = widest;
        assert_in_range(pair.echo_takes(connection, kBulk), 0, 5 * kSecond);
        pair.largest = 0;
        assert_in_range(pair.echo_takes(connection, kBulk), 0, kSecond);
        assert_int_equal(pair.largest, widest >= 1'452 ? 1'452 : 1'200);
        assert_int_equal(pair.client.events.closed, 0);
    }
}

void large_answers_to_small_requests_arrive_by_a_path_that_got_narrower(void**)
{
    SizePair pair;
    auto& connection = pair.connect();
    pair.travels_in(connection);
    pair.server.events.echo = false;
    pair.server.events.when_data = [](quic::Connection& c, quic::StreamId id) {
        (void)c.send(id, SharedBytes::copy(pattern(kBulk)), true);
    };
    pair.widest = 1'472;
    const Nanos before = pair.wire.now_ns;
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(10)), true).ok());
    auto& seen = pair.client.events.streams;
    assert_true(pair.wire.run([&] { return seen[*stream].closed; }));
    assert_int_equal(seen[*stream].bytes.size(), kBulk);
    assert_in_range(pair.wire.now_ns - before, 0, 5 * kSecond);
}

void a_path_that_is_wide_again_is_found_out_step_by_step(void**)
{
    SizePair pair;
    auto& connection = pair.connect();
    pair.travels_in(connection);
    pair.widest = 1'300;
    pair.echo_takes(connection, kBulk);
    auto after_a_minute = [&] {
        for (int i = 0; i < 60; ++i) {
            pair.echo_takes(connection, 100'000);
            pair.wire.run_for(kSecond);
        }
        return pair.travels_in(connection);
    };
    pair.widest = 1'472;
    assert_int_equal(after_a_minute(), 1'452);
    pair.widest = 65'507;
    after_a_minute();
    assert_int_equal(after_a_minute(), kFound);
}

// A tail that is lost with its probe looks like a narrow path, so the size may fall for a while.
void loss_that_spares_no_size_leaves_datagrams_large(void**)
{
    SizePair pair;
    auto& connection = pair.connect();
    pair.travels_in(connection);
    SeededRandom dice(5);
    pair.wire.filter = [&](Address&, Address&, Bytes& datagram) {
        if (dice.next_u64() % 100 < 2) return false;
        pair.largest = std::max(pair.largest, datagram.size());
        return true;
    };
    int large = 0;
    for (int i = 0; i < 200; ++i) {
        pair.largest = 0;
        pair.echo_takes(connection, kBulk);
        pair.wire.run_for(kSecond);
        large += pair.largest == kFound ? 1 : 0;
    }
    assert_in_range(large, 150, 200);
}

// ngtcp2 keeps room for the largest packet that a connection was sent, good or bad.
void strangers_cannot_have_large_buffers_kept(void**)
{
    SizePair pair;
    pair.server.events.raise = false;
    auto& connection = pair.connect();
    const auto send = [&](size_t len) {
        const uint64_t before = pair.server.endpoint->stats().datagrams_dropped;
        Bytes junk = pattern(len);
        // A short header with an id that leads to the connection.
        pair.wire.filter = [&](Address& from, Address&, Bytes& datagram) {
            if (from == kClientAddress) std::copy_n(datagram.begin(), 9, junk.begin());
            return true;
        };
        connection.set_keep_alive(kSecond);
        pair.wire.run_for(2 * kSecond);
        assert_int_equal(junk[0] & 0xc0, 0x40);
        pair.server.endpoint->receive({kServerAddress, kClientAddress, junk, 0}, pair.wire.now());
        return pair.server.endpoint->stats().datagrams_dropped - before;
    };
    assert_int_equal(send(1'472), 0);
    assert_int_equal(send(1'473), 1);
    assert_int_equal(send(16'384), 1);
    assert_int_equal(pair.server.events.closed, 0);
}

void a_verdict_leads_down_in_two_steps_and_up_in_two(void**)
{
    using quic::PathSize;
    PathSize path;
    Nanos now = 100 * kSecond;
    // A probe that is lost is the search's affair.
    path.sent(16'384, 1'452, now);
    path.silence(now);
    assert_false(path.narrow());
    path.sent(16'384, 16'384, now);
    path.silence(now);
    assert_true(path.limit(16'384) == PathSize::kOrdinary && path.fell_ns() == now);
    // What was lost before is told now, and is no word on what is sent now.
    path.losses(10, 163'840, now);
    path.silence(now);
    assert_int_equal(path.limit(16'384), PathSize::kOrdinary);
    path.sent(1'452, 16'384, now);
    path.silence(now);
    assert_int_equal(path.limit(16'384), PathSize::kSure);
    for (size_t next : {PathSize::kOrdinary, size_t{16'384}}) {
        path.progress();
        now = path.tick(now, kSecond);
        // Armed until there is something large to send, however long that takes.
        for (int i = 0; i < 3; ++i) now = path.tick(now, kSecond);
        assert_int_equal(path.limit(16'384), next);
        path.sent(next, 16'384, now);
        path.sent(next, 16'384, now);
        now += 4 * kSecond;
        path.tick(now, kSecond);
        assert_int_equal(path.limit(16'384), next);
    }
    assert_false(path.narrow());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(bulk_makes_datagrams_as_large_as_the_path_takes),
        cmocka_unit_test(the_smaller_wish_of_two_peers_counts),
        cmocka_unit_test(an_old_peer_is_sent_nothing_above_1452_bytes),
        cmocka_unit_test(short_messages_do_not_make_datagrams_grow),
        cmocka_unit_test(a_path_that_gets_narrower_is_usable_within_seconds),
        cmocka_unit_test(large_answers_to_small_requests_arrive_by_a_path_that_got_narrower),
        cmocka_unit_test(a_path_that_is_wide_again_is_found_out_step_by_step),
        cmocka_unit_test(loss_that_spares_no_size_leaves_datagrams_large),
        cmocka_unit_test(strangers_cannot_have_large_buffers_kept),
        cmocka_unit_test(a_verdict_leads_down_in_two_steps_and_up_in_two),
    };
    return cmocka_run_group_tests_name("quic datagram sizes", tests, nullptr, nullptr);
}
