#include "transport/client_handshake.h"

#include "transport/handshake_strings.h"

namespace ltn::transport {

namespace {

constexpr size_t kSignatureLen = sizeof(crypto::Signature);

Error protocol_error(std::string text)
{
    return Error(Code::handshake_protocol, Category::handshake, std::move(text));
}

}  // namespace

Bytes encode_request(const Hotkey& hotkey, const HandshakeAttempt& attempt, ByteView signature)
{
    codec::HandshakeRequest request;
    request.validator_hotkey = hotkey.text;
    request.timestamp_s = attempt.timestamp_s;
    request.nonce = attempt.nonce;
    request.signature = codec::base64_encode(signature);
    Bytes payload;
    codec::encode(request, payload);
    return payload;
}

Result<codec::HandshakeResponse> read_response(codec::FrameType type, ByteView payload)
{
    if (type != codec::FrameType::handshake_response) {
        return Error(
            Code::unexpected_frame, Category::handshake,
            "Expected HandshakeResponse, got " + std::string(codec::frame_type_name(type)));
    }
    auto response = codec::decode_handshake_response(payload);
    if (!response.ok()) {
        return Error(Code::malformed, Category::serialization,
                     "Failed to parse handshake response: " + response.error().text);
    }
    if (!response->accepted) {
        return Error(Code::handshake_rejected, Category::handshake, "Handshake rejected by miner");
    }
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
    std::string message = response_string(own.text, response.miner_hotkey, response.timestamp_s,
                                          attempt.nonce, attempt.fingerprint);
    // verify() refuses the identity point and non-canonical keys (upstream-S16).
    if (!crypto::verify(named->key, as_bytes(message), signature.value())) {
        return Error(Code::bad_signature, Category::handshake,
                     "Miner response signature verification failed");
    }
    return named->key;
}

}  // namespace ltn::transport
