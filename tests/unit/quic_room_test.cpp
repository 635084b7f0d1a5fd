// What a writer is told of the room on its stream, and what a peer may open while its slots are
// held.
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::EndpointConfig;
using quic::SendBacklog;
using quic::StreamId;

namespace {

EndpointConfig plain()
{
    EndpointConfig config;
    config.retry = quic::RetryPolicy::never;
    config.stream_window = 50'000;
    config.stream_window_max = 50'000;
    return config;
}

void backlog_tells_what_waits_and_what_is_on_its_way(void**)
{
    Pair pair(plain());
    pair.server.events.consume = false;
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    StreamId stream = *connection.open_stream();
    for (int i = 0; i < 4; ++i) {
        assert_true(connection.send(stream, SharedBytes::copy(pattern(20'000)), false).ok());
    }
    SendBacklog backlog = connection.backlog(stream);
    assert_int_equal(backlog.unsent, 80'000);
    assert_int_equal(backlog.unacked, 80'000);
    assert_int_equal(backlog.pieces, 4);
    pair.wire.run_for(5 * kSecond);
    // The reader's window went out and was acknowledged, the rest stays.
    backlog = connection.backlog(stream);
    assert_int_equal(backlog.unsent, 30'000);
    assert_int_equal(backlog.unacked, 30'000);
    assert_int_equal(backlog.pieces, 2);
    assert_int_equal(connection.backlog(4000).unacked, 0);
}

void room_is_told_once_and_not_before_it_is_there(void**)
{
    Pair pair(plain());
    pair.server.events.consume = false;
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    StreamId stream = *connection.open_stream();
    assert_true(connection.send(stream, SharedBytes::copy(pattern(100'000)), false).ok());
    connection.watch_room(stream, {40'000, SIZE_MAX, SIZE_MAX});
    pair.wire.run_for(5 * kSecond);
    assert_int_equal(pair.client.events.rooms, 0);
    pair.peer().consumed(stream, 20'000);
    pair.wire.run_for(5 * kSecond);
    assert_int_equal(pair.client.events.rooms, 1);
    pair.peer().consumed(stream, 50'000);
    pair.wire.run_for(5 * kSecond);
    assert_int_equal(pair.client.events.rooms, 1);
}

void room_of_what_is_on_its_way_comes_with_acknowledgements(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    StreamId stream = *connection.open_stream();
    assert_true(connection.send(stream, SharedBytes::copy(pattern(8'000)), false).ok());
    connection.watch_room(stream, {SIZE_MAX, 4'000, 0});
    pair.wire.flush();
    assert_int_equal(connection.backlog(stream).unsent, 0);
    assert_int_equal(pair.client.events.rooms, 0);
    assert_true(pair.wire.run([&] { return pair.client.events.rooms == 1; }));
    assert_int_equal(connection.backlog(stream).pieces, 0);
}

void held_slots_keep_a_peer_from_opening_more(void**)
{
    Pair pair(plain());
    pair.server.events.echo = true;
    pair.server.events.raise = true;
    pair.server.events.hold = true;
    auto& connection = pair.connect();
    auto open_all = [&] {
        int opened = 0;
        while (opened < 10'000) {
            auto stream = connection.open_stream();
            if (!stream.ok()) {
                pair.wire.run_for(kSecond);
                stream = connection.open_stream();
                if (!stream.ok()) return opened;
            }
            ++opened;
            assert_true(connection.send(*stream, SharedBytes::copy(pattern(10)), true).ok());
        }
        return opened;
    };
    assert_int_equal(open_all(), 128);
    for (int i = 0; i < 40; ++i) pair.peer().release_slot();
    pair.server.events.hold = false;
    // The 40 may be used again and again, the other 88 not.
    pair.wire.run_for(kSecond);
    assert_int_equal(open_all(), 10'000);
    pair.server.events.hold = true;
    pair.wire.run_for(kSecond);
    int left = open_all();
    assert_in_range(left, 8, 40);
    // More releases than holds give nothing away.
    for (int i = 0; i < 1'000; ++i) pair.peer().release_slot();
    pair.wire.run_for(kSecond);
    assert_int_equal(open_all(), 128);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(backlog_tells_what_waits_and_what_is_on_its_way),
        cmocka_unit_test(room_is_told_once_and_not_before_it_is_there),
        cmocka_unit_test(room_of_what_is_on_its_way_comes_with_acknowledgements),
        cmocka_unit_test(held_slots_keep_a_peer_from_opening_more),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
