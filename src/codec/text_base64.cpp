// Base64 with one spelling per value: padding is required, unused bits must be zero, nothing else
// may stand in the text. Signatures and fingerprints are compared as text, so a lenient decoder
// would give one value several names.
#include "codec/text.h"

#include <algorithm>

namespace ltn::codec {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kInvalid = 0xff;

constexpr std::array<uint8_t, 256> make_values()
{
    std::array<uint8_t, 256> values{};
    values.fill(kInvalid);
    for (size_t i = 0; i < kAlphabet.size(); ++i) {
        values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
    }
    return values;
}

constexpr std::array<uint8_t, 256> kValues = make_values();

Error malformed(std::string text)
{
    return Error(Code::malformed, Category::handshake, std::move(text));
}

}  // namespace

std::string base64_encode(ByteView bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size(); i += 3) {
        const size_t count = std::min<size_t>(3, bytes.size() - i);
        uint32_t group = uint32_t{bytes[i]} << 16;
        if (count > 1) group |= uint32_t{bytes[i + 1]} << 8;
        if (count > 2) group |= bytes[i + 2];
        for (size_t j = 0; j < 4; ++j) {
            text.push_back(j <= count ? kAlphabet[group >> (18 - 6 * j) & 63u] : '=');
        }
    }
    return text;
}

Result<Bytes> base64_decode(std::string_view text)
{
    size_t symbols = text.size();
    while (symbols > 0 && text.size() - symbols < 2 && text[symbols - 1] == '=') --symbols;

    // A wrong byte is named before a wrong length, because it explains more.
    for (size_t i = 0; i < symbols; ++i) {
        const uint8_t byte = static_cast<uint8_t>(text[i]);
        if (kValues[byte] != kInvalid) continue;
        if (byte == '=') {
            return malformed("padding at offset " + std::to_string(i) +
                             ", expected only at the end");
        }
        return malformed("byte 0x" + hex_encode({&byte, 1}) + " at offset " + std::to_string(i) +
                         " is not in the Base64 alphabet");
    }
    if (text.size() % 4 != 0) {
        return malformed("expected a padded length divisible by 4, got " +
                         std::to_string(text.size()));
    }

    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3);
    uint32_t group = 0;
    for (size_t i = 0; i < symbols; ++i) {
        group = (group << 6 | kValues[static_cast<uint8_t>(text[i])]) & 0xffffffu;
        if (i % 4 != 0) bytes.push_back(static_cast<uint8_t>(group >> (6 - 2 * (i % 4))));
    }
    // What the last symbol holds beyond the last byte.
    const uint32_t unused = symbols % 4 == 2 ? 0x0fu : symbols % 4 == 3 ? 0x03u : 0u;
    if ((group & unused) != 0) {
        return malformed("unused bits of the last symbol, at offset " +
                         std::to_string(symbols - 1) + ", are not zero");
    }
    return bytes;
}

}  // namespace ltn::codec
