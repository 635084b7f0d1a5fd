// What a peer may do often, seldom and not at all: frames counted by kind, and the price of each.
#include "quic/frame_tally.h"
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::EndpointConfig;
using quic::FrameTally;
using quic::Oddity;

namespace {

EndpointConfig plain()
{
    EndpointConfig config;
    config.retry = quic::RetryPolicy::never;
    return config;
}

uint64_t ten_bytes_of_four(void*, int64_t stream)
{
    return stream == 4 ? 10 : 0;
}

FrameTally tally_of(const Bytes& payload, bool long_header = false)
{
    FrameTally tally(ten_bytes_of_four, nullptr);
    tally.add(payload, long_header);
    return tally;
}

void frames_are_counted_by_kind(void**)
{
    Bytes all = {
        0x01,                                                  // PING
        0x00, 0x00, 0x00,                                      // PADDING
        0x02, 0x40, 0x64, 0x00, 0x01, 0x02, 0x03, 0x04,        // ACK, one more range
        0x03, 0x05, 0x00, 0x00, 0x01, 0x01, 0x02, 0x03,        // ACK with counts
        0x04, 0x04, 0x00, 0x05,                                // RESET_STREAM
        0x05, 0x04, 0x00,                                      // STOP_SENDING
        0x06, 0x00, 0x02, 0xaa, 0xbb,                          // CRYPTO
        0x07, 0x03, 1,    2,    3,                             // NEW_TOKEN
        0x0a, 0x04, 0x00,                                      // STREAM, empty
        0x0b, 0x04, 0x00,                                      // the same, ends it
        0x0e, 0x04, 0x0a, 0x01, 0x77,                          // STREAM, next in turn
        0x0e, 0x04, 0x0b, 0x01, 0x77,                          // STREAM, one byte too early
        0x0f, 0x04, 0x0b, 0x01, 0x77,                          // the same, ends it
        0x10, 0x80, 0x00, 0x10, 0x00,                          // MAX_DATA
        0x11, 0x04, 0x20, 0x12, 0x01, 0x13, 0x01,              // MAX_STREAM_DATA, _STREAMS
        0x14, 0x01, 0x15, 0x04, 0x01, 0x16, 0x01, 0x17, 0x01,  // blocked, four ways
        0x18, 0x01, 0x00, 0x04, 1,    2,    3,    4,           // NEW_CONNECTION_ID
        0,    1,    2,    3,    4,    5,    6,    7,           //
        8,    9,    10,   11,   12,   13,   14,   15,          //
        0x19, 0x00,                                            // RETIRE_CONNECTION_ID
        0x1a, 1,    2,    3,    4,    5,    6,    7,    8,     // PATH_CHALLENGE
        0x1b, 1,    2,    3,    4,    5,    6,    7,    8,     // PATH_RESPONSE
        0x1e, 0x01,                                            // HANDSHAKE_DONE, PING
        0x0c, 0x04, 0x20, 0x55,                                // STREAM to the end, too early
    };
    FrameTally tally = tally_of(all);
    assert_true(tally.any());
    const std::pair<Oddity, uint32_t> expected[] = {
        {Oddity::ping, 2},   {Oddity::credit, 4},        {Oddity::blocked, 4},
        {Oddity::crumb, 2},  {Oddity::empty_stream, 1},  {Oddity::reset, 1},
        {Oddity::stop, 1},   {Oddity::connection_id, 2}, {Oddity::path_challenge, 1},
        {Oddity::crypto, 1}, {Oddity::token, 1},
    };
    for (auto [kind, count] : expected) assert_int_equal(tally[kind], count);
    // Cut anywhere, it reads no further than it has.
    for (size_t len = 0; len < all.size(); ++len) {
        Bytes cut(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(len));
        FrameTally part = tally_of(cut);
        for (auto [kind, count] : expected) assert_in_range(part[kind], 0, count + 1);
    }
    SeededRandom dice(3);
    for (int i = 0; i < 20'000; ++i) {
        Bytes junk(dice.next_u64() % 100);
        dice.fill(junk);
        (void)tally_of(junk).any();
    }
}

void ordinary_packets_count_nothing(void**)
{
    Bytes bulk = {0x02, 0x05, 0x00, 0x00, 0x05, 0x0c, 0x04, 0x44, 0x00};
    bulk.resize(1400, 0x01);  // PINGs, were they not the stream's
    assert_false(tally_of(bulk).any());
    assert_false(tally_of({0x01, 0x00, 0x00}, true).any());  // a probe of the handshake
    // A declared number of ranges costs no time.
    assert_false(tally_of({0x02, 0x05, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00,
                           0x01, 0x01})
                     .any());
}

ngtcp2_conn* native(quic::Connection& connection)
{
    return static_cast<quic::ConnectionImpl&>(connection).native();
}

uint64_t seen(Pair& pair, Oddity kind)
{
    return pair.server.endpoint->stats().oddities[static_cast<size_t>(kind)];
}

void idle_pings_beyond_the_budget_end_the_connection(void**)
{
    for (bool known : {false, true}) {
        Pair pair(plain());
        pair.server.events.raise = known;
        auto& connection = pair.connect();
        connection.set_keep_alive(kMillisecond);
        Nanos begun = pair.wire.now_ns;
        pair.wire.run([&] { return pair.client.events.closed == 1; }, 60 * kSecond);
        assert_int_equal(pair.client.events.closed, 1);
        assert_int_equal(pair.server.endpoint->stats().glitch_closes, 1);
        // 1,000 and 100 a second before the peer is known, 5,000 and 200 after.
        uint64_t after = (pair.wire.now_ns - begun) / kMillisecond;
        assert_in_range(after, known ? 6000 : 1000, known ? 8500 : 1500);
        assert_true(seen(pair, Oddity::ping) >= (known ? 5000u : 1000u));
    }
}

void a_keep_alive_costs_nothing(void**)
{
    Pair pair(plain());
    pair.connect().set_keep_alive(kSecond);
    pair.wire.run_for(3600 * kSecond);
    assert_int_equal(pair.client.events.closed, 0);
    assert_true(seen(pair, Oddity::ping) >= 3000);
}

void credit_that_nobody_used_has_a_budget(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    int given = 0;
    while (pair.client.events.closed == 0 && given < 50'000) {
        // A peer that needs no reason for its MAX_DATA.
        if (!connection.closing()) ngtcp2_conn_extend_max_offset(native(connection), 64 << 20);
        pair.client.endpoint->mark_dirty(static_cast<quic::ConnectionImpl&>(connection));
        pair.wire.run_for(200 * kMicrosecond);
        ++given;
    }
    assert_int_equal(pair.client.events.closed, 1);
    assert_in_range(seen(pair, Oddity::credit), 5000, 8000);
}

void handshake_bytes_after_the_handshake_have_a_budget(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    const uint8_t byte = 4;
    int sent = 0;
    while (pair.client.events.closed == 0 && sent < 50'000) {
        if (!connection.closing()) {
            ngtcp2_conn_submit_crypto_data(native(connection), NGTCP2_ENCRYPTION_LEVEL_1RTT, &byte,
                                           1);
        }
        pair.client.endpoint->mark_dirty(static_cast<quic::ConnectionImpl&>(connection));
        pair.wire.run_for(200 * kMicrosecond);
        ++sent;
    }
    assert_int_equal(pair.client.events.closed, 1);
    assert_in_range(seen(pair, Oddity::crypto), 5000, 8000);
}

// Short messages to a peer that has nothing to say: with every second datagram overtaken it
// acknowledges at once, and puts a PING to that in each round trip.
void small_messages_over_a_path_that_reorders_cost_their_reader_nothing(void**)
{
    Pair pair(plain(), plain());
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(1)), false).ok());
    pair.wire.run_for(kSecond);
    std::optional<Bytes> held;
    bool reinjecting = false;
    pair.wire.filter = [&](Address& from, Address& to, Bytes& datagram) {
        if (reinjecting || !(from == kServerAddress)) return true;
        if (!held.has_value()) {
            held = datagram;
            return false;
        }
        reinjecting = true;
        pair.wire.put(from, to, datagram);
        pair.wire.put(from, to, *held);
        reinjecting = false;
        held.reset();
        return false;
    };
    quic::Connection& peer = pair.peer();
    for (int i = 0; i < 40'000 && pair.client.events.closed == 0; ++i) {
        assert_true(peer.send(*stream, SharedBytes::copy(pattern(40)), false).ok());
        pair.wire.run_for(kMillisecond / 2);
    }
    pair.wire.filter = nullptr;
    pair.wire.run_for(kSecond);
    assert_int_equal(pair.client.events.closed, 0);
    assert_int_equal(pair.server.endpoint->stats().glitch_closes, 0);
    assert_int_equal(pair.client.events.streams[*stream].bytes.size(), 40 * 40'000);
    assert_true(seen(pair, Oddity::ping) > 12'000);  // more than the budget has for them
}

// What we send a peer excuses as many PINGs and no more.
void a_flood_of_pings_beside_messages_is_closed(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(1)), false).ok());
    pair.wire.run_for(kSecond);
    connection.set_keep_alive(500 * kMicrosecond);
    quic::Connection& peer = pair.peer();
    int sent = 0;
    while (pair.client.events.closed == 0 && sent < 20'000) {
        if (!peer.closing()) (void)peer.send(*stream, SharedBytes::copy(pattern(1)), false);
        pair.wire.run_for(10 * kMillisecond);
        ++sent;
    }
    assert_int_equal(pair.client.events.closed, 1);
    assert_int_equal(pair.server.endpoint->stats().glitch_closes, 1);
    assert_in_range(seen(pair, Oddity::ping), 5000, 12'000);
}

