// What a client puts into a handshake request and what it demands of the answer, check by check in
// the order of spec/transport.md 3.7. Knows nothing of connections and streams.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "codec/envelope2.h"
#include "codec/frame.h"
#include "codec/text.h"
#include "transport/types.h"

namespace ltn::transport {

// One handshake under way: what the answer will be measured against.
struct HandshakeAttempt {
    std::string nonce;
    uint64_t timestamp_s = 0;
    std::string fingerprint;  // Base64
    // Of the second token: the session's own bytes (Base64), and the one hotkey that is expected.
    std::string exporter;
    crypto::PublicKey expected_key{};
    std::string expected;

    bool second() const { return !exporter.empty(); }
};

// What is signed, and the request with the signature.
std::string text_to_sign(const Hotkey& hotkey, const HandshakeAttempt& attempt);
Bytes encode_request(const Hotkey& hotkey, const HandshakeAttempt& attempt, ByteView signature,
                     uint64_t frame_payload_max);

// Checks 4 to 6. With the second token a refusal that names another hotkey than the expected one is
// a response too, not accepted.
Result<codec::HandshakeResponse2> read_response(codec::FrameType type, ByteView payload,
                                                const HandshakeAttempt& attempt);

// Check 7 compares keys, not spellings, since with a liberal policy one key has several texts.
// Nothing when the text denotes no key: then it names nobody's.
std::optional<crypto::PublicKey> named_key(const codec::HandshakeResponse& response,
                                           codec::Ss58Policy policy);
Error mismatch_error(const crypto::PublicKey& expected, const codec::HandshakeResponse& response);

// No call to this hotkey goes there: the server has proved another one.
Error no_route(const crypto::PublicKey& peer, const Address& address);

// Checks 8 to 13; the proven key.
Result<crypto::PublicKey> verify_response(const codec::HandshakeResponse& response,
                                          const Hotkey& own, const HandshakeAttempt& attempt,
                                          codec::Ss58Policy policy);

}  // namespace ltn::transport
