// Writes tokens in their shortest form, as the original's encoder does.
#include <bit>

#include "codec/msgpack.h"

namespace ltn::codec::msgpack {

namespace {

// Marker and `width` big-endian bytes in one append: one check for room instead of several.
void append(Bytes& out, uint8_t marker, uint64_t value, unsigned width)
{
    uint8_t head[9];
    head[0] = marker;
    for (unsigned i = 0; i < width; ++i) {
        head[1 + i] = static_cast<uint8_t>(value >> (8 * (width - 1 - i)));
    }
    out.insert(out.end(), head, head + 1 + width);
}

void append_bytes(Bytes& out, ByteView bytes)
{
    out.insert(out.end(), bytes.begin(), bytes.end());
}

// The 8, 16 and 32-bit forms of one kind; a kind without the first says so with marker 0.
void append_sized(Bytes& out, uint64_t size, uint8_t marker8, uint8_t marker16, uint8_t marker32)
{
    if (size <= 0xff && marker8 != 0) return append(out, marker8, size, 1);
    if (size <= 0xffff) return append(out, marker16, size, 2);
    append(out, marker32, size, 4);
}

}  // namespace

void Writer::nil()
{
    out_.push_back(0xc0);
}

void Writer::boolean(bool value)
{
    out_.push_back(value ? 0xc3 : 0xc2);
}

void Writer::unsigned_int(uint64_t value)
{
    if (value < 0x80) return append(out_, static_cast<uint8_t>(value), 0, 0);
    if (value > 0xffffffff) return append(out_, 0xcf, value, 8);
    append_sized(out_, value, 0xcc, 0xcd, 0xce);
}

void Writer::signed_int(int64_t value)
{
    const auto bits = static_cast<uint64_t>(value);
    if (value >= 0) return unsigned_int(bits);
    if (value >= -32) return append(out_, static_cast<uint8_t>(bits), 0, 0);
    if (value >= INT8_MIN) return append(out_, 0xd0, bits, 1);
    if (value >= INT16_MIN) return append(out_, 0xd1, bits, 2);
    if (value >= INT32_MIN) return append(out_, 0xd2, bits, 4);
    append(out_, 0xd3, bits, 8);
}

void Writer::float32(float value)
{
    append(out_, 0xca, std::bit_cast<uint32_t>(value), 4);
}

void Writer::float64(double value)
{
    append(out_, 0xcb, std::bit_cast<uint64_t>(value), 8);
}

void Writer::str(std::string_view value)
{
    if (value.size() < 32) {
        append(out_, static_cast<uint8_t>(0xa0 | value.size()), 0, 0);
    } else {
        append_sized(out_, value.size(), 0xd9, 0xda, 0xdb);
    }
    append_bytes(out_, as_bytes(value));
}

void Writer::bin(ByteView value)
{
    bin_header(value.size());
    append_bytes(out_, value);
}

void Writer::bin_header(size_t len)
{
    append_sized(out_, len, 0xc4, 0xc5, 0xc6);
}

void Writer::array(uint32_t count)
{
    if (count < 16) return append(out_, static_cast<uint8_t>(0x90 | count), 0, 0);
    append_sized(out_, count, 0, 0xdc, 0xdd);
}

void Writer::map(uint32_t count)
{
    if (count < 16) return append(out_, static_cast<uint8_t>(0x80 | count), 0, 0);
    append_sized(out_, count, 0, 0xde, 0xdf);
}

void Writer::ext(int8_t type, ByteView value)
{
    switch (value.size()) {
        case 1: out_.push_back(0xd4); break;
        case 2: out_.push_back(0xd5); break;
        case 4: out_.push_back(0xd6); break;
        case 8: out_.push_back(0xd7); break;
        case 16: out_.push_back(0xd8); break;
        default: append_sized(out_, value.size(), 0xc7, 0xc8, 0xc9); break;
    }
    out_.push_back(static_cast<uint8_t>(type));
    append_bytes(out_, value);
}

void Writer::raw(ByteView value)
{
    append_bytes(out_, value);
}

}  // namespace ltn::codec::msgpack
