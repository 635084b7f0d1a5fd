// The frame: its header, its slice parser and the reader that collects it from pieces.
#include <algorithm>

#include "allocation_count.h"
#include "codec/frame.h"
#include "vector_lines.h"

// After the C++ headers, because it defines macros with names such as fail.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using ltn::Bytes;
using ltn::ByteView;
using namespace ltn::codec;
using ltn::test::unhex;
using State = FrameReader::State;

Bytes frame_of(FrameType type, size_t payload_len)
{
    const auto header = frame_header(type, static_cast<uint32_t>(payload_len));
    Bytes out(header.begin(), header.end());
    for (size_t i = 0; i < payload_len; ++i) out.push_back(static_cast<uint8_t>(i * 31 + i / 251));
    return out;
}

std::string parse_refusal(const char* hex, uint64_t payload_max)
{
    const Bytes bytes = unhex(hex);
    const ltn::Result<FrameView> frame = parse_frame(bytes, payload_max);
    assert_false(frame.ok());
    assert_int_equal(static_cast<int>(frame.error().category),
                     static_cast<int>(ltn::Category::transport));
    return frame.error().text;
}

State feed_all(FrameReader& reader, ByteView bytes, size_t piece_len)
{
    while (!bytes.empty() && reader.state() == State::need_more) {
        const ByteView piece = bytes.first(std::min(piece_len, bytes.size()));
        size_t used = 0;
        reader.feed(piece, &used);
        assert_true(used <= piece.size());
        if (reader.state() == State::need_more) assert_int_equal(used, piece.size());
        bytes = bytes.subspan(used);
    }
    return reader.state();
}

void a_header_is_type_and_big_endian_length(void**)
{
    const auto header = frame_header(FrameType::synapse_packet, 0x01020304);
    assert_string_equal(hex_encode(header).c_str(), "0301020304");
    assert_string_equal(hex_encode(frame_header(FrameType::stream_end, UINT32_MAX)).c_str(),
                        "06ffffffff");
}

void types_are_named_as_error_texts_name_them(void**)
{
    const char* names[] = {"HandshakeRequest", "HandshakeResponse", "SynapsePacket",
                           "SynapseResponse",  "StreamChunk",       "StreamEnd"};
    for (uint8_t i = 0; i < 6; ++i) {
        assert_string_equal(std::string(frame_type_name(static_cast<FrameType>(i + 1))).c_str(),
                            names[i]);
    }
}

void a_slice_is_parsed_and_what_follows_it_is_left(void**)
{
    const Bytes bytes = unhex("060000000392c3c0ffff");
    const ltn::Result<FrameView> frame = parse_frame(bytes, 3);
    assert_true(frame.ok());
    assert_int_equal(static_cast<int>(frame->type), static_cast<int>(FrameType::stream_end));
    assert_string_equal(hex_encode(frame->payload).c_str(), "92c3c0");
    assert_true(frame->payload.data() == bytes.data() + 5);
    const Bytes empty = unhex("0500000000");
    assert_true(parse_frame(empty, 0).ok());
    assert_int_equal(parse_frame(empty, 0)->payload.size(), 0);
}

void a_bad_slice_is_refused_in_the_order_of_the_checks(void**)
{
    const std::string short_header = "insufficient data for frame header";
    assert_string_equal(parse_refusal("", 0).c_str(), short_header.c_str());
    assert_string_equal(parse_refusal("ff000000", 0).c_str(), short_header.c_str());
    assert_string_equal(parse_refusal("ffffffffff", 0).c_str(), "unknown message type: 0xff");
    assert_string_equal(parse_refusal("0000000000", 0).c_str(), "unknown message type: 0x00");
    assert_string_equal(parse_refusal("0700000000", 0).c_str(), "unknown message type: 0x07");
    assert_string_equal(parse_refusal("01ffffffff", 67108864).c_str(),
                        "frame payload 4294967295 bytes exceeds maximum 67108864");
    assert_string_equal(parse_refusal("0100000004c0c0c0", 4).c_str(),
                        "insufficient data for frame payload: have 3, need 4");
}

