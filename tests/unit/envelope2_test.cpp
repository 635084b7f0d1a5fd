// The envelopes of the second token: byte for byte as specified, and what else is read.
#include <cstring>
#include <string>

#include "codec/envelope2.h"
#include "codec/frame.h"
#include "codec/msgpack.h"
#include "vector_lines.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::codec;
using ltn::test::Fields;

std::optional<AnswerCode> code_of(std::optional<uint64_t> number)
{
    if (!number.has_value()) return std::nullopt;
    return static_cast<AnswerCode>(*number);
}

Bytes again(const HandshakeRequest2& value)
{
    Bytes out;
    encode(value, out);
    return out;
}

Bytes again(const HandshakeResponse2& value)
{
    Bytes out;
    encode(value, out);
    return out;
}

Bytes again(const SynapsePacket2& value)
{
    Bytes out;
    msgpack::Writer writer(out);
    writer.array(kRequest2Elements);
    writer.str(value.synapse_type);
    writer.raw(value.data);
    encode_request_tail(value.timestamp_s, value.terms, out);
    return out;
}

Bytes again(const SynapseResponse2& value)
{
    Bytes out;
    msgpack::Writer writer(out);
    writer.array(kResponse2Elements);
    writer.boolean(value.success);
    writer.raw(value.data);
    encode_answer_tail(value.timestamp_s, value.error, code_of(value.code), out);
    return out;
}

Bytes again(const StreamChunk& value)
{
    Bytes out;
    encode_stream_chunk(value.data, out);
    return out;
}

Bytes again(const StreamEnd2& value)
{
    Bytes out;
    encode_stream_end2(value.success ? std::nullopt : value.error, code_of(value.code), out);
    return out;
}

template <class T>
std::string verdict(const Result<T>& decoded)
{
    return decoded.ok() ? "ok " + hex_encode(again(decoded.value())) : "refused";
}

std::string read(const std::string& structure, ByteView payload)
{
    if (structure == "HandshakeRequest2") return verdict(decode_handshake_request2(payload));
    if (structure == "HandshakeResponse2") return verdict(decode_handshake_response2(payload));
    if (structure == "SynapsePacket2") return verdict(decode_synapse_packet2(payload));
    if (structure == "SynapseResponse2") return verdict(decode_synapse_response2(payload));
    if (structure == "StreamChunk2") return verdict(decode_stream_chunk2(payload));
    if (structure == "StreamEnd2") return verdict(decode_stream_end2(payload));
    return "no such structure";
}

void every_reading_of_the_vectors_is_ours(void**)
{
    size_t seen = 0;
    for (const Fields& line : ltn::test::read_vector_lines("wire2.txt")) {
        if (line[0] != "read") continue;
        ++seen;
        const std::string got = read(line[1], ltn::test::unhex(line[3]));
        const std::string expected = ltn::test::join_fields(line, 4);
        if (got != expected) {
            fail_msg("%s %s: expected %s, got %s", line[1].c_str(), line[2].c_str(),
                     expected.c_str(), got.c_str());
        }
    }
    assert_true(seen > 60);
}

void every_frame_of_the_vectors_reads_and_writes_the_same(void**)
{
    const char* names[] = {"",
                           "HandshakeRequest2",
                           "HandshakeResponse2",
                           "SynapsePacket2",
                           "SynapseResponse2",
                           "StreamChunk2",
                           "StreamEnd2"};
    size_t seen = 0;
    for (const Fields& line : ltn::test::read_vector_lines("wire2.txt")) {
        if (line[0] != "frame") continue;
        ++seen;
        const Bytes bytes = ltn::test::unhex(line[2]);
        auto frame = parse_frame(bytes, kFramePayloadMinMax);
        assert_true(frame.ok());
        const std::string got = read(names[static_cast<size_t>(frame->type)], frame->payload);
        const std::string expected = "ok " + hex_encode(frame->payload);
        assert_string_equal(got.c_str(), expected.c_str());
    }
    assert_int_equal(seen, 11);
}

void terms_of_a_request_arrive(void**)
{
    for (const Fields& line : ltn::test::read_vector_lines("wire2.txt")) {
        if (line[0] != "frame" || line[1] != "request_more") continue;
        const Bytes bytes = ltn::test::unhex(line[2]);
        auto packet = decode_synapse_packet2(parse_frame(bytes, 1 << 20)->payload);
        assert_true(packet.ok());
        assert_int_equal(packet->terms.deadline_ms.value(), 70'000);
        assert_int_equal(packet->terms.priority, 0);
        assert_true(packet->terms.more_follows);
        return;
    }
    fail();
}

void a_priority_above_the_highest_is_the_highest(void**)
{
    Bytes out;
    msgpack::Writer writer(out);
    writer.array(kRequest2Elements);
    writer.str("t");
    writer.map(0);
    writer.unsigned_int(7);
    writer.nil();
    writer.unsigned_int(900);
    writer.unsigned_int(2);
    auto packet = decode_synapse_packet2(out);
    assert_true(packet.ok());
    assert_int_equal(packet->terms.priority, kPriorityMax);
    assert_false(packet->terms.more_follows);
}

void what_is_wrong_is_said(void**)
{
    const Bytes two = {0x92, 0xc3, 0xc0};
    assert_string_equal(decode_stream_end2(two).error().text.c_str(),
                        "StreamEnd2: expected an array of at least 3 elements, got 2");
    const Bytes text = {0x93, 0xc3, 0xc0, 0xa1, 'x'};
    assert_false(decode_stream_end2(text).ok());
    assert_non_null(std::strstr(decode_stream_end2(text).error().text.c_str(),
                                "expected an unsigned integer or nil"));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_reading_of_the_vectors_is_ours),
        cmocka_unit_test(every_frame_of_the_vectors_reads_and_writes_the_same),
        cmocka_unit_test(terms_of_a_request_arrive),
        cmocka_unit_test(a_priority_above_the_highest_is_the_highest),
        cmocka_unit_test(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
