// The six envelopes: their bytes, and what else is accepted for them.
#include <algorithm>
#include <type_traits>

#include "allocation_count.h"
#include "codec/envelope.h"
#include "codec/frame.h"
#include "codec/msgpack.h"
#include "envelope_support.h"
#include "msgpack_spelling.h"
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

using ltn::as_bytes;
using ltn::Bytes;
using ltn::ByteView;
using namespace ltn::codec;
using ltn::test::lies_within;
using ltn::test::packet_with;
using ltn::test::sorted_map;
using ltn::test::unhex;

struct Outcome {
    bool ok = false;
    Bytes again;
    std::string error;
};

template <class Decoded, class Encode>
Outcome outcome_of(const ltn::Result<Decoded>& decoded, Encode&& encode_again)
{
    Outcome out;
    out.ok = decoded.ok();
    out.error = decoded.error().text;
    if (out.ok) encode_again(decoded.value(), out.again);
    return out;
}

// Decodes and encodes again, with the data map in its one spelling; checks by the way that a map
// that needed no rewriting was not copied.
Outcome decode_and_encode(const std::string& kind, const Bytes& input)
{
    const auto check_place = [&](ByteView data, const Bytes& normalised) {
        assert_true(lies_within(data, normalised.empty() ? ByteView(input) : normalised));
    };
    if (kind == "HandshakeRequest") {
        return outcome_of(decode_handshake_request(input),
                          [](const HandshakeRequest& value, Bytes& out) { encode(value, out); });
    }
    if (kind == "HandshakeResponse") {
        return outcome_of(decode_handshake_response(input),
                          [](const HandshakeResponse& value, Bytes& out) { encode(value, out); });
    }
    if (kind == "SynapsePacket") {
        return outcome_of(decode_synapse_packet(input), [&](const SynapsePacket& p, Bytes& out) {
            check_place(p.data, p.normalised);
            encode_synapse_packet(p.synapse_type, sorted_map(p.data), p.timestamp_s, out);
        });
    }
    if (kind == "SynapseResponse") {
        return outcome_of(
            decode_synapse_response(input), [&](const SynapseResponse& r, Bytes& out) {
                check_place(r.data, r.normalised);
                encode_synapse_response(r.success, sorted_map(r.data), r.timestamp_s, r.error, out);
            });
    }
    if (kind == "StreamChunk") {
        return outcome_of(decode_stream_chunk(input), [](const StreamChunk& value, Bytes& out) {
            encode_stream_chunk(value.data, out);
        });
    }
    assert_string_equal(kind.c_str(), "StreamEnd");
    return outcome_of(decode_stream_end(input), [](const StreamEnd& value, Bytes& out) {
        encode_stream_end(value.success, value.error, out);
    });
}

void every_vector_is_accepted_or_refused_as_the_peer_does(void**)
{
    size_t accepted = 0;
    size_t refused = 0;
    for (const ltn::test::Fields& fields : ltn::test::read_vector_lines("envelopes.txt")) {
        const Bytes input = unhex(fields.at(2));
        const Outcome outcome = decode_and_encode(fields[0], input);
        const std::string text = outcome.ok ? "ok " + hex_encode(outcome.again) : "refused";
        const std::string expected = ltn::test::join_fields(fields, 3);
        if (text != expected) {
            std::fprintf(stderr, "vector %s %s: %s\n", fields[0].c_str(), fields[1].c_str(),
                         outcome.error.c_str());
        }
        assert_string_equal(text.c_str(), expected.c_str());
        if (!outcome.ok) assert_true(outcome.error.starts_with(fields[0]));
        ++(outcome.ok ? accepted : refused);
    }
    assert_true(accepted >= 500);
    assert_true(refused >= 1000);
}

void every_cut_envelope_is_refused_and_never_read_past_its_end(void**)
{
    for (const ltn::test::Fields& fields : ltn::test::read_vector_lines("envelopes.txt")) {
        if (fields.at(3) != "ok" || fields[2].size() > 600) continue;
        const Bytes input = unhex(fields[2]);
        const Outcome whole = decode_and_encode(fields[0], input);
        for (size_t cut = 0; cut < input.size(); ++cut) {
            const Bytes part(input.begin(), input.begin() + static_cast<ptrdiff_t>(cut));
            const Outcome outcome = decode_and_encode(fields[0], part);
            // Only bytes that trailed the envelope can be missed.
            if (outcome.ok) assert_true(outcome.again == whole.again);
        }
    }
}

