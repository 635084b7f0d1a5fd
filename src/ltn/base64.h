// Standard Base64 with padding, for the binary values inside JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ltn_program {

std::string base64_encode(const uint8_t* data, size_t len);

// Nothing unless `text` is exactly what base64_encode would give for the result, so that a value
// survives the way there and back.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace ltn_program
