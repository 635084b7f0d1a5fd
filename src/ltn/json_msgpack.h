// JSON and MessagePack into each other. What JSON has no form for is written as a map with one key,
// in both directions:
//
//   {"$bin":"base64"}            bin
//   {"$ext":[type,"base64"]}     ext
//   {"$map":[[key,value],...]}   a map whose keys are not all different texts, or which would be
//                                taken for one of these forms
//   {"$str":"base64"}            str that is not UTF-8
//   {"$float":"nan"}             also "inf" and "-inf"
//
// Integers are exact from -2^63 to 2^64-1; anything beyond is refused, not rounded. Order of keys
// is kept. A 32-bit float is shown with its value and goes back as 64-bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace ltn_program {

using Json = nlohmann::ordered_json;

// Nothing when the bytes are not exactly one MessagePack value.
std::optional<Json> json_from_msgpack(const uint8_t* data, size_t len);

// The MessagePack of JSON text that has to be a map; throws BadJson.
std::string msgpack_from_json_text(const std::string& text);

// What is wrong with JSON text, in one line.
struct BadJson : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace ltn_program
