#include <bit>
#include <cstdint>

#include "generated_bytes.h"
#include "msgpack.h"

namespace ltn_program {

namespace {

void put_big_endian(std::string& out, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xff);
}

// The marker for the smallest of three length fields that holds `len`; 0 says there is none of
// that width.
void put_length(std::string& out, size_t len, uint8_t marker8, uint8_t marker16, uint8_t marker32)
{
    if (marker8 != 0 && len <= 0xff) {
        out += static_cast<char>(marker8);
        put_big_endian(out, len, 1);
    } else if (len <= 0xffff) {
        out += static_cast<char>(marker16);
        put_big_endian(out, len, 2);
    } else {
        out += static_cast<char>(marker32);
        put_big_endian(out, len, 4);
    }
}

}  // namespace

void put_nil(std::string& out)
{
    out += '\xc0';
}

void put_bool(std::string& out, bool value)
{
    out += value ? '\xc3' : '\xc2';
}

void put_unsigned(std::string& out, uint64_t value)
{
    if (value <= 0x7f) {
        out += static_cast<char>(value);
    } else if (value <= 0xff) {
        out += '\xcc';
        put_big_endian(out, value, 1);
    } else if (value <= 0xffff) {
        out += '\xcd';
        put_big_endian(out, value, 2);
    } else if (value <= 0xffffffff) {
        out += '\xce';
        put_big_endian(out, value, 4);
    } else {
        out += '\xcf';
        put_big_endian(out, value, 8);
    }
}

void put_signed(std::string& out, int64_t value)
{
    if (value >= 0) return put_unsigned(out, static_cast<uint64_t>(value));
    const uint64_t bits = static_cast<uint64_t>(value);
    if (value >= -32) {
        out += static_cast<char>(bits & 0xff);
    } else if (value >= INT8_MIN) {
        out += '\xd0';
        put_big_endian(out, bits, 1);
    } else if (value >= INT16_MIN) {
        out += '\xd1';
        put_big_endian(out, bits, 2);
    } else if (value >= INT32_MIN) {
        out += '\xd2';
        put_big_endian(out, bits, 4);
    } else {
        out += '\xd3';
        put_big_endian(out, bits, 8);
    }
}

void put_real(std::string& out, double value)
{
    out += '\xcb';
    put_big_endian(out, std::bit_cast<uint64_t>(value), 8);
}

void put_text(std::string& out, std::string_view text)
{
    if (text.size() < 32) {
        out += static_cast<char>(0xa0 | text.size());
    } else {
        put_length(out, text.size(), 0xd9, 0xda, 0xdb);
    }
    out += text;
}

void put_binary_header(std::string& out, size_t len)
{
    put_length(out, len, 0xc4, 0xc5, 0xc6);
}

void put_binary(std::string& out, std::string_view bytes)
{
    put_binary_header(out, bytes.size());
    out += bytes;
}

void put_list_header(std::string& out, size_t count)
{
    if (count < 16) {
        out += static_cast<char>(0x90 | count);
    } else {
        put_length(out, count, 0, 0xdc, 0xdd);
    }
}

void put_map_header(std::string& out, size_t pairs)
{
    if (pairs < 16) {
        out += static_cast<char>(0x80 | pairs);
    } else {
        put_length(out, pairs, 0, 0xde, 0xdf);
    }
}

void put_ext(std::string& out, int8_t type, std::string_view bytes)
{
    const size_t len = bytes.size();
    if (len <= 16 && std::has_single_bit(len)) {
        out += static_cast<char>(0xd4 + std::countr_zero(len));
    } else {
        put_length(out, len, 0xc7, 0xc8, 0xc9);
    }
    out += static_cast<char>(type);
    out += bytes;
}

std::string payload_map(size_t n)
{
    std::string out;
    out.reserve(n + 16);
    put_map_header(out, 1);
    put_text(out, "payload");
    put_binary_header(out, n);
    const size_t at = out.size();
    out.resize(at + n);
    generate_bytes(reinterpret_cast<uint8_t*>(out.data()) + at, n);
    return out;
}

}  // namespace ltn_program