ByteView payload_of(const Bytes& frame, FrameType type)
{
    const ltn::Result<FrameView> parsed = parse_frame(frame, kFramePayloadDefaultMax);
    assert_true(parsed.ok());
    assert_int_equal(static_cast<int>(parsed->type), static_cast<int>(type));
    assert_int_equal(parsed->payload.size() + kFrameHeaderLen, frame.size());
    return parsed->payload;
}

// Each frame decodes, its parts encode to it again, and every shorter payload is refused.
void frame_stands(const char* hex, FrameType type)
{
    const Bytes frame = unhex(hex);
    const ByteView payload = payload_of(frame, type);
    const std::string kind(frame_type_name(type));
    const Bytes exact(payload.begin(), payload.end());
    const Outcome outcome = decode_and_encode(kind, exact);
    assert_true(outcome.ok);
    assert_string_equal(hex_encode(outcome.again).c_str(), hex_encode(exact).c_str());
    const auto header = frame_header(type, static_cast<uint32_t>(outcome.again.size()));
    assert_true(std::equal(header.begin(), header.end(), frame.begin()));
    for (size_t cut = 0; cut < exact.size(); ++cut) {
        const Bytes part(exact.begin(), exact.begin() + static_cast<ptrdiff_t>(cut));
        const Outcome refused = decode_and_encode(kind, part);
        assert_false(refused.ok);
        assert_true(refused.error.find(" at byte ") != std::string::npos);
    }
}

void the_published_frames_are_ours_to_the_byte(void**)
{
    frame_stands("030000001b93a46563686f81a86772656574696e67a568656c6c6fce6553f100",
                 FrameType::synapse_packet);
    frame_stands("030000001a93a46563686f81a77061796c6f6164c40442424242ce6553f100",
                 FrameType::synapse_packet);
    frame_stands("040000001894c381a86772656574696e67a568656c6c6fce6553f100c0",
                 FrameType::synapse_response);
    frame_stands("040000002294c280ce6553f100b9756e7265636f676e697a65642073796e617073652074797065",
                 FrameType::synapse_response);
    frame_stands("050000000991c4066368756e6b31", FrameType::stream_chunk);
    frame_stands("060000000392c3c0", FrameType::stream_end);
    frame_stands("060000001492c2b168616e646c65722074696d6564206f7574", FrameType::stream_end);
}

constexpr char kValidator[] = "5CfCr47V5Dte6bwxNBE8K9oNnQd9fiay6aDEEkgYtFv7w4Fq";
constexpr char kMiner[] = "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH";
constexpr char kRequestSignature[] =
    "IGJ+/0uhZiz64GFtm7qdJTP4XRaiclzK25HjggKq9n8386iveaDTmHgT9prLYxjUqMKwC4wreqIpozV0sUzqjg==";
constexpr char kResponseSignature[] =
    "lrmiQN0C2lJ+dspHZjsWb6pra9c9Per/s0Cxl1gYx0fZ98Wh9hQ1fNjrRktmGTkAIBj29FzIkqrrrwRZ9PH6iA==";

