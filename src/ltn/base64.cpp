#include "base64.h"

namespace ltn_program {

namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    if (c == '/') return 63;
    return -1;
}

}  // namespace

std::string base64_encode(const uint8_t* data, size_t len)
{
    std::string out;
    out.reserve((len + 2) / 3 * 4);
    for (size_t i = 0; i < len; i += 3) {
        const size_t left = len - i;
        uint32_t group = static_cast<uint32_t>(data[i]) << 16;
        if (left > 1) group |= static_cast<uint32_t>(data[i + 1]) << 8;
        if (left > 2) group |= data[i + 2];
        out += kAlphabet[group >> 18];
        out += kAlphabet[(group >> 12) & 63];
        out += left > 1 ? kAlphabet[(group >> 6) & 63] : '=';
        out += left > 2 ? kAlphabet[group & 63] : '=';
    }
    return out;
}

std::optional<std::string> base64_decode(std::string_view text)
{
    if (text.size() % 4 != 0) return std::nullopt;
    size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
        ++padding;
    }
    std::string out;
    out.reserve(text.size() / 4 * 3);
    const size_t digits = text.size() - padding;
    uint32_t group = 0;
    for (size_t i = 0; i < digits; ++i) {
        const int value = value_of(text[i]);
        if (value < 0) return std::nullopt;
        group = (group << 6 | static_cast<uint32_t>(value)) & 0xffffff;
        // The k-th digit of a group completes its (k-1)-th byte.
        if (i % 4 == 1) out += static_cast<char>(group >> 4 & 0xff);
        if (i % 4 == 2) out += static_cast<char>(group >> 2 & 0xff);
        if (i % 4 == 3) out += static_cast<char>(group & 0xff);
    }
    // Bits beyond the last byte must be zero, otherwise two texts would mean the same bytes.
    if (padding == 1 && (group & 3) != 0) return std::nullopt;
    if (padding == 2 && (group & 15) != 0) return std::nullopt;
    return out;
}

}  // namespace ltn_program
