#include "codec/envelope2.h"

#include <algorithm>

#include "codec/envelope_reader.h"
#include "codec/msgpack.h"

namespace ltn::codec {

namespace {

using msgpack::Writer;

constexpr std::string_view kHandshakeRequest[] = {
    "validator_hotkey", "timestamp", "nonce", "signature", "expected_hotkey", "frame_payload_max"};
constexpr std::string_view kHandshakeResponse[] = {
    "miner_hotkey",  "timestamp",        "signature",         "accepted",
    "connection_id", "cert_fingerprint", "frame_payload_max", "reason"};
constexpr std::string_view kRequest[] = {"synapse_type", "data",     "timestamp",
                                         "deadline_ms",  "priority", "flags"};
constexpr std::string_view kResponse[] = {"success", "data", "timestamp", "error", "code"};
constexpr std::string_view kChunk[] = {"data"};
constexpr std::string_view kEnd[] = {"success", "error", "code"};

void optional_text(Writer& writer, std::optional<std::string_view> text)
{
    if (text) {
        writer.str(*text);
    } else {
        writer.nil();
    }
}

void optional_code(Writer& writer, std::optional<AnswerCode> code)
{
    if (code) {
        writer.unsigned_int(static_cast<uint64_t>(*code));
    } else {
        writer.nil();
    }
}

}  // namespace

void encode(const HandshakeRequest2& value, Bytes& out)
{
    Writer writer(out);
    writer.array(6);
    writer.str(value.validator_hotkey);
    writer.unsigned_int(value.timestamp_s);
    writer.str(value.nonce);
    writer.str(value.signature);
    writer.str(value.expected_hotkey);
    writer.unsigned_int(value.frame_payload_max);
}

void encode(const HandshakeResponse2& value, Bytes& out)
{
    Writer writer(out);
    writer.array(8);
    writer.str(value.miner_hotkey);
    writer.unsigned_int(value.timestamp_s);
    writer.str(value.signature);
    writer.boolean(value.accepted);
    writer.str(value.connection_id);
    optional_text(writer, value.cert_fingerprint);
    writer.unsigned_int(value.frame_payload_max);
    writer.unsigned_int(value.reason);
}

void encode_request_tail(uint64_t timestamp_s, const RequestTerms& terms, Bytes& out)
{
    Writer writer(out);
    writer.unsigned_int(timestamp_s);
    if (terms.deadline_ms.has_value()) {
        writer.unsigned_int(*terms.deadline_ms);
    } else {
        writer.nil();
    }
    writer.unsigned_int(std::min(terms.priority, kPriorityMax));
    writer.unsigned_int(terms.more_follows ? kRequestMoreFollows : 0);
}

void encode_answer_tail(uint64_t timestamp_s, std::optional<std::string_view> error,
                        std::optional<AnswerCode> code, Bytes& out)
{
    Writer writer(out);
    writer.unsigned_int(timestamp_s);
    optional_text(writer, error);
    optional_code(writer, code);
}

void encode_stream_end2(std::optional<std::string_view> error, std::optional<AnswerCode> code,
                        Bytes& out)
{
    Writer writer(out);
    writer.array(3);
    writer.boolean(!error.has_value());
    optional_text(writer, error);
    optional_code(writer, code);
}

Result<HandshakeRequest2> decode_handshake_request2(ByteView payload)
{
    EnvelopeReader reader("HandshakeRequest2", payload);
    HandshakeRequest2 out;
    const bool ok = reader.read_leading(kHandshakeRequest, [&](size_t index) {
        switch (index) {
            case 0: return reader.read_text(out.validator_hotkey);
            case 1: return reader.read_u64(out.timestamp_s);
            case 2: return reader.read_text(out.nonce);
            case 3: return reader.read_text(out.signature);
            case 4: return reader.read_text(out.expected_hotkey);
            default: return reader.read_u64(out.frame_payload_max);
        }
    });
    if (!ok) return reader.error();
    return out;
}

Result<HandshakeResponse2> decode_handshake_response2(ByteView payload)
{
    EnvelopeReader reader("HandshakeResponse2", payload);
    HandshakeResponse2 out;
    std::optional<std::string_view> fingerprint;
    const bool ok = reader.read_leading(kHandshakeResponse, [&](size_t index) {
        switch (index) {
            case 0: return reader.read_text(out.miner_hotkey);
            case 1: return reader.read_u64(out.timestamp_s);
            case 2: return reader.read_text(out.signature);
            case 3: return reader.read_bool(out.accepted);
            case 4: return reader.read_text(out.connection_id);
            case 5: return reader.read_optional_text(fingerprint);
            case 6: return reader.read_u64(out.frame_payload_max);
            default: return reader.read_u64(out.reason);
        }
    });
    if (!ok) return reader.error();
    if (fingerprint) out.cert_fingerprint.emplace(*fingerprint);
    return out;
}

Result<SynapsePacket2> decode_synapse_packet2(ByteView payload)
{
    EnvelopeReader reader("SynapsePacket2", payload);
    SynapsePacket2 out;
    uint64_t priority = 0, flags = 0;
    const bool ok = reader.read_leading(kRequest, [&](size_t index) {
        switch (index) {
            case 0: return reader.read_text(out.synapse_type);
            case 1: return reader.read_data(out.data, out.normalised);
            case 2: return reader.read_u64(out.timestamp_s);
            case 3: return reader.read_optional_u64(out.terms.deadline_ms);
            case 4: return reader.read_u64(priority);
            default: return reader.read_u64(flags);
        }
    });
    if (!ok) return reader.error();
    out.terms.priority = static_cast<uint8_t>(std::min<uint64_t>(priority, kPriorityMax));
    out.terms.more_follows = (flags & kRequestMoreFollows) != 0;
    return out;
}

Result<SynapseResponse2> decode_synapse_response2(ByteView payload)
{
    EnvelopeReader reader("SynapseResponse2", payload);
    SynapseResponse2 out;
    const bool ok = reader.read_leading(kResponse, [&](size_t index) {
        switch (index) {
            case 0: return reader.read_bool(out.success);
            case 1: return reader.read_data(out.data, out.normalised);
            case 2: return reader.read_u64(out.timestamp_s);
            case 3: return reader.read_optional_text(out.error);
            default: return reader.read_optional_u64(out.code);
        }
    });
    if (!ok) return reader.error();
    return out;
}

Result<StreamChunk> decode_stream_chunk2(ByteView payload)
{
    EnvelopeReader reader("StreamChunk2", payload);
    StreamChunk out;
    const bool ok = reader.read_leading(
        kChunk, [&](size_t) { return reader.read_bytes(out.data, out.normalised); });
    if (!ok) return reader.error();
    return out;
}

Result<StreamEnd2> decode_stream_end2(ByteView payload)
{
    EnvelopeReader reader("StreamEnd2", payload);
    StreamEnd2 out;
    const bool ok = reader.read_leading(kEnd, [&](size_t index) {
        switch (index) {
            case 0: return reader.read_bool(out.success);
            case 1: return reader.read_optional_text(out.error);
            default: return reader.read_optional_u64(out.code);
        }
    });
    if (!ok) return reader.error();
    return out;
}

}  // namespace ltn::codec