void the_published_handshake_request_is_ours_to_the_byte(void**)
{
    const char* frame =
        "01000000b494d930354366437234375635447465366277784e4245384b396f4e"
        "6e5164396669617936614445456b67597446763777344671ce6553f100d92030"
        "30303130323033303430353036303730383039306130623063306430653066d9"
        "5849474a2b2f3075685a697a36344746746d3771644a54503458526169636c7a"
        "4b3235486a67674b71396e383338366976656144546d4867543970724c59786a"
        "55714d4b7743347772657149706f7a563073557a716a673d3d";
    HandshakeRequest request;
    request.validator_hotkey = kValidator;
    request.timestamp_s = 1'700'000'000;
    request.nonce = "000102030405060708090a0b0c0d0e0f";
    request.signature = kRequestSignature;
    Bytes payload;
    encode(request, payload);
    assert_string_equal(hex_encode(payload).c_str(), frame + 10);
    frame_stands(frame, FrameType::handshake_request);
    const HandshakeRequest decoded = *decode_handshake_request(payload);
    assert_string_equal(decoded.validator_hotkey.c_str(), kValidator);
    assert_int_equal(decoded.timestamp_s, 1'700'000'000);
    assert_string_equal(decoded.nonce.c_str(), request.nonce.c_str());
    assert_string_equal(decoded.signature.c_str(), kRequestSignature);
}

void the_published_handshake_response_is_ours_to_the_byte(void**)
{
    const char* frame =
        "020000010696d930354363797178586e4a756361436e5151767655673545507a"
        "6a31756f4e417841435a767a417248773561564476674e48ce6553f101d9586c"
        "726d69514e3043326c4a2b647370485a6a735762367072613963395065722f73"
        "3043786c3167597830665a3938576839685131664e6a72526b746d47546b4149"
        "426a3239467a496b7172727277525a3950483669413d3dc3d943636f6e6e5f35"
        "4366437234375635447465366277784e4245384b396f4e6e5164396669617936"
        "614445456b675974467637773446715f31373030303030303031323334d92c35"
        "4e5a56306170334e784c6b352b566c666f5578557958494d6561304d65696164"
        "385263634735694837633d";
    HandshakeResponse response;
    response.miner_hotkey = kMiner;
    response.timestamp_s = 1'700'000'001;
    response.signature = kResponseSignature;
    response.accepted = true;
    response.connection_id = "conn_" + std::string(kValidator) + "_1700000001234";
    response.cert_fingerprint = "5NZV0ap3NxLk5+VlfoUxUyXIMea0Meiad8RccG5iH7c=";
    Bytes payload;
    encode(response, payload);
    assert_string_equal(hex_encode(payload).c_str(), frame + 10);
    frame_stands(frame, FrameType::handshake_response);
    const HandshakeResponse decoded = *decode_handshake_response(payload);
    assert_true(decoded.accepted);
    assert_string_equal(decoded.connection_id.c_str(), response.connection_id.c_str());
    assert_string_equal(decoded.cert_fingerprint->c_str(), response.cert_fingerprint->c_str());
}

void an_old_response_without_fingerprint_reads_as_none(void**)
{
    const ltn::Result<HandshakeResponse> decoded =
        decode_handshake_response(unhex("95a0ce6553f100a0c2a0"));
    assert_true(decoded.ok());
    assert_false(decoded->cert_fingerprint.has_value());
    assert_false(decoded->accepted);
}

std::string packet_refusal(const char* hex)
{
    const ltn::Result<SynapsePacket> packet = decode_synapse_packet(unhex(hex));
    assert_false(packet.ok());
    assert_int_equal(static_cast<int>(packet.error().code), static_cast<int>(ltn::Code::malformed));
    assert_int_equal(static_cast<int>(packet.error().category),
                     static_cast<int>(ltn::Category::serialization));
    return packet.error().text;
}

void a_refusal_names_field_expectation_and_offset(void**)
{
    const struct {
        const char* hex;
        const char* text;
    } rows[] = {
        {"", "SynapsePacket: expected a value, got the end at byte 0"},
        {"c0", "SynapsePacket: expected an array or a map, got nil at byte 0"},
        {"92a16180", "SynapsePacket: expected an array of 3 elements, got 2 at byte 0"},
        {"94a16180",
         "SynapsePacket: expected 4 elements after the marker at byte 0, "
         "got only 3 bytes"},
        {"94a1618001c0", "SynapsePacket: expected an array of 3 elements, got 4 at byte 0"},
        {"93908001", "SynapsePacket.synapse_type: expected a str, got array at byte 1"},
        {"93a1ff8001", "SynapsePacket.synapse_type: expected UTF-8, got other bytes at byte 1"},
        {"93a16180ff",
         "SynapsePacket.timestamp: expected an unsigned integer, "
         "got negative integer at byte 4"},
        {"93a161c001", "SynapsePacket.data: expected a map for data, got nil at byte 3"},
        {"93a1618107c001",
         "SynapsePacket.data: expected a str key in data, "
         "got unsigned integer at byte 4"},
        {"93a16181a1ffc001",
         "SynapsePacket.data: expected a UTF-8 key in data, "
         "got other bytes at byte 4"},
        {"93a161ce", "SynapsePacket.data: expected 4 bytes after the marker at byte 3, got 0"},
        {"8200a1610180",
         "SynapsePacket.timestamp: expected the field, "
         "got a map without it at byte 0"},
        {"8400a1610180020100a161",
         "SynapsePacket.synapse_type: expected the field once, "
         "got it again before byte 9"},
        {"81c001", "SynapsePacket: expected a field name or position, got nil at byte 1"},
    };
    for (const auto& row : rows) {
        assert_string_equal(packet_refusal(row.hex).c_str(), row.text);
    }
}

// `levels` of arrays in one entry of `data`.
Bytes packet_with_arrays(size_t levels, bool by_name)
{
    Bytes out;
    msgpack::Writer writer(out);
    if (by_name) {
        writer.map(3);
        writer.str("timestamp");
        writer.unsigned_int(1);
        writer.str("synapse_type");
        writer.str("t");
        writer.str("data");
    } else {
        writer.array(3);
        writer.str("t");
    }
    writer.map(1);
    writer.str("a");
    for (size_t i = 1; i < levels; ++i) writer.array(1);
    writer.array(0);
    if (!by_name) writer.unsigned_int(1);
    return out;
}

void nesting_is_accepted_to_1021_arrays_in_data_and_no_further(void**)
{
    for (bool by_name : {false, true}) {
        assert_true(decode_synapse_packet(packet_with_arrays(1021, by_name)).ok());
        const ltn::Result<SynapsePacket> deeper =
            decode_synapse_packet(packet_with_arrays(1022, by_name));
        assert_false(deeper.ok());
        assert_true(deeper.error().text.find("1023 levels") != std::string::npos);
    }
}

void a_skipped_entry_counts_its_levels_too(void**)
{
    for (size_t levels : {1022, 1023}) {
        Bytes bytes;
        msgpack::Writer writer(bytes);
        writer.map(2);
        writer.str("success");
        writer.boolean(true);
        writer.str("unknown");
        for (size_t i = 1; i < levels; ++i) writer.array(1);
        writer.array(0);
        assert_int_equal(decode_stream_end(bytes).ok(), levels == 1022);
    }
}

void a_chunk_is_taken_as_bin_str_or_array_of_bytes(void**)
{
    for (const char* hex : {"91c4026162", "91a26162", "91920061", "91d9026162", "9192cc61d062"}) {
        const Bytes payload = unhex(hex);
        const ltn::Result<StreamChunk> chunk = decode_stream_chunk(payload);
        assert_true(chunk.ok());
        assert_int_equal(chunk->data.size(), 2);
    }
    const Bytes payload = unhex("91dc000300ccff7f");
    const ltn::Result<StreamChunk> chunk = decode_stream_chunk(payload);
    assert_string_equal(hex_encode(chunk->data).c_str(), "00ff7f");
    const ltn::Result<StreamChunk> wide = decode_stream_chunk(unhex("9191cd0100"));
    assert_string_equal(wide.error().text.c_str(),
                        "StreamChunk.data: expected an integer from 0 to 255, "
                        "got unsigned integer at byte 2");
}

void a_decoded_packet_keeps_its_views_when_it_moves(void**)
{
    static_assert(!std::is_copy_constructible_v<SynapsePacket>);
    static_assert(!std::is_copy_assignable_v<SynapseResponse>);
    const Bytes payload = packet_with(unhex("81c4016107"));
    ltn::Result<SynapsePacket> decoded = decode_synapse_packet(payload);
    const SynapsePacket moved = std::move(decoded.value());
    assert_string_equal(hex_encode(moved.data).c_str(), "81a16107");
    assert_true(lies_within(moved.data, moved.normalised));
}

void an_echo_decodes_without_an_allocation(void**)
{
    Bytes data;
    msgpack::Writer writer(data);
    writer.map(2);
    writer.str("payload");
    writer.bin(Bytes(700, 0x42));
    writer.str("text");
    writer.str(std::string(300, 't'));
    const Bytes packet = packet_with(data);
    Bytes response;
    encode_synapse_response(true, data, 7, std::nullopt, response);
    const size_t allocated = ltn::test::allocations_of([&] {
        assert_true(decode_synapse_packet(packet).ok());
        assert_true(decode_synapse_response(response).ok());
    });
    assert_int_equal(allocated, 0);
}

void encoders_append_and_leave_what_was_there(void**)
{
    Bytes out = {0xaa};
    encode_stream_chunk(as_bytes("x"), out);
    encode_stream_end(true, std::nullopt, out);
    encode_synapse_packet("t", kEmptyMap, 1, out);
    encode_synapse_response(false, kEmptyMap, 1, "e", out);
    assert_string_equal(hex_encode(out).c_str(), "aa91c4017892c3c093a174800194c28001a165");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_accepted_or_refused_as_the_peer_does),
        cmocka_unit_test(every_cut_envelope_is_refused_and_never_read_past_its_end),
        cmocka_unit_test(the_published_frames_are_ours_to_the_byte),
        cmocka_unit_test(the_published_handshake_request_is_ours_to_the_byte),
        cmocka_unit_test(the_published_handshake_response_is_ours_to_the_byte),
        cmocka_unit_test(an_old_response_without_fingerprint_reads_as_none),
        cmocka_unit_test(a_refusal_names_field_expectation_and_offset),
        cmocka_unit_test(nesting_is_accepted_to_1021_arrays_in_data_and_no_further),
        cmocka_unit_test(a_skipped_entry_counts_its_levels_too),
        cmocka_unit_test(a_chunk_is_taken_as_bin_str_or_array_of_bytes),
        cmocka_unit_test(a_decoded_packet_keeps_its_views_when_it_moves),
        cmocka_unit_test(an_echo_decodes_without_an_allocation),
        cmocka_unit_test(encoders_append_and_leave_what_was_there),
    };
    return cmocka_run_group_tests_name("envelope", tests, nullptr, nullptr);
}
