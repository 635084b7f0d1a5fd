// The six envelope structures of the wire (spec/transport.md 1.10 to 1.12). Written positionally,
// read positionally and by name as the original's decoder does. The `data` map stays MessagePack
// bytes: validated and normalised (top-level bin keys become str, the last of a repeated key wins, a
// str that is not UTF-8 becomes bin), never turned into a tree.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace ltn::codec {

struct HandshakeRequest {
    std::string validator_hotkey;
    uint64_t timestamp_s = 0;
    std::string nonce;
    std::string signature;  // Base64 text, not yet decoded
};

struct HandshakeResponse {
    std::string miner_hotkey;
    uint64_t timestamp_s = 0;
    std::string signature;
    bool accepted = false;
    std::string connection_id;
    std::optional<std::string> cert_fingerprint;
};

// Views point into the decoded payload, or into `normalised` when the data map had to be rewritten.
// These move and do not copy: the view of a copy would point into the original.
struct MoveOnly {
    MoveOnly() = default;
    MoveOnly(MoveOnly&&) = default;
    MoveOnly& operator=(MoveOnly&&) = default;
};

struct SynapsePacket : MoveOnly {
    std::string_view synapse_type;
    ByteView data;  // a MessagePack map
    uint64_t timestamp_s = 0;
    Bytes normalised;
};

struct SynapseResponse : MoveOnly {
    bool success = false;
    ByteView data;
    uint64_t timestamp_s = 0;
    std::optional<std::string_view> error;
    Bytes normalised;
};

struct StreamChunk : MoveOnly {
    ByteView data;
    Bytes normalised;  // when it came as an array of integers
};

struct StreamEnd {
    bool success = false;
    std::optional<std::string_view> error;
};

// Encoders append the payload (without frame header) to `out`.
void encode(const HandshakeRequest& value, Bytes& out);
void encode(const HandshakeResponse& value, Bytes& out);
// `data` must be one valid MessagePack map (check_data_map). Split in head and tail so that a large
// map is sent from where it lies.
void encode_synapse_packet(std::string_view synapse_type, ByteView data, uint64_t timestamp_s,
                           Bytes& out);
void encode_synapse_response(bool success, ByteView data, uint64_t timestamp_s,
                             std::optional<std::string_view> error, Bytes& out);
void encode_stream_chunk(ByteView data, Bytes& out);
void encode_stream_end(bool success, std::optional<std::string_view> error, Bytes& out);

// Decoders: errors are Code::malformed, Category::serialization, and say what was expected, what
// came, and at which offset. `payload` must outlive the views.
Result<HandshakeRequest> decode_handshake_request(ByteView payload);
Result<HandshakeResponse> decode_handshake_response(ByteView payload);
Result<SynapsePacket> decode_synapse_packet(ByteView payload);
Result<SynapseResponse> decode_synapse_response(ByteView payload);
Result<StreamChunk> decode_stream_chunk(ByteView payload);
Result<StreamEnd> decode_stream_end(ByteView payload);

// What a host hands in as `data`: exactly one map, str or bin keys that are UTF-8, nesting within
// the limit, nothing after it. Returns the normalised map (empty Bytes: the input is fine as is).
Result<Bytes> check_data_map(ByteView data);

inline constexpr uint8_t kEmptyMap[1] = {0x80};

}  // namespace ltn::codec
