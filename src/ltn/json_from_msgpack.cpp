#include <cmath>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base64.h"
#include "json_msgpack.h"
#include "msgpack.h"
#include "utf8.h"

namespace ltn_program {

namespace {

using Kind = Token::Kind;

std::string base64_of(std::string_view bytes)
{
    return base64_encode(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

Json special(const char* form, Json value)
{
    Json out = Json::object();
    out[form] = std::move(value);
    return out;
}

Json real_json(double value)
{
    if (std::isnan(value)) return special("$float", "nan");
    if (std::isinf(value)) return special("$float", value > 0 ? "inf" : "-inf");
    return value;
}

bool read_value(MsgpackReader& reader, const Token& token, unsigned depth, Json& out);

bool read_list(MsgpackReader& reader, uint32_t count, unsigned depth, Json& out)
{
    out = Json::array();
    auto& elements = out.get_ref<Json::array_t&>();
    Token token;
    // Nothing is reserved: the count is the peer's word.
    for (uint32_t i = 0; i < count; ++i) {
        Json element;
        if (!reader.next(token) || !read_value(reader, token, depth, element)) return false;
        elements.push_back(std::move(element));
    }
    return true;
}

bool looks_special(std::string_view key)
{
    return key == "$bin" || key == "$ext" || key == "$map" || key == "$str" || key == "$float";
}

bool read_map(MsgpackReader& reader, uint32_t count, unsigned depth, Json& out)
{
    std::vector<std::pair<Json, Json>> pairs;
    std::unordered_set<std::string_view> texts;
    bool plain = true;
    Token token;
    for (uint32_t i = 0; i < count; ++i) {
        std::pair<Json, Json> pair;
        if (!reader.next(token)) return false;
        plain = plain && token.kind == Kind::text && is_utf8(token.bytes) &&
                texts.insert(token.bytes).second && !(count == 1 && looks_special(token.bytes));
        if (!read_value(reader, token, depth, pair.first)) return false;
        if (!reader.next(token) || !read_value(reader, token, depth, pair.second)) return false;
        pairs.push_back(std::move(pair));
    }
    if (plain) {
        out = Json::object();
        // Appended to the vector underneath: operator[] would compare with every key before.
        auto& object = out.get_ref<Json::object_t&>();
        for (auto& [key, value] : pairs) {
            object.emplace_back(std::move(key.get_ref<std::string&>()), std::move(value));
        }
        return true;
    }
    Json list = Json::array();
    for (auto& [key, value] : pairs) {
        Json pair = Json::array();
        pair.push_back(std::move(key));
        pair.push_back(std::move(value));
        list.push_back(std::move(pair));
    }
    out = special("$map", std::move(list));
    return true;
}

bool read_value(MsgpackReader& reader, const Token& token, unsigned depth, Json& out)
{
    switch (token.kind) {
        case Kind::nil: out = nullptr; return true;
        case Kind::boolean: out = token.flag; return true;
        case Kind::unsigned_int: out = token.unsigned_value; return true;
        case Kind::signed_int: out = token.signed_value; return true;
        case Kind::real: out = real_json(token.real); return true;
        case Kind::text:
            if (is_utf8(token.bytes)) {
                out = std::string(token.bytes);
            } else {
                out = special("$str", base64_of(token.bytes));
            }
            return true;
        case Kind::binary: out = special("$bin", base64_of(token.bytes)); return true;
        case Kind::ext: {
            Json pair = Json::array();
            pair.push_back(static_cast<int>(token.ext_type));
            pair.push_back(base64_of(token.bytes));
            out = special("$ext", std::move(pair));
            return true;
        }
        case Kind::list: return depth > 0 && read_list(reader, token.count, depth - 1, out);
        case Kind::map: return depth > 0 && read_map(reader, token.count, depth - 1, out);
    }
    return false;
}

}  // namespace

std::optional<Json> json_from_msgpack(const uint8_t* data, size_t len)
{
    MsgpackReader reader(data, len);
    Token token;
    Json out;
    if (!reader.next(token) || !read_value(reader, token, kDepthMax, out) || !reader.at_end()) {
        return std::nullopt;
    }
    return out;
}

}  // namespace ltn_program
