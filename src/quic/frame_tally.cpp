#include "quic/frame_tally.h"

#include <cstring>

namespace ltn::quic {

namespace {

constexpr uint64_t kCrumbMax = 32;

// Over the fields of frames; once past the end it stays there.
class Cursor {
public:
    explicit Cursor(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    bool done() const { return at_ == end_; }
    bool good() const { return good_; }
    uint8_t byte() { return need(1) ? *at_++ : 0; }
    uint64_t number()
    {
        if (!need(1)) return 0;
        size_t len = size_t{1} << (*at_ >> 6);
        if (!need(len)) return 0;
        uint64_t value = *at_++ & 0x3f;
        while (--len > 0) value = value << 8 | *at_++;
        return value;
    }
    void skip(uint64_t len)
    {
        if (need(len)) at_ += len;
    }
    void skip_numbers(uint64_t count)
    {
        while (count-- > 0 && good_) number();
    }
    // Padding is as long as a packet: not one frame at a time.
    void skip_zeros()
    {
        constexpr uint8_t kZeros[16] = {};
        while (left() >= sizeof kZeros && std::memcmp(at_, kZeros, sizeof kZeros) == 0) {
            at_ += sizeof kZeros;
        }
        while (at_ != end_ && *at_ == 0) ++at_;
    }
    uint64_t left() const { return static_cast<uint64_t>(end_ - at_); }

private:
    bool need(uint64_t len)
    {
        if (left() >= len) return true;
        at_ = end_;
        good_ = false;
        return false;
    }

    const uint8_t* at_;
    const uint8_t* end_;
    bool good_ = true;
};

}  // namespace

void FrameTally::add(ByteView payload, bool long_header)
{
    Cursor in(payload);
    while (!in.done() && in.good()) {
        const uint8_t type = in.byte();
        if (type >= 0x08 && type <= 0x0f) {
            const auto stream = static_cast<int64_t>(in.number());
            const uint64_t offset = (type & 0x04) != 0 ? in.number() : 0;
            const uint64_t len = (type & 0x02) != 0 ? in.number() : in.left();
            const bool fin = (type & 0x01) != 0;
            in.skip(len);
            if (!in.good() || fin || len >= kCrumbMax) continue;
            if (len == 0) {
                note(Oddity::empty_stream);
            } else if (offset > 0 && offset > delivered_(owner_, stream)) {
                note(Oddity::crumb);
            }
            continue;
        }
        switch (type) {
            case 0x00: in.skip_zeros(); break;  // PADDING
            case 0x01:
                // Probes for a wider path and for a lost flight are PINGs too.
                if (!long_header) note(Oddity::ping);
                break;
            case 0x02:
            case 0x03: {  // ACK
                in.skip_numbers(2);
                const uint64_t ranges = in.number();
                in.number();
                if (ranges > in.left()) return;
                in.skip_numbers(2 * ranges + (type == 0x03 ? 3 : 0));
                break;
            }
            case 0x04:  // RESET_STREAM
                in.skip_numbers(3);
                note(Oddity::reset);
                break;
            case 0x05:  // STOP_SENDING
                in.skip_numbers(2);
                note(Oddity::stop);
                break;
            case 0x06:  // CRYPTO
                in.number();
                in.skip(in.number());
                note(Oddity::crypto);
                break;
            case 0x07:  // NEW_TOKEN
                in.skip(in.number());
                note(Oddity::token);
                break;
            case 0x10:
            case 0x12:
            case 0x13:  // MAX_DATA, MAX_STREAMS
                in.number();
                note(Oddity::credit);
                break;
            case 0x11:  // MAX_STREAM_DATA
                in.skip_numbers(2);
                note(Oddity::credit);
                break;
            case 0x14:
            case 0x16:
            case 0x17:  // DATA_BLOCKED, STREAMS_BLOCKED
                in.number();
                note(Oddity::blocked);
                break;
            case 0x15:  // STREAM_DATA_BLOCKED
                in.skip_numbers(2);
                note(Oddity::blocked);
                break;
            case 0x18:  // NEW_CONNECTION_ID
                in.skip_numbers(2);
                in.skip(in.byte());
                in.skip(16);
                note(Oddity::connection_id);
                break;
            case 0x19:  // RETIRE_CONNECTION_ID
                in.number();
                note(Oddity::connection_id);
                break;
            case 0x1a:  // PATH_CHALLENGE
                in.skip(8);
                note(Oddity::path_challenge);
                break;
            case 0x1b: in.skip(8); break;  // PATH_RESPONSE
            case 0x1e: break;              // HANDSHAKE_DONE
            default: return;               // a close, or nothing that we negotiated
        }
    }
}

}  // namespace ltn::quic
