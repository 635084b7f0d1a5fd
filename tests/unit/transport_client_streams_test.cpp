// Calls whose answer is a stream: what comes up, in which order, how it ends, and how a consumer
// that takes its time holds the peer back.
#include "support/client_rig.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::test;

constexpr uint64_t kWindow = 1'250'000;

Bytes words(size_t len, uint8_t fill = 'w')
{
    return Bytes(len, fill);
}

Bytes joined(std::initializer_list<Bytes> parts)
{
    Bytes out;
    for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

std::string text_of(const SharedBytes& bytes)
{
    return std::string(as_text(bytes.view()));
}

// A rig with a live connection and one streamed call under way.
struct Streaming : ClientRig {
    uint64_t id = 0;
    size_t held = 0;
    size_t held_peak = 0;
    bool take_at_once = true;

    explicit Streaming(const transport::StreamTerms& terms = {}, Nanos deadline_after = kNever,
                       Bytes data = Bytes{0x80})
    {
        Error ignored = core->connect(1'000'000, miner.public_key(), address, kNever, clock.now);
        (void)ignored;
        authenticate();
        events.on_one_chunk = [this](uint64_t call, const SharedBytes& bytes) {
            held += bytes.size();
            held_peak = std::max(held_peak, held);
            if (take_at_once) take(call, bytes.size());
        };
        id = stream(terms, saturating_add(clock.now.monotonic_ns, deadline_after), std::move(data));
    }

    void take(uint64_t call, size_t len)
    {
        held -= len;
        core->taken(call, len, clock.now);
    }
    void answer(ByteView bytes, bool fin = false) { reply(newest(), bytes, fin); }
    FakeStream& sent() { return conn().streams[newest()]; }
    size_t came() { return events.chunks[id].size(); }
    // What the peer may not send yet because the consumer has not taken it.
    size_t withheld() { return sent().received - sent().consumed; }
};

void assert_failed(ClientRig& rig, uint64_t id, Code code, const char* display)
{
    assert_string_equal(rig.outcome(id).error.display().c_str(), display);
    assert_int_equal(static_cast<int>(rig.outcome(id).error.code), static_cast<int>(code));
    assert_int_equal(rig.events.chunks_late, 0);
}

void chunks_come_in_order_and_the_end_is_told_once(void**)
{
    Streaming rig;
    auto packet = codec::parse_frame(rig.sent().sent, 1 << 20);
    assert_true(packet->type == codec::FrameType::synapse_packet);
    assert_true(rig.sent().fin);
    rig.clock.advance(kMillisecond);
    rig.answer(rig.chunk(words(3, 'a')));
    rig.clock.advance(kMillisecond);
    rig.answer(joined({rig.chunk(words(2, 'b')), rig.chunk({}), rig.chunk(words(1, 'c'))}));
    assert_true(rig.open(rig.id));
    rig.answer(rig.end(), true);
    const auto& result = rig.outcome(rig.id);
    assert_true(result.error.ok());
    assert_int_equal(rig.came(), 4);
    const char* expected[] = {"aaa", "bb", "", "c"};
    for (size_t i = 0; i < 4; ++i) {
        assert_string_equal(text_of(rig.events.chunks[rig.id][i]).c_str(), expected[i]);
    }
    assert_int_equal(result.chunks, 4);
    assert_int_equal(result.bytes, 6);
    assert_true(result.first_chunk_ns == kMillisecond);
    assert_true(result.network_ns == 2 * kMillisecond);
    assert_false(rig.sent().stopped);
    assert_false(rig.sent().reset);
    assert_int_equal(rig.core->stats().calls_ok, 1);
    // Late news of the stream, or of the consumer, concern nobody.
    rig.core->taken(rig.id, 6, rig.clock.now);
    rig.answer(rig.chunk(words(1)));
    assert_int_equal(rig.came(), 4);
    assert_int_equal(rig.events.done[rig.id].size(), 1);
}

void an_answer_byte_by_byte_is_the_same_answer(void**)
{
    Streaming rig;
    Bytes all = joined({rig.chunk(words(3, 'x')), rig.chunk(words(4, 'y')), rig.end()});
    for (size_t i = 0; i < all.size(); ++i) rig.answer(ByteView(all).subspan(i, 1));
    assert_true(rig.outcome(rig.id).error.ok());
    assert_int_equal(rig.came(), 2);
    assert_string_equal(text_of(rig.events.chunks[rig.id][1]).c_str(), "yyyy");
    // No FIN came: the peer is told that nobody reads on.
    assert_true(rig.sent().stopped);
    assert_int_equal(rig.sent().stop_code, 0);
}

void an_answer_of_no_chunks_is_an_answer(void**)
{
    Streaming rig;
    rig.answer(rig.end(), true);
    assert_true(rig.outcome(rig.id).error.ok());
    assert_int_equal(rig.outcome(rig.id).chunks, 0);
    assert_true(rig.outcome(rig.id).first_chunk_ns == 0);
}

void what_follows_the_end_is_not_looked_at(void**)
{
    Streaming rig;
    rig.answer(joined({rig.chunk(words(1)), rig.end(), Bytes(200, 0xff)}), true);
    assert_true(rig.outcome(rig.id).error.ok());
    assert_int_equal(rig.came(), 1);
    assert_int_equal(rig.events.chunks_late, 0);
}

void liberal_spellings_of_a_chunk_are_read(void**)
{
    Streaming rig;
    rig.answer(frame(codec::FrameType::stream_chunk, Bytes{0x91, 0xa2, 'h', 'i'}));
    rig.answer(frame(codec::FrameType::stream_chunk, Bytes{0x91, 0x92, 'h', 0xcc, 0xff}));
    rig.answer(frame(codec::FrameType::stream_chunk,
                     Bytes{0x81, 0xa4, 'd', 'a', 't', 'a', 0xc4, 0x01, 'm', 0x00}));
    rig.answer(rig.end(), true);
    assert_true(rig.outcome(rig.id).error.ok());
    assert_string_equal(text_of(rig.events.chunks[rig.id][0]).c_str(), "hi");
    assert_string_equal(text_of(rig.events.chunks[rig.id][1]).c_str(), "h\xff");
    assert_string_equal(text_of(rig.events.chunks[rig.id][2]).c_str(), "m");
}

void a_stream_that_ends_badly_says_why(void**)
{
    struct Row {
        Bytes bytes;
        bool fin;
        Code code;
        const char* display;
        bool stopped;
    };
    Bytes response;
    codec::encode_synapse_response(true, codec::kEmptyMap, 1, std::nullopt, response);
    const std::string on_path =
        "stream error: server returned SynapseResponse error on streaming path: ";
    const std::string with_text = on_path + "unrecognized synapse type";
    const std::string without = on_path + "no detail";
    ClientRig helper;
    const Row rows[] = {
        {helper.end(false, "stream processing failed"), true, Code::stream,
         "stream error: stream processing failed", false},
        {helper.end(false), true, Code::stream, "stream error: stream ended with failure status",
         false},
        {helper.failure("unrecognized synapse type"), true, Code::stream, with_text.c_str(), false},
        {frame(codec::FrameType::synapse_response, response), true, Code::stream, without.c_str(),
         false},
        {frame(codec::FrameType::handshake_response, {}), false, Code::unexpected_frame,
         "stream error: unexpected message type during streaming: HandshakeResponse", true},
        {Bytes{0x09, 0, 0, 0, 0}, false, Code::malformed,
         "transport error: unknown message type: 0x09", true},
        {Bytes{0x05, 0xff, 0xff, 0xff, 0xff}, false, Code::too_large,
         "transport error: frame payload 4294967295 bytes exceeds maximum 67108864", true},
        {{}, true, Code::stream_reset, "transport error: stream closed after 0 of 5 bytes", false},
        {Bytes{0x05, 0, 0, 0, 9, 1, 2}, true, Code::stream_reset,
         "transport error: stream closed after 2 of 9 bytes", false},
    };
    for (const Row& row : rows) {
        Streaming rig;
        rig.answer(rig.chunk(words(5)));
        rig.answer(row.bytes, row.fin);
        assert_failed(rig, rig.id, row.code, row.display);
        assert_int_equal(rig.came(), 1);
        assert_int_equal(rig.sent().stopped, row.stopped);
        if (row.stopped) assert_int_not_equal(rig.sent().stop_code, 0);
        assert_int_equal(rig.events.disconnected.size(), 0);
    }
}

void undecodable_frames_say_which(void**)
{
    struct Row {
        codec::FrameType type;
        const char* start;
    };
    const Row rows[] = {
        {codec::FrameType::stream_chunk, "serialization error: Failed to parse stream chunk: "},
        {codec::FrameType::stream_end, "serialization error: Failed to parse stream end: "},
        {codec::FrameType::synapse_response,
         "serialization error: Failed to parse synapse response: "},
    };
    for (const Row& row : rows) {
        Streaming rig;
        rig.answer(frame(row.type, Bytes{0xc1}));
        std::string got = rig.outcome(rig.id).error.display();
        assert_string_equal(got.substr(0, std::strlen(row.start)).c_str(), row.start);
        assert_true(rig.sent().stopped);
    }
}

void a_reset_or_a_lost_connection_ends_the_stream(void**)
{
    Streaming rig;
    rig.answer(rig.chunk(words(5)));
    rig.link.endpoint->reset(rig.conn(), rig.newest());
    rig.turn();
    assert_failed(rig, rig.id, Code::stream_reset,
                  "transport error: read error: stream reset by peer: error 0");
    Streaming lost;
    lost.link.endpoint->lose(lost.conn(), quic::CloseInfo::Cause::idle_timeout);
    lost.turn();
    assert_failed(lost, lost.id, Code::connection_lost,
                  "connection error: connection lost: nothing heard from the peer for too long");
}

void a_peer_that_forgot_us_is_shown_who_we_are_once(void**)
{
    for (bool as_response : {false, true}) {
        Streaming rig;
        auto refuse = [&] {
            rig.answer(as_response ? rig.failure("authentication failed")
                                   : rig.end(false, "authentication failed"),
                       true);
        };
        refuse();
        assert_true(rig.open(rig.id));
        rig.core->taken(rig.id, 1, rig.clock.now);
        rig.reply_handshake(rig.honest(rig.newest()));
        auto packet = codec::parse_frame(rig.sent().sent, 1 << 20);
        assert_true(packet->type == codec::FrameType::synapse_packet);
        rig.answer(rig.chunk(words(2)));
        rig.answer(rig.end(), true);
        assert_true(rig.outcome(rig.id).error.ok());
        assert_int_equal(rig.came(), 1);
    }
    Streaming twice;
    twice.answer(twice.end(false, "authentication failed"), true);
    twice.reply_handshake(twice.honest(twice.newest()));
    twice.answer(twice.failure("authentication failed"), true);
    assert_failed(twice, twice.id, Code::stream,
                  "stream error: server returned SynapseResponse error on streaming path: "
                  "authentication failed");
    // Words of a stream that had begun are not about us.
    Streaming late;
    late.answer(late.chunk(words(1)));
    late.answer(late.end(false, "authentication failed"), true);
    assert_failed(late, late.id, Code::stream, "stream error: authentication failed");
}

void a_slow_consumer_holds_the_peer_back(void**)
{
    Streaming rig;
    rig.take_at_once = false;
    Bytes chunk = rig.chunk(words(60'000));
    // As a peer with exactly the credit it has.
    size_t sent = 0;
    auto send_what_is_allowed = [&] {
        while (sent + chunk.size() <= kWindow + rig.sent().consumed) {
            rig.answer(chunk);
            sent += chunk.size();
        }
    };
    send_what_is_allowed();
    size_t first = rig.came();
    assert_int_equal(rig.withheld(), sent);
    assert_true(rig.held <= kWindow);
    for (int i = 0; i < 100; ++i) {
        rig.take(rig.id, 60'000);
        send_what_is_allowed();
    }
    assert_true(rig.came() >= first + 99);
    assert_true(rig.held_peak <= kWindow + kWindow / 10);
    rig.take_at_once = true;
    rig.take(rig.id, rig.held);
    assert_int_equal(rig.withheld(), 0);
    rig.answer(rig.end(), true);
    assert_true(rig.outcome(rig.id).error.ok());
}

void a_peer_with_more_credit_than_the_window_does_not_flood_the_consumer(void**)
{
    transport::StreamTerms terms;
    terms.window_bytes = 10'000;
    Streaming rig(terms);
    rig.take_at_once = false;
    for (int i = 0; i < 100; ++i) rig.answer(rig.chunk(words(3'000, static_cast<uint8_t>(i))));
    rig.answer(rig.end(), true);
    assert_int_equal(rig.came(), 3);
    assert_true(rig.open(rig.id));
    // All of it is here: not even the end of the connection can take it away.
    rig.link.endpoint->lose(rig.conn(), quic::CloseInfo::Cause::peer_application);
    rig.turn();
    rig.wait(0);
    for (int i = 0; i < 100; ++i) {
        assert_true(rig.open(rig.id) || i >= 97);
        rig.take(rig.id, 3'000);
    }
    assert_int_equal(rig.came(), 100);
    assert_true(rig.outcome(rig.id).error.ok());
    assert_true(rig.held_peak <= 10'000);
    for (size_t i = 0; i < 100; ++i) assert_int_equal(rig.events.chunks[rig.id][i].data()[0], i);
}

void one_chunk_larger_than_the_window_arrives_alone(void**)
{
    transport::StreamTerms terms;
    terms.window_bytes = 100'000;
    Streaming rig(terms);
    rig.take_at_once = false;
    Bytes big = rig.chunk(words(5'000'000));
    size_t at = 0;
    while (at < big.size()) {
        size_t allowed = kWindow + rig.sent().consumed - at;
        assert_true(allowed > 0);
        size_t len = std::min({allowed, big.size() - at, size_t{1'200}});
        rig.answer(ByteView(big).subspan(at, len));
        at += len;
    }
    assert_int_equal(rig.came(), 1);
    rig.answer(rig.chunk(words(10)));
    assert_int_equal(rig.came(), 1);
    rig.take(rig.id, 4'999'999);
    assert_int_equal(rig.came(), 1 + 1);
    rig.take(rig.id, 11);
    assert_int_equal(rig.withheld(), 0);
    rig.core->cancel(rig.id, rig.clock.now);
}

void a_patient_consumer_lends_the_peer_more_than_the_link_does(void**)
{
    transport::StreamTerms terms;
    terms.window_bytes = 4 * kWindow;
    Streaming rig(terms);
    rig.take_at_once = false;
    assert_int_equal(rig.sent().window, 4 * kWindow);
    for (int i = 0; i < 49; ++i) rig.answer(rig.chunk(words(100'000)));
    assert_int_equal(rig.came(), 49);
    assert_true(rig.withheld() >= rig.held);
    assert_true(rig.held_peak <= 4 * kWindow);
    // Less than the link has anyway cannot be told to the peer.
    terms.window_bytes = 1'000;
    uint64_t other = rig.stream(terms);
    assert_int_equal(rig.sent().window, kWindow);
    rig.core->cancel(other, rig.clock.now);
    rig.core->cancel(rig.id, rig.clock.now);
}

void a_flood_of_empty_chunks_is_held_back_too(void**)
{
    Streaming rig;
    rig.take_at_once = false;
    Bytes many;
    for (int i = 0; i < 10'000; ++i) {
        Bytes one = rig.chunk({});
        many.insert(many.end(), one.begin(), one.end());
    }
    rig.answer(many);
    assert_true(rig.came() < 5'000);
    assert_int_equal(rig.withheld(), many.size());
    for (int i = 0; i < 10'000; ++i) rig.take(rig.id, 0);
    assert_int_equal(rig.came(), 10'000);
    assert_int_equal(rig.withheld(), 0);
}

void taking_more_than_came_takes_what_came(void**)
{
    Streaming rig;
    rig.take_at_once = false;
    rig.answer(rig.chunk(words(10)));
    rig.core->taken(rig.id, 1'000'000, rig.clock.now);
    rig.core->taken(rig.id + 77, 5, rig.clock.now);
    rig.answer(rig.chunk(words(20)));
    assert_true(rig.withheld() >= 20);
    uint64_t unary = rig.call();
    rig.core->taken(unary, 5, rig.clock.now);
    rig.reply(rig.newest(), rig.success());
    assert_true(rig.outcome(unary).error.ok());
}

void handlers_may_take_cancel_and_open_inside(void**)
{
    Streaming rig;
    uint64_t second = 0;
    rig.take_at_once = false;
    rig.events.on_one_chunk = [&](uint64_t call, const SharedBytes& bytes) {
        rig.core->taken(call, bytes.size(), rig.clock.now);
        if (second == 0) second = rig.stream();
        if (rig.came() == 2) rig.core->cancel(call, rig.clock.now);
    };
    rig.answer(joined({rig.chunk(words(1)), rig.chunk(words(1)), rig.chunk(words(1))}));
    assert_failed(rig, rig.id, Code::cancelled, "cancelled by the caller");
    assert_true(rig.open(second));
    rig.answer(rig.end(), true);
    assert_true(rig.outcome(second).error.ok());
    assert_int_equal(rig.link.endpoint->forbidden_calls, 0);
}

void a_dropped_stream_leaves_the_next_one_alone(void**)
{
    Streaming rig;
    rig.take_at_once = false;
    quic::StreamId dropped = rig.newest();
    rig.answer(rig.chunk(words(1000)));
    rig.core->cancel(rig.id, rig.clock.now);
    uint64_t next = rig.stream();
    // What was on its way gets its credit back at once.
    rig.reply(dropped, rig.chunk(words(1000)), false);
    assert_int_equal(rig.conn().streams[dropped].consumed, 1000 + 9);
    rig.answer(rig.chunk(words(3)));
    rig.answer(rig.end(), true);
    assert_true(rig.outcome(next).error.ok());
    assert_int_equal(rig.events.chunks[next].size(), 1);
    assert_failed(rig, rig.id, Code::cancelled, "cancelled by the caller");
}

void a_unary_call_that_is_streamed_to_says_so(void**)
{
    Streaming rig;
    uint64_t id = rig.call();
    rig.answer(rig.chunk(words(1)));
    assert_failed(rig, id, Code::unexpected_frame,
                  "transport error: received StreamChunk on non-streaming query; use "
                  "query_axon_stream for streaming synapses");
    assert_true(rig.sent().stopped);
    assert_int_not_equal(rig.sent().stop_code, 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(chunks_come_in_order_and_the_end_is_told_once),
        cmocka_unit_test(an_answer_byte_by_byte_is_the_same_answer),
        cmocka_unit_test(an_answer_of_no_chunks_is_an_answer),
        cmocka_unit_test(what_follows_the_end_is_not_looked_at),
        cmocka_unit_test(liberal_spellings_of_a_chunk_are_read),
        cmocka_unit_test(a_stream_that_ends_badly_says_why),
        cmocka_unit_test(undecodable_frames_say_which),
        cmocka_unit_test(a_reset_or_a_lost_connection_ends_the_stream),
        cmocka_unit_test(a_peer_that_forgot_us_is_shown_who_we_are_once),
        cmocka_unit_test(a_slow_consumer_holds_the_peer_back),
        cmocka_unit_test(a_peer_with_more_credit_than_the_window_does_not_flood_the_consumer),
        cmocka_unit_test(one_chunk_larger_than_the_window_arrives_alone),
        cmocka_unit_test(a_patient_consumer_lends_the_peer_more_than_the_link_does),
        cmocka_unit_test(a_flood_of_empty_chunks_is_held_back_too),
        cmocka_unit_test(taking_more_than_came_takes_what_came),
        cmocka_unit_test(handlers_may_take_cancel_and_open_inside),
        cmocka_unit_test(a_dropped_stream_leaves_the_next_one_alone),
        cmocka_unit_test(a_unary_call_that_is_streamed_to_says_so),
    };
    return cmocka_run_group_tests_name("transport_client_streams", tests, nullptr, nullptr);
}
