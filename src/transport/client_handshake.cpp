#include "transport/client_handshake.h"

#include "transport/handshake_strings.h"

namespace ltn::transport {

namespace {

constexpr size_t kSignatureLen = sizeof(crypto::Signature);

Error protocol_error(std::string text)
{
    return Error(Code::handshake_protocol, Category::handshake, std::move(text));
}

Result<codec::HandshakeResponse2> decode_response(ByteView payload, bool second)
{
    if (second) return codec::decode_handshake_response2(payload);
    auto first = codec::decode_handshake_response(payload);
    if (!first.ok()) return first.error();
    codec::HandshakeResponse2 out;
    static_cast<codec::HandshakeResponse&>(out) = std::move(first.value());
    out.frame_payload_max = codec::kFramePayloadMaxMax;
    return out;
}

// Who refuses need not have proved anything: what is said here is for people.
Error rejection(const codec::HandshakeResponse2& response, const HandshakeAttempt& attempt)
{
    std::string text = "Handshake rejected by miner";
    switch (static_cast<codec::RefusalReason>(response.reason)) {
        case codec::RefusalReason::clock: {
            const bool ahead = response.timestamp_s >= attempt.timestamp_s;
            const uint64_t apart = ahead ? response.timestamp_s - attempt.timestamp_s
                                         : attempt.timestamp_s - response.timestamp_s;
            text += ": its clock is " + std::to_string(apart) + " s " +
                    (ahead ? "ahead of" : "behind") + " ours";
            break;
        }
        case codec::RefusalReason::not_permitted: text += ": hotkey not permitted there"; break;
        case codec::RefusalReason::busy: text += ": busy"; break;
        default: break;
    }
    return Error(Code::handshake_rejected, Category::handshake, std::move(text));
}

}  // namespace

std::string text_to_sign(const Hotkey& hotkey, const HandshakeAttempt& attempt)
{
    if (!attempt.second()) {
        return request_string(hotkey.text, attempt.timestamp_s, attempt.nonce, attempt.fingerprint);
    }
    return request_string2(hotkey.text, attempt.expected, attempt.timestamp_s, attempt.nonce,
                           attempt.fingerprint, attempt.exporter);
}

Bytes encode_request(const Hotkey& hotkey, const HandshakeAttempt& attempt, ByteView signature,
                     uint64_t frame_payload_max)
{
    codec::HandshakeRequest2 request;
    request.validator_hotkey = hotkey.text;
    request.timestamp_s = attempt.timestamp_s;
    request.nonce = attempt.nonce;
    request.signature = codec::base64_encode(signature);
    Bytes payload;
    if (attempt.second()) {
        request.expected_hotkey = attempt.expected;
        request.frame_payload_max = frame_payload_max;
        codec::encode(request, payload);
    } else {
        codec::encode(static_cast<const codec::HandshakeRequest&>(request), payload);
    }
    return payload;
}

Result<codec::HandshakeResponse2> read_response(codec::FrameType type, ByteView payload,
                                                const HandshakeAttempt& attempt)
{
    if (type != codec::FrameType::handshake_response) {
        return Error(
            Code::unexpected_frame, Category::handshake,
            "Expected HandshakeResponse, got " + std::string(codec::frame_type_name(type)));
    }
    auto response = decode_response(payload, attempt.second());
    if (!response.ok()) {
        return Error(Code::malformed, Category::serialization,
                     "Failed to parse handshake response: " + response.error().text);
    }
    const auto reason = static_cast<codec::RefusalReason>(response->reason);
    const bool names_another = attempt.second() && reason == codec::RefusalReason::other_hotkey;
    if (!response->accepted && !names_another) return rejection(response.value(), attempt);
    return response;
}

std::optional<crypto::PublicKey> named_key(const codec::HandshakeResponse& response,
                                           codec::Ss58Policy policy)
{
    auto named = codec::ss58_decode(response.miner_hotkey, policy);
    if (!named.ok()) return std::nullopt;
    return named->key;
}

Error mismatch_error(const crypto::PublicKey& expected, const codec::HandshakeResponse& response)
{
    return Error(Code::hotkey_mismatch, Category::handshake,
                 "Miner hotkey mismatch: expected " + codec::ss58_encode(expected) + ", got " +
                     quoted_for_error(response.miner_hotkey));
}

Error no_route(const crypto::PublicKey& peer, const Address& address)
{
    return Error(
        Code::hotkey_mismatch, Category::handshake,
        "no authenticated route for " + codec::ss58_encode(peer) + " at " + address.text());
}

Result<crypto::PublicKey> verify_response(const codec::HandshakeResponse& response,
                                          const Hotkey& own, const HandshakeAttempt& attempt,
                                          codec::Ss58Policy policy)
{
    if (!response.cert_fingerprint.has_value()) {
        return Error(Code::fingerprint_mismatch, Category::handshake,
                     "Miner handshake response omitted required cert fingerprint");
    }
    if (*response.cert_fingerprint != attempt.fingerprint) {
        return Error(Code::fingerprint_mismatch, Category::handshake,
                     "Cert fingerprint mismatch between TLS session and handshake response");
    }
    if (response.signature.empty()) return protocol_error("Miner returned empty signature");
    auto named = codec::ss58_decode(response.miner_hotkey, policy);
    if (!named.ok()) {
        return Error(Code::bad_key, Category::handshake,
                     "Invalid SS58 address: " + named.error().text);
    }
    auto signature = codec::base64_decode(response.signature);
    if (!signature.ok()) {
        return protocol_error("Failed to decode signature: " + signature.error().text);
    }
    if (signature->size() != kSignatureLen) {
        return protocol_error("Invalid signature length: " + std::to_string(signature->size()));
    }
    std::string message =
        attempt.second() ? response_string2(own.text, response.miner_hotkey, response.timestamp_s,
                                            attempt.nonce, attempt.fingerprint, attempt.exporter)
                         : response_string(own.text, response.miner_hotkey, response.timestamp_s,
                                           attempt.nonce, attempt.fingerprint);
    // verify() refuses the identity point and non-canonical keys (upstream-S16).
    if (!crypto::verify(named->key, as_bytes(message), signature.value())) {
        return Error(Code::bad_signature, Category::handshake,
                     "Miner response signature verification failed");
    }
    if (attempt.second() && named->key != attempt.expected_key) {
        return mismatch_error(attempt.expected_key, response);
    }
    return named->key;
}

}  // namespace ltn::transport
