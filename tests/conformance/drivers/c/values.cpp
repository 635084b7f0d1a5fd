#include "values.h"

#include "sha256.h"

Bytes from_hex(const std::string& text)
{
    Bytes out;
    out.reserve(text.size() / 2);
    for (size_t i = 0; i + 1 < text.size(); i += 2) {
        out.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    }
    return out;
}

std::string to_hex(const uint8_t* data, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(len * 2);
    for (size_t i = 0; i < len; ++i) {
        out += digits[data[i] >> 4];
        out += digits[data[i] & 15];
    }
    return out;
}

Json shown(const uint8_t* data, size_t len)
{
    if (len <= 4096) return to_hex(data, len);
    Sha256 hash;
    hash.add(data, len);
    return {{"len", len}, {"sha256", hash.hex()}};
}

Bytes filled_map(size_t len)
{
    Bytes out = {0x81, 0xa1, 'b'};
    const auto put = [&out, len](uint8_t head, int bytes) {
        out.push_back(head);
        for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<uint8_t>(len >> (8 * i)));
    };
    if (len < 256) {
        put(0xc4, 1);
    } else if (len < 65536) {
        put(0xc5, 2);
    } else {
        put(0xc6, 4);
    }
    out.resize(out.size() + len);
    return out;
}

Bytes body_of(const Json& request)
{
    if (request.contains("value")) return Json::to_msgpack(request["value"]);
    if (!request.contains("data")) return {0x80};
    const Json& data = request["data"];
    if (data.is_object()) return filled_map(data.at("fill").get<size_t>());
    return from_hex(data.get<std::string>());
}

Json body_answer(const Json& request, const uint8_t* data, size_t len)
{
    if (request.contains("value")) return {{"value", unpack(data, len)}};
    return {{"data", shown(data, len)}};
}

Json unpack(const uint8_t* data, size_t len)
{
    return Json::from_msgpack(data, data + len);
}