void every_first_byte_but_six_is_an_unknown_type(void**)
{
    for (unsigned type = 0; type < 256; ++type) {
        Bytes bytes = {static_cast<uint8_t>(type), 0, 0, 0, 0};
        FrameReader reader(10);
        const bool known = type >= 1 && type <= 6;
        assert_int_equal(parse_frame(bytes, 10).ok(), known);
        assert_true(feed_all(reader, bytes, 5) == (known ? State::complete : State::failed));
    }
}

void a_frame_is_the_same_whatever_pieces_it_came_in(void**)
{
    for (size_t payload_len : {0, 1, 2, 254, 5000, 70000}) {
        Bytes bytes = frame_of(FrameType::synapse_response, payload_len);
        const Bytes payload(bytes.begin() + 5, bytes.end());
        bytes.insert(bytes.end(), {0xde, 0xad});
        for (size_t piece_len : {1, 2, 3, 4, 5, 6, 7, 1200, 65536, 100000}) {
            FrameReader reader(70000);
            assert_true(feed_all(reader, bytes, piece_len) == State::complete);
            assert_true(reader.type() == FrameType::synapse_response);
            assert_int_equal(reader.declared_len(), payload_len);
            assert_true(reader.take_payload() == payload);
        }
    }
}

void bytes_after_the_frame_are_not_taken(void**)
{
    Bytes bytes = frame_of(FrameType::stream_chunk, 10);
    bytes.resize(40, 0xff);
    FrameReader reader(10);
    size_t used = 0;
    assert_true(reader.feed(bytes, &used) == State::complete);
    assert_int_equal(used, 15);
    assert_true(reader.feed(bytes, &used) == State::complete);
    assert_int_equal(used, 0);
    assert_int_equal(reader.take_payload().size(), 10);
    assert_int_equal(reader.take_payload().size(), 0);
}

void an_oversize_frame_fails_before_its_payload_is_taken(void**)
{
    const Bytes bytes = frame_of(FrameType::handshake_request, 4097);
    FrameReader reader(4096);
    size_t used = 0;
    assert_true(reader.feed(bytes, &used) == State::failed);
    assert_int_equal(used, 5);
    assert_string_equal(reader.error().text.c_str(),
                        "frame payload 4097 bytes exceeds maximum 4096");
    assert_int_equal(static_cast<int>(reader.error().code), static_cast<int>(ltn::Code::too_large));
    assert_false(reader.type().has_value());
    assert_true(reader.feed(bytes, &used) == State::failed);
    assert_int_equal(used, 0);
    FrameReader exact(4096);
    assert_true(feed_all(exact, frame_of(FrameType::handshake_request, 4096), 9999) ==
                State::complete);
}

void an_unknown_type_fails_before_the_length_is_looked_at(void**)
{
    FrameReader reader(16);
    assert_true(feed_all(reader, unhex("ABffffffff"), 5) == State::failed);
    assert_string_equal(reader.error().text.c_str(), "unknown message type: 0xab");
    assert_string_equal(reader.end_of_stream().text.c_str(), "unknown message type: 0xab");
}

void an_early_end_says_how_much_of_the_block_came(void**)
{
    const auto text_after = [](size_t payload_len, size_t received) {
        Bytes bytes = frame_of(FrameType::stream_chunk, payload_len);
        bytes.resize(received);
        FrameReader reader(kFramePayloadDefaultMax);
        assert_true(feed_all(reader, bytes, 40000) == State::need_more);
        return reader.end_of_stream().text;
    };
    assert_string_equal(text_after(9, 0).c_str(), "stream closed after 0 of 5 bytes");
    assert_string_equal(text_after(9, 4).c_str(), "stream closed after 4 of 5 bytes");
    assert_string_equal(text_after(9, 5).c_str(), "stream closed after 0 of 9 bytes");
    assert_string_equal(text_after(9, 13).c_str(), "stream closed after 8 of 9 bytes");
    // Up to 1 MiB the payload is one block, beyond it blocks of 64 KiB.
    assert_string_equal(text_after(1048576, 5 + 100000).c_str(),
                        "stream closed after 100000 of 1048576 bytes");
    assert_string_equal(text_after(1048577, 5 + 100000).c_str(),
                        "stream closed after 34464 of 65536 bytes");
    assert_string_equal(text_after(1048577, 5 + 65536).c_str(),
                        "stream closed after 0 of 65536 bytes");
    assert_string_equal(text_after(1048580, 5 + 1048578).c_str(),
                        "stream closed after 2 of 4 bytes");
}

