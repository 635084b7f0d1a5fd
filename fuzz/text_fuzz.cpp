// Hexadecimal, Base64 and UTF-8: what decodes must encode to the same text again.
#include <cstdint>
#include <cstdlib>

#include "codec/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    using namespace ltn::codec;
    const ltn::ByteView bytes(data, size);
    const std::string_view text = ltn::as_text(bytes);

    if (const auto decoded = hex_decode(text)) {
        const std::string again = hex_encode(*decoded);
        for (size_t i = 0; i < size; ++i) {
            const char lower = text[i] >= 'A' && text[i] <= 'F' ? char(text[i] + 32) : text[i];
            if (again[i] != lower) std::abort();
        }
    }
    ltn::Result<ltn::Bytes> decoded = base64_decode(text);
    if (decoded.ok() ? base64_encode(*decoded) != text : decoded.error().text.empty()) std::abort();

    const ltn::Result<ltn::Bytes> back = base64_decode(base64_encode(bytes));
    if (!back.ok() || ltn::as_text(back.value()) != text) std::abort();
    const auto from_hex = hex_decode(hex_encode(bytes));
    if (!from_hex || ltn::as_text(*from_hex) != text) std::abort();

    // A character boundary in valid text splits it into two valid ones.
    if (is_valid_utf8(bytes)) {
        for (size_t i = 0; i < size && i < 64; ++i) {
            const bool boundary = (data[i] & 0xc0) != 0x80;
            if (is_valid_utf8(bytes.first(i)) != boundary) std::abort();
            if (is_valid_utf8(bytes.subspan(i)) != boundary) std::abort();
        }
    }
    return 0;
}
