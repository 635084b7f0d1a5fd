// The 5-byte frame: type, big-endian length, payload (spec/transport.md 1.2 to 1.9).
#pragma once

#include <array>
#include <optional>

#include "base/buffer_pool.h"
#include "base/bytes.h"
#include "base/status.h"

namespace ltn::codec {

enum class FrameType : uint8_t {
    handshake_request = 0x01,
    handshake_response = 0x02,
    synapse_packet = 0x03,
    synapse_response = 0x04,
    stream_chunk = 0x05,
    stream_end = 0x06,
};

// "HandshakeRequest" and so on: the names inside error texts (1.3).
std::string_view frame_type_name(FrameType type);

inline constexpr size_t kFrameHeaderLen = 5;
inline constexpr uint64_t kFramePayloadDefaultMax = 67'108'864;
inline constexpr uint64_t kFramePayloadMinMax = 1'048'576;
inline constexpr uint64_t kFramePayloadMaxMax = 4'294'967'295;

std::array<uint8_t, kFrameHeaderLen> frame_header(FrameType type, uint32_t payload_len);

struct FrameView {
    FrameType type;
    ByteView payload;
};
// The slice parser of 1.7, with its order of checks and texts.
Result<FrameView> parse_frame(ByteView bytes, uint64_t payload_max);

// Collects one frame from pieces as they arrive. Memory follows what was received: the buffer grows
// geometrically and is never sized from the declared length alone (stricter than 1.5, which reserves
// up to 1 MiB at once).
class FrameReader {
public:
    // `pool` may lend memory that is there already; it outlives the reader.
    explicit FrameReader(uint64_t payload_max, BufferPool* pool = nullptr)
        : payload_max_(payload_max), pool_(pool)
    {
    }

    enum class State { need_more, complete, failed };

    // Takes what it needs of `bytes`; bytes after the frame are not looked at. `*used` says how many
    // were taken.
    State feed(ByteView bytes, size_t* used);
    // The stream ended: error text of 1.8 ("stream closed after {got} of {wanted} bytes").
    Error end_of_stream() const;

    State state() const { return state_; }
    const Error& error() const { return error_; }
    // Valid when the header has arrived.
    std::optional<FrameType> type() const { return type_; }
    uint64_t declared_len() const { return declared_len_; }
    // After complete: the payload, handed over once.
    Bytes take_payload();

private:
    void read_header();
    void append(ByteView piece);

    uint64_t payload_max_;
    BufferPool* pool_;
    State state_ = State::need_more;
    Error error_;
    std::array<uint8_t, kFrameHeaderLen> header_{};
    size_t header_got_ = 0;
    std::optional<FrameType> type_;
    uint64_t declared_len_ = 0;
    Bytes payload_;
    size_t payload_got_ = 0;
};

}  // namespace ltn::codec
