// Puts one frame on a stream: small ones as one buffer, large ones as header, the caller's bytes
// where they lie, and tail.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "codec/envelope2.h"
#include "codec/frame.h"
#include "quic/connection.h"

namespace ltn::transport {

// Below this the copy is cheaper than two more chunks.
inline constexpr size_t kContiguousMax = 4096;

// Errors: Code::too_large (Transport, text of 1.8) before anything was sent; else what send() says.
// `data` is a checked MessagePack map. All of them end our half of the stream, except a request whose
// terms say that more follows. `second`: in the form of the second token, for which requests have
// terms and failures a code.
Error send_synapse_packet(quic::Connection& link, quic::StreamId stream,
                          std::string_view synapse_type, const SharedBytes& data,
                          uint64_t timestamp_s, uint64_t payload_max,
                          const codec::RequestTerms* terms = nullptr);
Error send_synapse_response(quic::Connection& link, quic::StreamId stream, const SharedBytes& data,
                            uint64_t timestamp_s, uint64_t payload_max, bool second);
Error send_synapse_failure(quic::Connection& link, quic::StreamId stream, std::string_view error,
                           uint64_t timestamp_s, bool second, codec::AnswerCode code);

// Streamed answers. A chunk leaves the stream open; `*taken`: bytes of its frame.
Error check_stream_chunk(size_t data_len, uint64_t payload_max);
Error send_stream_chunk(quic::Connection& link, quic::StreamId stream, const SharedBytes& data,
                        uint64_t* taken);
// The end of one; no text: success.
Error send_stream_end(quic::Connection& link, quic::StreamId stream,
                      std::optional<std::string_view> error, bool second,
                      std::optional<codec::AnswerCode> code = std::nullopt);

// A frame around a payload that is encoded already (handshakes).
Error send_frame(quic::Connection& link, quic::StreamId stream, codec::FrameType type,
                 ByteView payload);
// FIN without a byte: how a server reports a frame it could not read (1.9).
void send_empty(quic::Connection& link, quic::StreamId stream);

// Payload bytes a request will have; for the size check before it is accepted.
uint64_t synapse_packet_len(std::string_view synapse_type, size_t data_len, uint64_t timestamp_s);

}  // namespace ltn::transport
