// Text forms: hexadecimal, Base64 (standard alphabet, padded, strict), SS58 and UTF-8. Each lives
// in a source file of its own, text_*.cpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace ltn::codec {

std::string hex_encode(ByteView bytes);
// Lower or upper case, even length; no 0x prefix.
std::optional<Bytes> hex_decode(std::string_view text);
// The same into `out`, whose length must be exactly half of the text's. Nothing is allocated and no
// table is indexed by the digits, so it also serves for secrets. On failure `out` is unspecified.
bool hex_decode_into(std::string_view text, MutableBytes out);
// `out` has twice the length of `bytes`.
void hex_encode_into(ByteView bytes, MutableBytes out);

std::string base64_encode(ByteView bytes);
// Error text as the wire specification has it in 3.7 step 11: "Failed to decode signature: ..." is
// put in front by the caller; here only the reason, with offset.
Result<Bytes> base64_decode(std::string_view text);

// Prefix 42 unless said otherwise.
std::string ss58_encode(const std::array<uint8_t, 32>& key, uint16_t prefix = 42);

enum class Ss58Policy {
    only_42,     // minimal form of prefix 42: ours
    any_prefix,  // as liberal as upstream (13.9): any prefix but 46 and 47, any spelling
};

struct Ss58 {
    std::array<uint8_t, 32> key{};
    uint16_t prefix = 42;
};
// Errors are Code::bad_key, Category::handshake, text = the display text of 13.9.
Result<Ss58> ss58_decode(std::string_view text, Ss58Policy policy = Ss58Policy::only_42);

// Strict: no overlong forms, no surrogates, at most U+10FFFF.
bool is_valid_utf8(ByteView bytes);

}  // namespace ltn::codec
