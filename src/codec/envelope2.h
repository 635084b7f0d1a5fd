// The envelopes of the second protocol token, `btlightning/2` (docs/wire-2.md). Arrays only. They are
// read by their first elements: what follows those is skipped, so that the token can grow.
#pragma once

#include "codec/envelope.h"

namespace ltn::codec {

// Why a handshake was refused, as far as a stranger may know.
enum class RefusalReason : uint8_t {
    untold = 0,
    other_hotkey = 1,   // the server is not the one that the client expects
    clock = 2,          // the response's timestamp minus the request's is the difference
    not_permitted = 3,  // the hotkey has no permit
    busy = 4,           // again later
};

// What went wrong with a request, beside the text.
enum class AnswerCode : uint8_t {
    unauthenticated = 1,
    invalid_request = 2,
    unknown_type = 3,
    handler_failed = 4,
    timed_out = 5,
    too_large = 6,  // the answer
    busy = 7,
};

inline constexpr uint8_t kPriorityMax = 7;  // the most urgent
inline constexpr uint8_t kPriorityDefault = 3;
inline constexpr uint64_t kRequestMoreFollows = 1;  // flag: chunks of the client follow the request

struct HandshakeRequest2 : HandshakeRequest {
    std::string expected_hotkey;
    uint64_t frame_payload_max = 0;
};

struct HandshakeResponse2 : HandshakeResponse {
    uint64_t frame_payload_max = 0;
    uint64_t reason = 0;  // RefusalReason; others are like untold
};

struct RequestTerms {
    std::optional<uint64_t> deadline_ms;  // from its arrival
    uint8_t priority = kPriorityDefault;
    bool more_follows = false;
};

struct SynapsePacket2 : SynapsePacket {
    RequestTerms terms;
};

struct SynapseResponse2 : SynapseResponse {
    std::optional<uint64_t> code;  // AnswerCode
};

struct StreamEnd2 : StreamEnd {
    std::optional<uint64_t> code;
};

void encode(const HandshakeRequest2& value, Bytes& out);
void encode(const HandshakeResponse2& value, Bytes& out);
// What follows the data in a request and in an answer.
void encode_request_tail(uint64_t timestamp_s, const RequestTerms& terms, Bytes& out);
void encode_answer_tail(uint64_t timestamp_s, std::optional<std::string_view> error,
                        std::optional<AnswerCode> code, Bytes& out);
void encode_stream_end2(std::optional<std::string_view> error, std::optional<AnswerCode> code,
                        Bytes& out);

// Elements of the two arrays that are written around their data.
inline constexpr uint32_t kRequest2Elements = 6;
inline constexpr uint32_t kResponse2Elements = 5;

Result<HandshakeRequest2> decode_handshake_request2(ByteView payload);
Result<HandshakeResponse2> decode_handshake_response2(ByteView payload);
Result<SynapsePacket2> decode_synapse_packet2(ByteView payload);
Result<SynapseResponse2> decode_synapse_response2(ByteView payload);
Result<StreamChunk> decode_stream_chunk2(ByteView payload);
Result<StreamEnd2> decode_stream_end2(ByteView payload);

}  // namespace ltn::codec
