#include "codec/frame.h"

#include <algorithm>

namespace ltn::codec {

namespace {

// Up to here a payload is one block for the original's reader, beyond it blocks of kStepLen: the
// numbers of the text for a stream that ended early follow from it (1.5, 1.8).
constexpr uint64_t kOneBlockMax = 1'048'576;
constexpr uint64_t kStepLen = 65'536;

// What the first piece of a payload reserves at least, so that a peer that sends byte by byte does
// not make us reallocate byte by byte.
constexpr uint64_t kFirstReserve = 1'024;

bool is_known(uint8_t type)
{
    return type >= static_cast<uint8_t>(FrameType::handshake_request) &&
           type <= static_cast<uint8_t>(FrameType::stream_end);
}

Error unknown_type(uint8_t type)
{
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text = "unknown message type: 0x";
    text += kDigits[type >> 4];
    text += kDigits[type & 0x0f];
    return Error(Code::malformed, Category::transport, std::move(text));
}

Error too_long(uint64_t len, uint64_t payload_max)
{
    return Error(Code::too_large, Category::transport,
                 "frame payload " + std::to_string(len) + " bytes exceeds maximum " +
                     std::to_string(payload_max));
}

uint64_t payload_len(const uint8_t* header)
{
    return static_cast<uint64_t>(header[1]) << 24 | static_cast<uint64_t>(header[2]) << 16 |
           static_cast<uint64_t>(header[3]) << 8 | header[4];
}

}  // namespace

std::string_view frame_type_name(FrameType type)
{
    switch (type) {
        case FrameType::handshake_request: return "HandshakeRequest";
        case FrameType::handshake_response: return "HandshakeResponse";
        case FrameType::synapse_packet: return "SynapsePacket";
        case FrameType::synapse_response: return "SynapseResponse";
        case FrameType::stream_chunk: return "StreamChunk";
        case FrameType::stream_end: return "StreamEnd";
    }
    return "unknown";
}

std::array<uint8_t, kFrameHeaderLen> frame_header(FrameType type, uint32_t payload_len)
{
    return {static_cast<uint8_t>(type), static_cast<uint8_t>(payload_len >> 24),
            static_cast<uint8_t>(payload_len >> 16), static_cast<uint8_t>(payload_len >> 8),
            static_cast<uint8_t>(payload_len)};
}

Result<FrameView> parse_frame(ByteView bytes, uint64_t payload_max)
{
    if (bytes.size() < kFrameHeaderLen) {
        return Error(Code::malformed, Category::transport, "insufficient data for frame header");
    }
    if (!is_known(bytes[0])) return unknown_type(bytes[0]);
    const uint64_t len = payload_len(bytes.data());
    if (len > payload_max) return too_long(len, payload_max);
    const ByteView rest = bytes.subspan(kFrameHeaderLen);
    if (rest.size() < len) {
        return Error(Code::malformed, Category::transport,
                     "insufficient data for frame payload: have " + std::to_string(rest.size()) +
                         ", need " + std::to_string(len));
    }
    return FrameView{static_cast<FrameType>(bytes[0]), rest.first(len)};
}

FrameReader::State FrameReader::feed(ByteView bytes, size_t* used)
{
    *used = 0;
    if (state_ != State::need_more) return state_;
    if (!type_) {
        const size_t take = std::min(bytes.size(), kFrameHeaderLen - header_got_);
        std::copy_n(bytes.begin(), take, header_.begin() + static_cast<ptrdiff_t>(header_got_));
        header_got_ += take;
        *used = take;
        if (header_got_ < kFrameHeaderLen) return state_;
        read_header();
        if (state_ != State::need_more) return state_;
        bytes = bytes.subspan(take);
    }
    const size_t take =
        static_cast<size_t>(std::min<uint64_t>(bytes.size(), declared_len_ - payload_got_));
    if (take == 0) return state_;
    append(bytes.first(take));
    *used += take;
    if (payload_got_ == declared_len_) state_ = State::complete;
    return state_;
}

// The type is judged only once all five bytes are there, because a peer that sent fewer is to be
// told (or logged) as having closed early, whatever its first byte was.
void FrameReader::read_header()
{
    if (!is_known(header_[0])) {
        error_ = unknown_type(header_[0]);
        state_ = State::failed;
        return;
    }
    declared_len_ = payload_len(header_.data());
    if (declared_len_ > payload_max_) {
        error_ = too_long(declared_len_, payload_max_);
        state_ = State::failed;
        return;
    }
    type_ = static_cast<FrameType>(header_[0]);
    if (declared_len_ == 0) state_ = State::complete;
}

void FrameReader::append(ByteView piece)
{
    const uint64_t needed = payload_got_ + piece.size();
    if (needed > payload_.capacity() && payload_got_ == 0 && pool_ != nullptr) {
        // Memory of an earlier frame: nothing is allocated for what is only declared.
        payload_ = pool_->take(static_cast<size_t>(declared_len_));
    }
    if (needed > payload_.capacity()) {
        const uint64_t grown = std::max<uint64_t>(2 * payload_.capacity(), kFirstReserve);
        payload_.reserve(static_cast<size_t>(std::min(declared_len_, std::max(needed, grown))));
    }
    payload_.insert(payload_.end(), piece.begin(), piece.end());
    payload_got_ = static_cast<size_t>(needed);
}

Error FrameReader::end_of_stream() const
{
    if (state_ == State::failed) return error_;
    uint64_t got = header_got_;
    uint64_t wanted = kFrameHeaderLen;
    if (type_ && declared_len_ <= kOneBlockMax) {
        got = payload_got_;
        wanted = declared_len_;
    } else if (type_) {
        got = payload_got_ % kStepLen;
        wanted = std::min(declared_len_ - (payload_got_ - got), kStepLen);
    }
    return Error(
        Code::stream_reset, Category::transport,
        "stream closed after " + std::to_string(got) + " of " + std::to_string(wanted) + " bytes");
}

Bytes FrameReader::take_payload()
{
    return std::move(payload_);
}

}  // namespace ltn::codec