void a_declared_length_reserves_nothing_until_bytes_come(void**)
{
    Bytes bytes = frame_of(FrameType::synapse_packet, 3);
    std::copy_n(unhex("03ffffffff").begin(), 5, bytes.begin());
    FrameReader reader(UINT32_MAX);
    const size_t allocated = ltn::test::allocations_of([&] {
        size_t used = 0;
        reader.feed(ByteView(bytes).first(5), &used);
    });
    assert_int_equal(allocated, 0);
    assert_true(feed_all(reader, ByteView(bytes).subspan(5), 1) == State::need_more);
    assert_true(reader.take_payload().capacity() <= 1024);
}

void memory_stays_below_twice_what_was_received(void**)
{
    const Bytes bytes = frame_of(FrameType::synapse_packet, 300000);
    for (size_t received : {6, 2000, 2049, 100000, 131073, 299999}) {
        FrameReader reader(UINT32_MAX);
        assert_true(feed_all(reader, ByteView(bytes).first(received), 1200) == State::need_more);
        const size_t capacity = reader.take_payload().capacity();
        assert_true(capacity <= std::max<size_t>(1024, 2 * received));
        assert_true(capacity >= received - 5);
    }
}

void a_frame_that_arrives_whole_costs_one_allocation(void**)
{
    for (size_t payload_len : {1, 1000, 1048576}) {
        const Bytes bytes = frame_of(FrameType::synapse_packet, payload_len);
        FrameReader reader(kFramePayloadDefaultMax);
        size_t used = 0;
        const size_t allocated = ltn::test::allocations_of([&] { reader.feed(bytes, &used); });
        assert_int_equal(allocated, 1);
        const Bytes payload = reader.take_payload();
        assert_int_equal(payload.size(), payload_len);
        assert_int_equal(payload.capacity(), payload_len);
    }
}

void the_slice_parser_survives_arbitrary_bytes(void**)
{
    uint64_t state = 0x5eed;
    for (int round = 0; round < 20000; ++round) {
        Bytes bytes;
        for (size_t i = 0; i < static_cast<size_t>(round % 14); ++i) {
            state = state * 6364136223846793005 + 1442695040888963407;
            bytes.push_back(static_cast<uint8_t>(state >> 60 > 7 ? state >> 40 & 7 : state >> 32));
        }
        bytes.shrink_to_fit();
        const ltn::Result<FrameView> frame = parse_frame(bytes, 1024);
        FrameReader reader(1024);
        const State reader_state = feed_all(reader, bytes, 3);
        assert_int_equal(frame.ok(), reader_state == State::complete);
        if (reader_state == State::failed) {
            assert_string_equal(reader.error().text.c_str(), frame.error().text.c_str());
        }
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_type_and_big_endian_length),
        cmocka_unit_test(types_are_named_as_error_texts_name_them),
        cmocka_unit_test(a_slice_is_parsed_and_what_follows_it_is_left),
        cmocka_unit_test(a_bad_slice_is_refused_in_the_order_of_the_checks),
        cmocka_unit_test(every_first_byte_but_six_is_an_unknown_type),
        cmocka_unit_test(a_frame_is_the_same_whatever_pieces_it_came_in),
        cmocka_unit_test(bytes_after_the_frame_are_not_taken),
        cmocka_unit_test(an_oversize_frame_fails_before_its_payload_is_taken),
        cmocka_unit_test(an_unknown_type_fails_before_the_length_is_looked_at),
        cmocka_unit_test(an_early_end_says_how_much_of_the_block_came),
        cmocka_unit_test(a_declared_length_reserves_nothing_until_bytes_come),
        cmocka_unit_test(memory_stays_below_twice_what_was_received),
        cmocka_unit_test(a_frame_that_arrives_whole_costs_one_allocation),
        cmocka_unit_test(the_slice_parser_survives_arbitrary_bytes),
    };
    return cmocka_run_group_tests_name("frame", tests, nullptr, nullptr);
}
