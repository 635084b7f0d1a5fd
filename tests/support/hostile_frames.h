// Frames as an honest peer would send them, each field open to change, and a look at what came.
#pragma once

#include <string>
#include <vector>

#include "support/transport_recorders.h"
#include "transport/wire_token.h"

namespace ltn::test {

// One side's handshake, with the fields of both tokens. `second` says which is written.
struct Hello {
    bool second = false;
    std::string hotkey;
    uint64_t timestamp_s = 0;
    std::string nonce;
    std::string fingerprint;
    std::string exporter;
    std::string expected;  // of the second token
    uint64_t frame_payload_max = codec::kFramePayloadMaxMax;
    std::string signature;  // Base64

    void sign(const crypto::KeyPair& pair)
    {
        const std::string text =
            second ? transport::request_string2(hotkey, expected, timestamp_s, nonce, fingerprint,
                                                exporter)
                   : transport::request_string(hotkey, timestamp_s, nonce, fingerprint);
        signature = codec::base64_encode(sign_with(pair, as_bytes(text)));
    }
    Bytes payload() const
    {
        codec::HandshakeRequest2 out;
        out.validator_hotkey = hotkey;
        out.timestamp_s = timestamp_s;
        out.nonce = nonce;
        out.signature = signature;
        out.expected_hotkey = expected;
        out.frame_payload_max = frame_payload_max;
        Bytes bytes;
        if (second) {
            codec::encode(out, bytes);
        } else {
            codec::encode(static_cast<const codec::HandshakeRequest&>(out), bytes);
        }
        return bytes;
    }
    Bytes framed() const { return frame(codec::FrameType::handshake_request, payload()); }
};

// What a server answers such a handshake with, ready to be changed.
struct Proof {
    codec::HandshakeRequest2 asked;
    bool second = false;
    std::string exporter;
    std::string fingerprint;
    codec::HandshakeResponse2 out;

