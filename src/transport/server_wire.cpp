// Where a server's words differ between the two protocol tokens (docs/wire-2.md). On the first, not
// one byte depends on the second.
#include <algorithm>

#include "transport/handshake_strings.h"
#include "transport/server_core.h"
#include "transport/stream_codes.h"

namespace ltn::transport {

bool ServerCoreImpl::expects_another(const ServerStream& stream) const
{
    if (!stream.connection->second) return false;
    return !admission_.denotes(stream.handshake->candidate.request.expected_hotkey,
                               config_.hotkey.key);
}

std::string ServerCoreImpl::acceptance_text(const ServerConnection& connection,
                                            const codec::HandshakeRequest& request,
                                            uint64_t now_s) const
{
    if (!connection.second) {
        return response_string(request.validator_hotkey, config_.hotkey.text, now_s, request.nonce,
                               fingerprint_text_);
    }
    return response_string2(request.validator_hotkey, config_.hotkey.text, now_s, request.nonce,
                            fingerprint_text_, connection.exporter);
}

Bytes ServerCoreImpl::encode_response(const ServerConnection& connection,
                                      const codec::HandshakeResponse2& response)
{
    Bytes payload;
    if (connection.second) {
        codec::encode(response, payload);
    } else {
        codec::encode(static_cast<const codec::HandshakeResponse&>(response), payload);
    }
    return payload;
}

// Strangers learn nothing but the time (upstream-S22); who has shown that the hotkey is his may know
// what is wrong with it.
codec::RefusalReason ServerCoreImpl::told_reason(Refusal why, bool proved)
{
    if (why == Refusal::clock) return codec::RefusalReason::clock;
    if (!proved) return codec::RefusalReason::untold;
    switch (why) {
        case Refusal::other_hotkey: return codec::RefusalReason::other_hotkey;
        case Refusal::permit: return codec::RefusalReason::not_permitted;
        case Refusal::capacity:
        case Refusal::rate:
        case Refusal::hotkey_rate: return codec::RefusalReason::busy;
        default: return codec::RefusalReason::untold;
    }
}

Result<codec::SynapsePacket2> ServerCoreImpl::decode_request(const ServerConnection& connection,
                                                             ByteView payload)
{
    if (connection.second) return codec::decode_synapse_packet2(payload);
    auto first = codec::decode_synapse_packet(payload);
    if (!first.ok()) return first.error();
    codec::SynapsePacket2 out;
    static_cast<codec::SynapsePacket&>(out) = std::move(first.value());
    return out;
}

void ServerCoreImpl::take_terms(ServerStream& stream, const codec::RequestTerms& terms)
{
    stream.terms = terms;
    const Nanos now_ns = now_.monotonic_ns;
    if (terms.deadline_ms.has_value()) {
        constexpr uint64_t kMillisecondsMax = static_cast<uint64_t>(kNever / kMillisecond);
        const uint64_t ms = std::min(*terms.deadline_ms, kMillisecondsMax);
        stream.peer_deadline_ns = saturating_add(now_ns, static_cast<Nanos>(ms) * kMillisecond);
    }
    stream.deadline_ns =
        std::min(saturating_add(now_ns, config_.handler_timeout_ns), stream.peer_deadline_ns);
    if (!terms.more_follows) return;
    StreamTerms chunks;
    chunks.window_bytes = config_.stream_buffer_bytes;
    stream.incoming = std::make_unique<RequestChunks>(RequestChunks{
        AnswerStream(chunks, config_.frame_payload_max, config_.quic.stream_window, buffers_)});
    stream.incoming->reader.restart(true);
}

uint64_t ServerCoreImpl::frame_max(const ServerConnection& connection) const
{
    return std::min(config_.frame_payload_max, connection.peer_frame_max);
}

Code ServerCoreImpl::why_withdrawn(const ServerConnection& connection, uint64_t code)
{
    if (!connection.second) return Code::stream_reset;
    switch (code) {
        case stream_code::kDone:
        case stream_code::kStalled:
        case stream_code::kTooMuch:
        case stream_code::kUnusable: return Code::stream_reset;
        case stream_code::kDeadline:
        case stream_code::kSilent: return Code::deadline;
        default: return Code::cancelled;
    }
}

}  // namespace ltn::transport