// A source that dials again and again does nothing odd.
void beginnings_are_free(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    for (int i = 0; i < 600; ++i) {
        pair.connect().close(0, "");
        pair.wire.run_for(kMillisecond);
    }
    assert_int_equal(pair.server.events.ready, 600);
    assert_int_equal(pair.server.endpoint->stats().glitch_closes, 0);
    assert_int_equal(pair.client.endpoint->stats().glitch_closes, 0);
}

// Bulk one way, then many calls: whatever frames that takes is paid for by the work itself.
void honest_work_is_never_short_of_budget(void**)
{
    Pair pair(plain(), plain());
    pair.server.events.raise = pair.server.events.echo = true;
    auto& connection = pair.connect();
    for (int i = 0; i < 3; ++i) {
        pair.expect_echo(connection, pattern(8 << 20));
        pair.client.events.streams.clear();
        pair.server.events.streams.clear();
    }
    int open = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto stream = connection.open_stream();
        if (!stream.ok()) {
            pair.wire.run_for(kMillisecond);
            --i;
            continue;
        }
        assert_true(connection.send(*stream, SharedBytes::copy(pattern(100)), true).ok());
        if (++open % 100 == 0) pair.wire.run_for(kMillisecond);
    }
    pair.wire.run_for(kSecond);
    assert_int_equal(pair.client.events.closed, 0);
    assert_int_equal(pair.server.endpoint->stats().glitch_closes, 0);
    assert_true(seen(pair, Oddity::credit) > 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_counted_by_kind),
        cmocka_unit_test(ordinary_packets_count_nothing),
        cmocka_unit_test(idle_pings_beyond_the_budget_end_the_connection),
        cmocka_unit_test(a_keep_alive_costs_nothing),
        cmocka_unit_test(credit_that_nobody_used_has_a_budget),
        cmocka_unit_test(handshake_bytes_after_the_handshake_have_a_budget),
        cmocka_unit_test(small_messages_over_a_path_that_reorders_cost_their_reader_nothing),
        cmocka_unit_test(a_flood_of_pings_beside_messages_is_closed),
        cmocka_unit_test(beginnings_are_free),
        cmocka_unit_test(honest_work_is_never_short_of_budget),
    };
    return cmocka_run_group_tests_name("quic oddities", tests, nullptr, nullptr);
}
