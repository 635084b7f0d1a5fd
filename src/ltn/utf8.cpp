#include "utf8.h"

#include <cstddef>
#include <cstdint>

namespace ltn_program {

namespace {

// Bytes of the character at the start of `text`, 0 when there is none.
size_t character_len(std::string_view text, uint32_t& code)
{
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
    const uint8_t first = byte(0);
    size_t len = 0;
    uint32_t least = 0;
    if (first < 0x80) {
        code = first;
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        len = 2;
        least = 0x80;
        code = first & 0x1f;
    } else if ((first & 0xf0) == 0xe0) {
        len = 3;
        least = 0x800;
        code = first & 0x0f;
    } else if (first >= 0xf0 && first <= 0xf4) {
        len = 4;
        least = 0x10000;
        code = first & 0x07;
    } else {
        return 0;
    }
    if (text.size() < len) return 0;
    for (size_t i = 1; i < len; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
        code = code << 6 | (byte(i) & 0x3f);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least || code > 0x10ffff || surrogate ? 0 : len;
}

}  // namespace

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        uint32_t code = 0;
        const size_t len = character_len(text, code);
        if (len == 0) return false;
        text.remove_prefix(len);
    }
    return true;
}

std::string printable(std::string_view text)
{
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        uint32_t code = 0;
        const size_t len = character_len(text, code);
        const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        if (len > 0 && !control) {
            out += text.substr(0, len);
            text.remove_prefix(len);
            continue;
        }
        const size_t escaped = len == 0 ? 1 : len;
        for (size_t i = 0; i < escaped; ++i) {
            const uint8_t byte = static_cast<uint8_t>(text[i]);
            out += "\\x";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        }
        text.remove_prefix(escaped);
    }
    return out;
}

}  // namespace ltn_program
