// Streamed answers: what the caller reads, and how fast a handler may write.
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
using codec::FrameType;

#define assert_code(got, wanted) assert_int_equal(static_cast<int>(got), static_cast<int>(wanted))

void chunks_arrive_in_order_and_the_end_is_one_frame(void**)
{
    StreamRig rig;
    quic::StreamId stream = rig.ask();
    uint64_t id = rig.newest();
    assert_code(rig.chunk(id, 3, 1), Code::ok);
    assert_int_equal(rig.reading(stream).chunks.size(), 1);
    assert_false(rig.peer.streams[stream].fin);
    assert_code(rig.chunk(id, 0), Code::ok);
    assert_code(rig.chunk(id, 300'000, 2), Code::ok);
    assert_int_equal(rig.core->stats().streams_open, 1);
    assert_code(rig.end(id), Code::ok);

    Reading reading = rig.reading(stream);
    assert_int_equal(reading.chunks.size(), 3);
    assert_true(reading.chunks[0] == Bytes(3, 1));
    assert_true(reading.chunks[1].empty());
    assert_true(reading.chunks[2] == Bytes(300'000, 2));
    assert_string_equal(reading.end.c_str(), "");
    assert_true(rig.peer.streams[stream].fin);
    // As the original encodes them.
    assert_string_equal(
        codec::hex_encode(ByteView(rig.peer.streams[stream].sent).first(11)).c_str(),
        "050000000691c403010101");
    assert_int_equal(rig.core->stats().chunks_sent, 3);
    assert_int_equal(rig.core->stats().requests_stream, 1);
    assert_int_equal(rig.core->stats().streams_open, 0);
    assert_int_equal(rig.core->stats().requests_in_flight, 0);
    assert_int_equal(rig.events.cancelled.size(), 0);
    // Over is over.
    assert_code(rig.chunk(id, 1), Code::wrong_state);
    assert_code(rig.end(id), Code::wrong_state);
    assert_code(rig.fail(id), Code::wrong_state);
}

void stream_without_a_chunk_is_a_success(void**)
{
    StreamRig rig;
    quic::StreamId stream = rig.ask();
    assert_code(rig.end(rig.newest()), Code::ok);
    assert_string_equal(codec::hex_encode(rig.peer.streams[stream].sent).c_str(),
                        "060000000392c3c0");
    assert_true(rig.peer.streams[stream].fin);
}

void failure_after_chunks_keeps_them_and_says_so(void**)
{
    StreamRig rig;
    quic::StreamId stream = rig.ask();
    assert_code(rig.chunk(rig.newest(), 10), Code::ok);
    assert_code(rig.fail(rig.newest()), Code::ok);
    assert_int_equal(rig.reading(stream).chunks.size(), 1);
    assert_string_equal(rig.reading(stream).end.c_str(), "stream processing failed");
}

void handler_may_do_it_all_before_it_returns(void**)
{
    StreamRig rig;
    rig.events.when_asked = [&rig](uint64_t id) {
        assert_code(rig.chunk(id, 5), Code::ok);
        assert_code(rig.end(id), Code::ok);
    };
    assert_string_equal(rig.reading(rig.ask()).end.c_str(), "");
    // A failure in there goes out in the frame of the handler's kind.
    rig.events.when_asked = [&rig](uint64_t id) {
        assert_code(rig.fail(id), Code::ok);
        assert_code(rig.fail(id), Code::wrong_state);
        assert_code(rig.chunk(id, 1), Code::wrong_state);
    };
    assert_string_equal(rig.reading(rig.ask()).end.c_str(), "stream processing failed");
    quic::StreamId unary = rig.send(rig.peer, rig.packet("plain"));
    assert_string_equal(rig.error_on(rig.peer, unary).c_str(), "request processing failed");
    assert_int_equal(rig.core->stats().requests_in_flight, 0);
    assert_int_equal(rig.core->stats().requests_unary, 1);
}

void kinds_of_answers_do_not_mix(void**)
{
    StreamRig rig;
    quic::StreamId stream = rig.ask();
    Error error =
        rig.core->answer(rig.newest(), SharedBytes::copy(codec::kEmptyMap), rig.clock.now);
    assert_code(error.code, Code::wrong_state);
    assert_code(rig.end(rig.newest()), Code::ok);
    assert_string_equal(rig.reading(stream).end.c_str(), "");

    stream = rig.send(rig.peer, rig.packet("plain"));
    assert_code(rig.chunk(rig.newest(), 1), Code::wrong_state);
    assert_code(rig.end(rig.newest()), Code::wrong_state);
    error = rig.core->answer(rig.newest(), SharedBytes::copy(codec::kEmptyMap), rig.clock.now);
    assert_true(error.ok());
    assert_string_equal(rig.error_on(rig.peer, stream).c_str(), "");
}

void chunk_over_the_frame_limit_is_not_taken(void**)
{
    transport::ServerConfig config;
    config.frame_payload_max = 1'048'576;
    StreamRig rig(config);
    quic::StreamId stream = rig.ask();
    // The envelope counts (1.4).
    assert_code(rig.chunk(rig.newest(), 1'048'576), Code::too_large);
    assert_code(rig.chunk(rig.newest(), 1'048'571), Code::too_large);
    assert_true(rig.peer.streams[stream].sent.empty());
    assert_code(rig.chunk(rig.newest(), 1'048'570), Code::ok);
    assert_code(rig.end(rig.newest()), Code::ok);
    assert_int_equal(rig.reading(stream).chunks.size(), 1);
    assert_string_equal(rig.reading(stream).end.c_str(), "");
}

void chunks_are_counted_until_they_leave(void**)
{
    transport::ServerConfig config;
    config.streaming_channel_buffer = 4;
    StreamRig rig(config);
    rig.peer.takes_nothing = true;
    quic::StreamId stream = rig.ask();
    uint64_t id = rig.newest();
    assert_int_equal(rig.fill(id, 9000), 4);
    size_t frame_len = 5 + 4 + 9000;
    assert_int_equal(rig.peer.streams[stream].sent.size(), 4 * frame_len);
    // One chunk left: not yet half of them.
    rig.take(stream, frame_len, 0);
    assert_int_equal(rig.events.writable.size(), 0);
    rig.take(stream, frame_len - 1, 0);
    assert_int_equal(rig.events.writable.size(), 0);
    rig.take(stream, 1, 0);
    assert_int_equal(rig.events.writable.size(), 1);
    assert_int_equal(rig.events.writable[0], id);
    // Nothing was acknowledged: what is on its way is another matter.
    assert_int_equal(rig.fill(id, 9000), 2);
    // Who was not told `full` is not told `writable`.
    rig.take(stream, 4 * frame_len, 0);
    assert_int_equal(rig.events.writable.size(), 2);
    rig.take(stream, 0, 4 * frame_len);
    assert_int_equal(rig.events.writable.size(), 2);
}

void small_chunks_share_the_places_of_large_ones(void**)
{
    transport::ServerConfig config;
    config.streaming_channel_buffer = 4;
    StreamRig rig(config);
    rig.peer.takes_nothing = true;
    quic::StreamId stream = rig.ask();
    uint64_t id = rig.newest();
    size_t frame_len = 5 + 5 + 1024;
    // Four places of 8,192 bytes.
    assert_int_equal(rig.fill(id, 1024), (4 * 8192 + frame_len - 1) / frame_len);
    rig.take(stream, SIZE_MAX, SIZE_MAX);
    // Four places of sixteen each, however small.
    assert_int_equal(rig.fill(id, 1), 4 * 16);
}

void slow_reader_bounds_the_memory_of_its_stream(void**)
{
    transport::ServerConfig config;
    config.stream_buffer_bytes = 100'000;
    config.streaming_channel_buffer = 1'000'000;
    StreamRig rig(config);
    rig.peer.takes_nothing = true;
    quic::StreamId stream = rig.ask();
    uint64_t id = rig.newest();
    const size_t chunk_len = 5'000;
    size_t most = 0, taken = rig.fill(id, chunk_len);
    auto held = [&] { return rig.peer.streams[stream].backlog.unacked; };
    assert_true(held() < 100'000 + chunk_len + 11);
    // A network that takes everything and acknowledges nothing is a reader too.
    for (int i = 0; i < 100; ++i) {
        rig.take(stream, SIZE_MAX, 0);
        taken += rig.fill(id, chunk_len);
        most = std::max(most, held());
    }
    assert_true(most < 8 * 100'000 + chunk_len + 11);
    // A buffer's worth of acknowledgements is enough to go on.
    size_t told = rig.events.writable.size();
    rig.take(stream, SIZE_MAX, 150'000);
    assert_int_equal(rig.events.writable.size(), told + 1);
    taken += rig.fill(id, chunk_len);
    assert_int_equal(rig.reading(stream).chunks.size(), taken);
}

void chunk_above_the_buffer_is_taken_alone(void**)
{
    StreamRig rig;
    rig.peer.takes_nothing = true;
    quic::StreamId stream = rig.ask();
    uint64_t id = rig.newest();
    assert_code(rig.chunk(id, 20'000'000), Code::ok);
    assert_code(rig.chunk(id, 1), Code::full);
    rig.take(stream, SIZE_MAX, 11'000'000);
    assert_int_equal(rig.events.writable.size(), 0);
    rig.take(stream, 0, 1'000'000);
    assert_int_equal(rig.events.writable.size(), 1);
}

void chunks_of_a_byte_do_not_fill_the_memory_around_them(void**)
{
    StreamRig rig;
    rig.peer.takes_nothing = true;
    quic::StreamId stream = rig.ask();
    size_t taken = 0;
    for (int i = 0; i < 2'000; ++i) {
        taken += rig.fill(rig.newest(), 1);
        rig.take(stream, SIZE_MAX, 0);
    }
    assert_int_equal(taken, 16'384);
}

void strangers_learn_nothing_of_streaming_names(void**)
{
    StreamRig rig;
    FakeConnection& stranger = *rig.accept(ServerRig::from(9));
    quic::StreamId stream = rig.send(stranger, rig.packet("stream"));
    assert_string_equal(rig.error_on(stranger, stream).c_str(), "authentication failed");
    // And an undecodable packet is answered before any name is known.
    stream = rig.send(rig.peer, frame(FrameType::synapse_packet, Bytes{0x93, 0xa0, 0xc0, 0}));
    assert_string_equal(rig.error_on(rig.peer, stream).c_str(), "invalid request format");
    assert_int_equal(rig.events.requests.size(), 0);
}

void writer_is_woken_for_as_long_as_it_writes(void**)
{
    StreamRig rig;
    rig.peer.takes_nothing = true;
    const size_t total = 1'000;
    size_t sent = 0;
    auto write = [&rig, &sent](uint64_t id) {
        while (sent < total) {
            Code code = rig.chunk(id, 2'000);
            if (code == Code::full) return;
            assert_code(code, Code::ok);
            ++sent;
        }
        assert_code(rig.end(id), Code::ok);
    };
    rig.events.when_asked = write;
    rig.events.when_writable = write;
    quic::StreamId stream = rig.ask();
    for (int i = 0; i < 1'000 && rig.reading(stream).end == "none"; ++i) {
        rig.take(stream, 20'000, 20'000);
    }
    assert_int_equal(rig.reading(stream).chunks.size(), total);
    assert_string_equal(rig.reading(stream).end.c_str(), "");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(chunks_arrive_in_order_and_the_end_is_one_frame),
        cmocka_unit_test(stream_without_a_chunk_is_a_success),
        cmocka_unit_test(failure_after_chunks_keeps_them_and_says_so),
        cmocka_unit_test(handler_may_do_it_all_before_it_returns),
        cmocka_unit_test(kinds_of_answers_do_not_mix),
        cmocka_unit_test(chunk_over_the_frame_limit_is_not_taken),
        cmocka_unit_test(chunks_are_counted_until_they_leave),
        cmocka_unit_test(small_chunks_share_the_places_of_large_ones),
        cmocka_unit_test(slow_reader_bounds_the_memory_of_its_stream),
        cmocka_unit_test(chunk_above_the_buffer_is_taken_alone),
        cmocka_unit_test(chunks_of_a_byte_do_not_fill_the_memory_around_them),
        cmocka_unit_test(strangers_learn_nothing_of_streaming_names),
        cmocka_unit_test(writer_is_woken_for_as_long_as_it_writes),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
