// Hexadecimal without tables and branches on the digits: private keys pass through here.
#include "codec/text.h"

namespace ltn::codec {

namespace {

// 0xff where low <= c <= high, else 0.
unsigned in_range(unsigned c, unsigned low, unsigned high)
{
    return (((c - low) | (high - c)) >> 8 & 0xffu) ^ 0xffu;
}

uint8_t digit(unsigned nibble)
{
    return static_cast<uint8_t>('0' + nibble + (in_range(nibble, 10, 15) & ('a' - '0' - 10u)));
}

}  // namespace

void hex_encode_into(ByteView bytes, MutableBytes out)
{
    for (size_t i = 0; i < bytes.size() && 2 * i + 1 < out.size(); ++i) {
        out[2 * i] = digit(bytes[i] >> 4);
        out[2 * i + 1] = digit(bytes[i] & 15u);
    }
}

std::string hex_encode(ByteView bytes)
{
    std::string text(2 * bytes.size(), '0');
    hex_encode_into(bytes, {reinterpret_cast<uint8_t*>(text.data()), text.size()});
    return text;
}

bool hex_decode_into(std::string_view text, MutableBytes out)
{
    if (text.size() % 2 != 0 || text.size() / 2 != out.size()) return false;
    unsigned all_good = 0xff;
    for (size_t i = 0; i < text.size(); ++i) {
        const unsigned c = static_cast<uint8_t>(text[i]);
        const unsigned decimal = in_range(c, '0', '9');
        const unsigned lower = in_range(c, 'a', 'f');
        const unsigned upper = in_range(c, 'A', 'F');
        all_good &= decimal | lower | upper;
        const unsigned value =
            (decimal & (c - '0')) | (lower & (c - 'a' + 10)) | (upper & (c - 'A' + 10));
        uint8_t& byte = out[i / 2];
        byte = static_cast<uint8_t>(i % 2 == 0 ? value << 4 : byte | value);
    }
    return all_good == 0xff;
}

std::optional<Bytes> hex_decode(std::string_view text)
{
    Bytes bytes(text.size() / 2);
    if (!hex_decode_into(text, bytes)) return std::nullopt;
    return bytes;
}

}  // namespace ltn::codec
