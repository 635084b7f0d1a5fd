// Bytes as the lines carry them, and MessagePack by the JSON library's codec.
#pragma once

#include "replies.h"

#include <cstdint>
#include <vector>

using Bytes = std::vector<uint8_t>;

Bytes from_hex(const std::string& text);
std::string to_hex(const uint8_t* data, size_t len);

// Hexadecimal, or length and hash of what is longer than 4,096 bytes.
Json shown(const uint8_t* data, size_t len);

// {"b": bin of `len` zero bytes}.
Bytes filled_map(size_t len);

// `data` or `value` of a request.
Bytes body_of(const Json& request);
// The answer in the form of the request: `value` for `value`.
Json body_answer(const Json& request, const uint8_t* data, size_t len);

Json unpack(const uint8_t* data, size_t len);
