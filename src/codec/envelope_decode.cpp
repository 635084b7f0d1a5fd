// The fields of the six structures in wire order, and where each goes.
#include "codec/envelope.h"
#include "codec/envelope_reader.h"

namespace ltn::codec {

namespace {

constexpr EnvelopeField kHandshakeRequestFields[] = {
    {"validator_hotkey"}, {"timestamp"}, {"nonce"}, {"signature"}};
constexpr EnvelopeField kHandshakeResponseFields[] = {
    {"miner_hotkey"}, {"timestamp"},     {"signature"},
    {"accepted"},     {"connection_id"}, {"cert_fingerprint", true, true}};
constexpr EnvelopeField kSynapsePacketFields[] = {{"synapse_type"}, {"data"}, {"timestamp"}};
constexpr EnvelopeField kSynapseResponseFields[] = {
    {"success"}, {"data"}, {"timestamp"}, {"error", true, false}};
constexpr EnvelopeField kStreamChunkFields[] = {{"data"}};
constexpr EnvelopeField kStreamEndFields[] = {{"success"}, {"error", true, false}};

}  // namespace

Result<HandshakeRequest> decode_handshake_request(ByteView payload)
{
    EnvelopeReader reader("HandshakeRequest", payload);
    HandshakeRequest out;
    const bool ok = reader.read(kHandshakeRequestFields, [&](size_t index) {
        switch (index) {
            case 0: return reader.read_text(out.validator_hotkey);
            case 1: return reader.read_u64(out.timestamp_s);
            case 2: return reader.read_text(out.nonce);
            default: return reader.read_text(out.signature);
        }
    });
    if (!ok) return reader.error();
    return out;
}

Result<HandshakeResponse> decode_handshake_response(ByteView payload)
{
    EnvelopeReader reader("HandshakeResponse", payload);
    HandshakeResponse out;
    std::optional<std::string_view> fingerprint;
    const bool ok = reader.read(kHandshakeResponseFields, [&](size_t index) {
        switch (index) {
            case 0: return reader.read_text(out.miner_hotkey);
            case 1: return reader.read_u64(out.timestamp_s);
            case 2: return reader.read_text(out.signature);
            case 3: return reader.read_bool(out.accepted);
            case 4: return reader.read_text(out.connection_id);
            default: return reader.read_optional_text(fingerprint);
        }
    });
    if (!ok) return reader.error();
    if (fingerprint) out.cert_fingerprint.emplace(*fingerprint);
    return out;
}

Result<SynapsePacket> decode_synapse_packet(ByteView payload)
{
    EnvelopeReader reader("SynapsePacket", payload);
    SynapsePacket out;
    const bool ok = reader.read(kSynapsePacketFields, [&](size_t index) {
        switch (index) {
            case 0: return reader.read_text(out.synapse_type);
            case 1: return reader.read_data(out.data, out.normalised);
            default: return reader.read_u64(out.timestamp_s);
        }
    });
    if (!ok) return reader.error();
    return out;
}

Result<SynapseResponse> decode_synapse_response(ByteView payload)
{
    EnvelopeReader reader("SynapseResponse", payload);
    SynapseResponse out;
    const bool ok = reader.read(kSynapseResponseFields, [&](size_t index) {
        switch (index) {
            case 0: return reader.read_bool(out.success);
            case 1: return reader.read_data(out.data, out.normalised);
            case 2: return reader.read_u64(out.timestamp_s);
            default: return reader.read_optional_text(out.error);
        }
    });
    if (!ok) return reader.error();
    return out;
}

Result<StreamChunk> decode_stream_chunk(ByteView payload)
{
    EnvelopeReader reader("StreamChunk", payload);
    StreamChunk out;
    const bool ok = reader.read(
        kStreamChunkFields, [&](size_t) { return reader.read_bytes(out.data, out.normalised); });
    if (!ok) return reader.error();
    return out;
}

Result<StreamEnd> decode_stream_end(ByteView payload)
{
    EnvelopeReader reader("StreamEnd", payload);
    StreamEnd out;
    const bool ok = reader.read(kStreamEndFields, [&](size_t index) {
        return index == 0 ? reader.read_bool(out.success) : reader.read_optional_text(out.error);
    });
    if (!ok) return reader.error();
    return out;
}

}  // namespace ltn::codec
