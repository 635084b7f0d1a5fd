// How a streamed answer ends before its time: limits, callers that leave, stop and drain.
#include "support/stream_rig.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}
// ServerCore has a member of that name.
#undef fail

namespace {

using namespace ltn;
using namespace ltn::test;

#define assert_code(got, wanted) assert_int_equal(static_cast<int>(got), static_cast<int>(wanted))

void handler_without_a_first_chunk_is_cut_off_in_time(void**)
{
    transport::ServerConfig config;
    config.stream_first_chunk_timeout_ns = 10 * kSecond;
    config.handler_timeout_ns = kSecond;  // is not for streams
    StreamRig rig(config);
    quic::StreamId stream = rig.ask();
    uint64_t id = rig.newest();
    rig.wait(10 * kSecond - 1);
    assert_string_equal(rig.reading(stream).end.c_str(), "none");
    rig.wait(1);
    assert_string_equal(rig.reading(stream).end.c_str(), "handler timed out");
    assert_true(rig.peer.streams[stream].fin);
    assert_int_equal(rig.events.cancelled[id].size(), 1);
    assert_code(rig.events.cancelled[id][0], Code::deadline);
    assert_int_equal(rig.core->stats().requests_timed_out, 1);
    assert_code(rig.chunk(id, 1), Code::wrong_state);
    assert_string_equal(rig.reading(stream).end.c_str(), "handler timed out");
}

void pause_between_chunks_has_its_own_limit(void**)
{
    transport::ServerConfig config;
    config.stream_first_chunk_timeout_ns = 60 * kSecond;
    config.stream_chunk_timeout_ns = 2 * kSecond;
    StreamRig rig(config);
    quic::StreamId stream = rig.ask();
    uint64_t id = rig.newest();
    rig.wait(50 * kSecond);
    // Long, but never silent: not cut (upstream-R11).
    for (int i = 0; i < 100; ++i) {
        assert_code(rig.chunk(id, 10), Code::ok);
        rig.wait(2 * kSecond - 1);
    }
    assert_string_equal(rig.reading(stream).end.c_str(), "none");
    rig.wait(1);
    assert_string_equal(rig.reading(stream).end.c_str(), "handler timed out");
    assert_int_equal(rig.reading(stream).chunks.size(), 100);
    assert_int_equal(rig.events.cancelled[id].size(), 1);
}

void total_limit_ends_a_busy_stream_when_there_is_one(void**)
{
    transport::ServerConfig config;
    config.stream_total_timeout_ns = 5 * kSecond;
    StreamRig rig(config);
    quic::StreamId stream = rig.ask();
    uint64_t id = rig.newest();
    size_t chunks = 0;
    while (rig.chunk(id, 1'000) == Code::ok && chunks < 1'000) {
        ++chunks;
        rig.wait(kSecond / 4);
    }
    assert_int_equal(chunks, 20);
    assert_string_equal(rig.reading(stream).end.c_str(), "handler timed out");
    assert_int_equal(rig.events.cancelled[id].size(), 1);
}

void expiry_behind_a_slow_reader_tears_no_frame(void**)
{
    StreamRig rig;
    rig.peer.takes_nothing = true;
    quic::StreamId stream = rig.ask();
    uint64_t id = rig.newest();
    size_t taken = rig.fill(id, 100'000);
    rig.take(stream, 123'457, 99'999);  // in the middle of one
    rig.wait(30 * kSecond);
    Reading reading = rig.reading(stream);
    assert_int_equal(reading.chunks.size(), taken);
    assert_string_equal(reading.end.c_str(), "handler timed out");
    assert_false(rig.peer.streams[stream].reset);
    // A reader that goes on has all of it; one that took nothing for so long has lost it.
    rig.take(stream, SIZE_MAX, 50'000);
    rig.wait(30 * kSecond);
    assert_false(rig.peer.streams[stream].reset);
    rig.wait(30 * kSecond);
    assert_true(rig.peer.streams[stream].reset);
    assert_int_equal(rig.core->stats().answers_unread, 1);
    assert_int_equal(rig.events.cancelled[id].size(), 1);
}

void long_answer_that_is_not_read_is_given_up(void**)
{
    StreamRig rig;
    rig.peer.takes_nothing = true;
    quic::StreamId stream = rig.send(rig.peer, rig.packet("plain"));
    Bytes data = map_of("big", Bytes(2'000'000, 1));
    assert_true(
        rig.core->answer(rig.newest(), SharedBytes::take(std::move(data)), rig.clock.now).ok());
    rig.wait(30 * kSecond - 1);
    assert_false(rig.peer.streams[stream].reset);
    rig.wait(1);
    assert_true(rig.peer.streams[stream].reset);
    assert_int_equal(rig.events.cancelled.size(), 0);
}

void caller_that_leaves_is_told_to_the_handler_once(void**)
{
    StreamRig rig;
    rig.peer.takes_nothing = true;
    quic::StreamId stopped = rig.ask();
    uint64_t first = rig.newest();
    quic::StreamId cut = rig.ask(false);
    uint64_t second = rig.newest();
    rig.ask();
    uint64_t third = rig.newest();
    for (uint64_t id : {first, second, third}) assert_true(rig.fill(id, 50'000) > 0);

    rig.link.endpoint->stop_sending(rig.peer, stopped);
    rig.link.endpoint->reset(rig.peer, cut);
    rig.turn();
    assert_true(rig.peer.streams[stopped].reset);
    assert_true(rig.peer.streams[cut].reset);
    assert_int_equal(rig.core->stats().streams_open, 1);
    rig.link.endpoint->lose(rig.peer, quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    for (uint64_t id : {first, second, third}) {
        assert_int_equal(rig.events.cancelled[id].size(), 1);
        assert_code(rig.chunk(id, 1), Code::wrong_state);
        assert_code(rig.end(id), Code::wrong_state);
    }
    assert_code(rig.events.cancelled[first][0], Code::stream_reset);
    assert_code(rig.events.cancelled[second][0], Code::stream_reset);
    assert_code(rig.events.cancelled[third][0], Code::connection_lost);
    assert_int_equal(rig.core->stats().requests_withdrawn, 3);
    // Nobody is woken for a stream that is gone.
    assert_int_equal(rig.events.writable.size(), 0);
    rig.wait(100 * kSecond);
    assert_int_equal(rig.events.cancelled.size(), 3);
}

void caller_that_stops_after_the_end_is_routine(void**)
{
    StreamRig rig;
    quic::StreamId stream = rig.ask(false);
    assert_code(rig.chunk(rig.newest(), 10), Code::ok);
    assert_code(rig.end(rig.newest()), Code::ok);
    rig.link.endpoint->stop_sending(rig.peer, stream);
    rig.turn();
    assert_false(rig.peer.streams[stream].reset);
    // The same while the end is still on its way.
    rig.peer.takes_nothing = true;
    stream = rig.ask(false);
    assert_code(rig.chunk(rig.newest(), 10), Code::ok);
    assert_code(rig.end(rig.newest()), Code::ok);
    rig.link.endpoint->stop_sending(rig.peer, stream);
    rig.turn();
    rig.wait(60 * kSecond);
    assert_false(rig.peer.streams[stream].reset);
    assert_int_equal(rig.events.cancelled.size(), 0);
    assert_int_equal(rig.core->stats().answers_unread, 0);
}

void stop_ends_a_stream_with_the_connection(void**)
{
    StreamRig rig;
    rig.ask();
    uint64_t id = rig.newest();
    assert_code(rig.chunk(id, 10), Code::ok);
    rig.core->stop(0, rig.clock.now);
    assert_int_equal(rig.events.cancelled[id].size(), 1);
    assert_code(rig.events.cancelled[id][0], Code::shutdown);
    assert_code(rig.chunk(id, 10), Code::wrong_state);
    rig.wait(0);
    rig.wait(0);
    assert_int_equal(rig.events.stopped, 1);
}

void drain_waits_for_the_end_of_a_stream_and_for_its_reader(void**)
{
    StreamRig rig;
    rig.peer.takes_nothing = true;
    quic::StreamId stream = rig.ask();
    uint64_t id = rig.newest();
    rig.core->stop(20 * kSecond, rig.clock.now);
    rig.wait(5 * kSecond);
    assert_code(rig.chunk(id, 1'000), Code::ok);
    assert_code(rig.end(id), Code::ok);
    rig.wait(5 * kSecond);
    assert_false(rig.peer.is_closing);
    rig.take(stream, SIZE_MAX, SIZE_MAX);
    rig.wait(0);
    rig.wait(0);
    assert_string_equal(rig.peer.close_reason.c_str(), "server_shutdown");
    assert_int_equal(rig.events.stopped, 1);
    assert_int_equal(rig.events.cancelled.size(), 0);
}

void drain_deadline_ends_a_stream_that_does_not(void**)
{
    StreamRig rig;
    rig.ask();
    uint64_t id = rig.newest();
    rig.core->stop(3 * kSecond, rig.clock.now);
    for (int i = 0; i < 3; ++i) {
        assert_code(rig.chunk(id, 10), Code::ok);
        rig.wait(kSecond);
    }
    rig.wait(0);
    assert_int_equal(rig.events.cancelled[id].size(), 1);
    assert_code(rig.events.cancelled[id][0], Code::shutdown);
    assert_int_equal(rig.events.stopped, 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(handler_without_a_first_chunk_is_cut_off_in_time),
        cmocka_unit_test(pause_between_chunks_has_its_own_limit),
        cmocka_unit_test(total_limit_ends_a_busy_stream_when_there_is_one),
        cmocka_unit_test(expiry_behind_a_slow_reader_tears_no_frame),
        cmocka_unit_test(long_answer_that_is_not_read_is_given_up),
        cmocka_unit_test(caller_that_leaves_is_told_to_the_handler_once),
        cmocka_unit_test(caller_that_stops_after_the_end_is_routine),
        cmocka_unit_test(stop_ends_a_stream_with_the_connection),
        cmocka_unit_test(drain_waits_for_the_end_of_a_stream_and_for_its_reader),
        cmocka_unit_test(drain_deadline_ends_a_stream_that_does_not),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