    void sign(const crypto::KeyPair& pair)
    {
        const std::string text =
            second
                ? transport::response_string2(asked.validator_hotkey, out.miner_hotkey,
                                              out.timestamp_s, asked.nonce, fingerprint, exporter)
                : transport::response_string(asked.validator_hotkey, out.miner_hotkey,
                                             out.timestamp_s, asked.nonce, fingerprint);
        out.signature = codec::base64_encode(sign_with(pair, as_bytes(text)));
    }
    Bytes framed() const
    {
        Bytes bytes;
        if (second) {
            codec::encode(out, bytes);
        } else {
            codec::encode(static_cast<const codec::HandshakeResponse&>(out), bytes);
        }
        return frame(codec::FrameType::handshake_response, bytes);
    }
};

// A header that declares what it likes.
inline Bytes header(uint8_t type, uint32_t len)
{
    return {type, static_cast<uint8_t>(len >> 24), static_cast<uint8_t>(len >> 16),
            static_cast<uint8_t>(len >> 8), static_cast<uint8_t>(len)};
}

inline Bytes join(std::initializer_list<Bytes> parts)
{
    Bytes out;
    for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

inline Bytes framed(uint8_t type, const Bytes& payload)
{
    return join({header(type, static_cast<uint32_t>(payload.size())), payload});
}

inline Bytes request_frame(std::string_view type, bool second, codec::RequestTerms terms = {},
                           ByteView data = codec::kEmptyMap)
{
    Bytes payload;
    codec::msgpack::Writer writer(payload);
    writer.array(second ? codec::kRequest2Elements : 3);
    writer.str(type);
    writer.raw(data);
    if (second) {
        codec::encode_request_tail(1'700'000'000, terms, payload);
    } else {
        writer.unsigned_int(1'700'000'000);
    }
    return frame(codec::FrameType::synapse_packet, payload);
}

inline Bytes chunk_frame(ByteView data)
{
    Bytes payload;
    codec::encode_stream_chunk(data, payload);
    return frame(codec::FrameType::stream_chunk, payload);
}

inline Bytes end_frame(bool second)
{
    Bytes payload;
    if (second) {
        codec::encode_stream_end2(std::nullopt, std::nullopt, payload);
    } else {
        codec::encode_stream_end(true, std::nullopt, payload);
    }
    return frame(codec::FrameType::stream_end, payload);
}

inline Bytes answer_frame(bool second)
{
    Bytes payload;
    if (!second) {
        codec::encode_synapse_response(true, codec::kEmptyMap, 1'700'000'000, std::nullopt,
                                       payload);
        return frame(codec::FrameType::synapse_response, payload);
    }
    codec::msgpack::Writer writer(payload);
    writer.array(codec::kResponse2Elements);
    writer.boolean(true);
    writer.raw(codec::kEmptyMap);
    codec::encode_answer_tail(1'700'000'000, std::nullopt, std::nullopt, payload);
    return frame(codec::FrameType::synapse_response, payload);
}

namespace detail {

inline std::string word_for(const codec::FrameView& seen, bool second)
{
    using codec::FrameType;
    switch (seen.type) {
        case FrameType::handshake_response: {
            codec::HandshakeResponse out;
            if (second) {
                auto decoded = codec::decode_handshake_response2(seen.payload);
                if (!decoded.ok()) return "unreadable";
                if (decoded->reason != 0)
                    return "refused, reason " + std::to_string(decoded->reason);
                out = decoded.value();
            } else {
                auto decoded = codec::decode_handshake_response(seen.payload);
                if (!decoded.ok()) return "unreadable";
                out = decoded.value();
            }
            if (out.accepted) return "accepted";
            return out.miner_hotkey.empty() ? "refused by nobody" : "refused";
        }
        case FrameType::synapse_response: {
            std::string text;
            bool success = false;
            if (second) {
                auto decoded = codec::decode_synapse_response2(seen.payload);
                if (!decoded.ok()) return "unreadable";
                success = decoded->success;
                text = std::string(decoded->error.value_or("no text")) + ", code " +
                       std::to_string(decoded->code.value_or(0));
            } else {
                auto decoded = codec::decode_synapse_response(seen.payload);
                if (!decoded.ok()) return "unreadable";
                success = decoded->success;
                text = decoded->error.value_or("no text");
            }
            return success ? "answer" : text;
        }
        case FrameType::stream_end: {
            if (second) {
                auto decoded = codec::decode_stream_end2(seen.payload);
                if (!decoded.ok()) return "unreadable";
                return decoded->success ? "end"
                                        : "end: " + std::string(decoded->error.value_or(""));
            }
            auto decoded = codec::decode_stream_end(seen.payload);
            if (!decoded.ok()) return "unreadable";
            return decoded->success ? "end" : "end: " + std::string(decoded->error.value_or(""));
        }
        case FrameType::stream_chunk: return "chunk";
        default: return std::string(codec::frame_type_name(seen.type));
    }
}

}  // namespace detail

// Equal words in a row become one with a number.
inline std::string joined(const std::vector<std::string>& words)
{
    std::string out;
    for (size_t at = 0; at < words.size();) {
        size_t end = at;
        while (end < words.size() && words[end] == words[at]) ++end;
        if (!out.empty()) out += " + ";
        if (end - at > 1) out += std::to_string(end - at) + " x ";
        out += words[at];
        at = end;
    }
    return out;
}

// The frames of a stream in words: "answer", "3 x chunk + end", or the text of a failure.
inline std::string in_words(ByteView bytes, bool second)
{
    std::vector<std::string> words;
    while (!bytes.empty()) {
        auto seen = codec::parse_frame(bytes, codec::kFramePayloadMaxMax);
        if (!seen.ok()) {
            words.emplace_back("half a frame");
            break;
        }
        words.push_back(detail::word_for(seen.value(), second));
        bytes = bytes.subspan(codec::kFrameHeaderLen + seen->payload.size());
    }
    return joined(words);
}

}  // namespace ltn::test
