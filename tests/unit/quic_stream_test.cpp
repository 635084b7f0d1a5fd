// Streams between peers that know each other: order, credit, endings, and how packets are filled.
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::EndpointConfig;
using quic::StreamId;

namespace {

EndpointConfig plain()
{
    EndpointConfig config;
    config.retry = quic::RetryPolicy::never;
    return config;
}

void ten_megabytes_cross_a_lossy_wire_both_ways(void**)
{
    Pair pair(plain());
    pair.server.events.echo = true;
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    SeededRandom dice(5);
    pair.wire.filter = [&](Address&, Address&, Bytes&) { return dice.next_u64() % 50 != 0; };
    auto stream = connection.open_stream();
    Bytes message = pattern(10 << 20);
    assert_true(connection.send(*stream, SharedBytes::copy(message), true).ok());
    auto& seen = pair.client.events.streams[*stream];
    assert_true(pair.wire.run([&] { return seen.closed; }, 300 * kSecond));
    assert_true(seen.bytes == message);
    assert_true(seen.flushed);
    assert_int_equal(connection.unacked_total(), 0);
    assert_true(connection.stats().packets_lost > 0);
}

void many_streams_at_once_keep_their_bytes_apart(void**)
{
    Pair pair(plain());
    pair.server.events.echo = true;
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    pair.wire.run_for(kMillisecond);
    std::map<StreamId, Bytes> sent;
    for (int round = 0; round < 20; ++round) {
        for (;;) {
            auto stream = connection.open_stream();
            if (!stream.ok()) {
                assert_int_equal(static_cast<int>(stream.error().code),
                                 static_cast<int>(Code::full));
                break;
            }
            Bytes message = pattern(1 + static_cast<size_t>(*stream) * 37 % 4000,
                                    static_cast<uint64_t>(*stream));
            assert_true(connection.send(*stream, SharedBytes::copy(message), true).ok());
            sent[*stream] = std::move(message);
        }
        pair.wire.run([&] {
            for (auto& [id, message] : sent) {
                if (!pair.client.events.streams[id].closed) return false;
            }
            return true;
        });
        pair.wire.run_for(10 * kMillisecond);  // the slots given back are on their way
    }
    assert_in_range(sent.size(), 20 * 96, 20 * 128);
    for (auto& [id, message] : sent) {
        assert_true(pair.client.events.streams[id].bytes == message);
    }
    assert_true(pair.client.events.streams_available > 0);
}

void a_reader_that_stops_stops_the_writer(void**)
{
    EndpointConfig small = plain();
    small.stream_window = 50'000;
    small.stream_window_max = 50'000;
    Pair pair(small);
    pair.server.events.consume = false;
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(200'000)), true).ok());
    pair.wire.run_for(5 * kSecond);
    auto& seen = pair.server.events.streams[*stream];
    assert_int_equal(seen.bytes.size(), 50'000);
    assert_true(connection.unacked(*stream) == 150'000);
    pair.peer().consumed(*stream, 50'000);
    pair.server.events.consume = true;
    assert_true(pair.wire.run([&] { return seen.fin; }));
    assert_int_equal(seen.bytes.size(), 200'000);
}

void the_connection_window_holds_all_streams_together(void**)
{
    EndpointConfig small = plain();
    small.unauthenticated_window = 60'000;
    Pair pair(small);
    pair.server.events.consume = false;
    auto& connection = pair.connect();
    for (int i = 0; i < 3; ++i) {
        auto stream = connection.open_stream();
        assert_true(connection.send(*stream, SharedBytes::copy(pattern(40'000)), true).ok());
    }
    pair.wire.run_for(5 * kSecond);
    size_t total = 0;
    for (auto& [id, seen] : pair.server.events.streams) total += seen.bytes.size();
    assert_int_equal(total, 60'000);
    pair.peer().raise_limits({128, 1 << 20});
    assert_true(pair.wire.run([&] {
        for (auto& [id, seen] : pair.server.events.streams) {
            if (!seen.fin) return false;
        }
        return true;
    }));
}

void a_closed_stream_gives_back_what_it_owed(void**)
{
    Pair pair(plain());
    pair.server.events.consume = false;
    pair.server.events.echo = true;
    auto& connection = pair.connect();
    // 16 streams of 10 kB through a window of 64 KiB, nothing consumed by the application.
    for (int i = 0; i < 16; ++i) pair.expect_echo(connection, pattern(10'000));
}

void a_stranger_has_four_streams_and_sixteen_in_all(void**)
{
    Pair pair(plain());
    auto& connection = pair.connect();
    std::vector<StreamId> open;
    for (int i = 0; i < 4; ++i) {
        auto stream = connection.open_stream();
        assert_true(stream.ok());
        open.push_back(*stream);
    }
    assert_int_equal(static_cast<int>(connection.open_stream().error().code),
                     static_cast<int>(Code::full));
    // Each that ends makes room for another, up to 16.
    pair.server.events.echo = true;
    size_t total = open.size();
    for (StreamId id : open) {
        assert_true(connection.send(id, SharedBytes::copy(pattern(5)), true).ok());
    }
    for (int round = 0; round < 10; ++round) {
        pair.wire.run_for(100 * kMillisecond);
        auto stream = connection.open_stream();
        if (!stream.ok()) break;
        ++total;
        assert_true(connection.send(*stream, SharedBytes::copy(pattern(5)), true).ok());
    }
    for (int round = 0; round < 10; ++round) {
        pair.wire.run_for(100 * kMillisecond);
        while (connection.open_stream().ok()) ++total;
    }
    assert_int_equal(total, 16);
    pair.peer().raise_limits({128, 1 << 20});
    pair.wire.run_for(100 * kMillisecond);
    assert_true(pair.client.events.streams_available > 0);
    while (connection.open_stream().ok()) ++total;
    assert_true(total >= 128);
}

void raised_limits_travel_with_the_answer(void**)
{
    Pair pair(plain());
    pair.connect();
    pair.wire.run_for(kSecond);
    pair.server.events.when_data = [](quic::Connection& c, StreamId id) {
        c.raise_limits({128, 1 << 20});
        assert_true(c.send(id, SharedBytes::copy(pattern(20)), true).ok());
    };
    auto& connection = *pair.client.events.connection;
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(20)), true).ok());
    uint64_t before = pair.wire.bytes_from[kServerAddress];
    uint64_t datagrams = 0;
    pair.wire.filter = [&](Address& from, Address&, Bytes&) {
        if (from == kServerAddress) ++datagrams;
        return true;
    };
    assert_true(pair.wire.run([&] { return pair.client.events.streams[*stream].fin; }));
    assert_int_equal(datagrams, 1);
    assert_true(pair.wire.bytes_from[kServerAddress] - before < 200);
    for (int i = 0; i < 100; ++i) assert_true(connection.open_stream().ok());
}

void a_short_call_takes_two_datagrams(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    pair.server.events.echo = true;
    auto& connection = pair.connect();
    pair.expect_echo(connection, pattern(20));
    pair.wire.run_for(kSecond);
    uint64_t before = pair.wire.datagrams;
    for (int i = 0; i < 100; ++i) {
        auto stream = connection.open_stream();
        assert_true(connection.send(*stream, SharedBytes::copy(pattern(100)), true).ok());
        assert_true(pair.wire.run([&] { return pair.client.events.streams[*stream].fin; }));
    }
    // Acknowledgements ride on the next request.
    assert_in_range(pair.wire.datagrams - before, 200, 204);
}

void a_lone_acknowledgement_leaves_soon(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(100)), true).ok());
    Nanos begun = pair.wire.now_ns;
    assert_true(pair.wire.run([&] { return connection.unacked_total() == 0; }));
    assert_in_range(pair.wire.now_ns - begun, kMillisecond, 3 * kMillisecond);
}

void bulk_travels_in_long_trains_of_full_datagrams(void**)
{
    EndpointConfig ordinary = plain();
    ordinary.udp_payload_max = 1452;
    Pair pair(ordinary);
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    auto send = [&] {
        auto stream = connection.open_stream();
        assert_true(connection.send(*stream, SharedBytes::copy(pattern(8 << 20)), true).ok());
        assert_true(
            pair.wire.run([&] { return pair.server.events.streams[*stream].fin; }, 60 * kSecond));
    };
    send();
    size_t longest = 0;
    pair.wire.filter = [&](Address&, Address&, Bytes& d) {
        longest = std::max(longest, d.size());
        return true;
    };
    send();
    assert_int_equal(longest, 1452);
    assert_in_range(pair.wire.longest_train, 32, 44);
}

void a_full_socket_loses_nothing(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    pair.server.events.echo = true;
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    auto stream = connection.open_stream();
    Bytes message = pattern(300'000);
    assert_true(connection.send(*stream, SharedBytes::copy(message), true).ok());
    auto& seen = pair.client.events.streams[*stream];
    for (int turn = 0; turn < 10'000 && !seen.closed; ++turn) {
        pair.client.blocked = turn % 3 != 0;
        pair.server.blocked = turn % 5 != 0;
        pair.wire.run([] { return false; }, 200 * kMicrosecond);
    }
    assert_true(seen.closed);
    assert_true(seen.bytes == message);
    assert_int_equal(connection.stats().packets_lost, 0);
}

void resets_and_stops_reach_the_other_side(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(10)), false).ok());
    auto& there = pair.server.events.streams[*stream];
    assert_true(pair.wire.run([&] { return there.bytes.size() == 10; }));
    connection.reset(*stream, 9);
    connection.stop_sending(*stream, 9);
    assert_int_equal(
        static_cast<int>(connection.send(*stream, SharedBytes::copy(pattern(1)), false).code),
        static_cast<int>(Code::closed));
    assert_true(pair.wire.run([&] { return there.closed; }));
    assert_true(there.reset && there.stopped);
    assert_true(pair.wire.run([&] { return pair.client.events.streams[*stream].closed; }));
    assert_int_equal(connection.unacked_total(), 0);
}

void stopping_after_the_whole_message_does_no_harm(void**)
{
    // The reference drops its receiving half after the frame, which stops the stream.
    Pair pair(plain());
    pair.server.events.raise = true;
    pair.server.events.when_data = [](quic::Connection& c, StreamId id) {
        c.stop_sending(id, 0);
        assert_true(c.send(id, SharedBytes::copy(pattern(30)), true).ok());
    };
    auto& connection = pair.connect();
    for (int i = 0; i < 10; ++i) {
        auto stream = connection.open_stream();
        assert_true(connection.send(*stream, SharedBytes::copy(pattern(30)), true).ok());
        auto& seen = pair.client.events.streams[*stream];
        assert_true(pair.wire.run([&] { return seen.closed; }));
        assert_true(seen.fin && seen.bytes == pattern(30));
    }
    assert_int_equal(pair.client.events.closed + pair.server.events.closed, 0);
}

void lent_bytes_are_released_when_acknowledged(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    auto stream = connection.open_stream();
    Bytes message = pattern(50'000);
    bool released = false;
    std::shared_ptr<const void> owner(message.data(), [&](const void*) { released = true; });
    assert_true(connection.send(*stream, SharedBytes::own(std::move(owner), message), true).ok());
    pair.wire.filter = [](Address& from, Address&, Bytes&) { return from != kServerAddress; };
    pair.wire.run_for(kSecond);
    assert_true(pair.server.events.streams[*stream].bytes.size() > 0);
    assert_false(released);
    pair.wire.filter = nullptr;
    assert_true(pair.wire.run([&] { return connection.unacked_total() == 0; }));
    assert_true(released);
}

void a_handler_may_act_on_its_connection(void**)
{
    // Opening, sending, resetting and closing from inside an event.
    Pair pair(plain());
    pair.server.events.raise = true;
    StreamId first = -1, second = -1;
    pair.client.events.when_ready = [&](quic::Connection& c) {
        first = c.open_stream().value();
        assert_true(c.send(first, SharedBytes::copy(pattern(10)), true).ok());
    };
    pair.server.events.when_data = [&](quic::Connection& c, StreamId id) {
        if (id == first) {
            assert_true(c.send(id, SharedBytes::copy(pattern(10)), true).ok());
        } else {
            c.reset(id, 1);
            c.close(0, "done");
            assert_false(c.open_stream().ok());
            c.close(0, "again");
        }
    };
    pair.client.events.when_data = [&](quic::Connection& c, StreamId id) {
        if (id != first) return;
        second = c.open_stream().value();
        assert_true(c.send(second, SharedBytes::copy(pattern(10)), true).ok());
    };
    pair.dial();
    assert_true(pair.wire.run([&] { return pair.client.events.closed == 1; }));
    assert_string_equal(pair.client.events.info.reason.c_str(), "done");
    assert_int_equal(pair.server.events.closed, 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(ten_megabytes_cross_a_lossy_wire_both_ways),
        cmocka_unit_test(many_streams_at_once_keep_their_bytes_apart),
        cmocka_unit_test(a_reader_that_stops_stops_the_writer),
        cmocka_unit_test(the_connection_window_holds_all_streams_together),
        cmocka_unit_test(a_closed_stream_gives_back_what_it_owed),
        cmocka_unit_test(a_stranger_has_four_streams_and_sixteen_in_all),
        cmocka_unit_test(raised_limits_travel_with_the_answer),
        cmocka_unit_test(a_short_call_takes_two_datagrams),
        cmocka_unit_test(a_lone_acknowledgement_leaves_soon),
        cmocka_unit_test(bulk_travels_in_long_trains_of_full_datagrams),
        cmocka_unit_test(a_full_socket_loses_nothing),
        cmocka_unit_test(resets_and_stops_reach_the_other_side),
        cmocka_unit_test(stopping_after_the_whole_message_does_no_harm),
        cmocka_unit_test(lent_bytes_are_released_when_acknowledged),
        cmocka_unit_test(a_handler_may_act_on_its_connection),
    };
    return cmocka_run_group_tests_name("quic streams", tests, nullptr, nullptr);
}
