#include "msgpack.h"

#include <bit>

namespace ltn_program {

using Kind = Token::Kind;

bool MsgpackReader::take(uint64_t& value, size_t bytes)
{
    if (static_cast<size_t>(end_ - at_) < bytes) return false;
    value = 0;
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | *at_++;
    return true;
}

bool MsgpackReader::take_bytes(Token& token, Kind kind, size_t len)
{
    if (static_cast<size_t>(end_ - at_) < len) return false;
    token.kind = kind;
    token.bytes = {reinterpret_cast<const char*>(at_), len};
    at_ += len;
    return true;
}

bool MsgpackReader::next(Token& token)
{
    if (at_ == end_) return false;
    const uint8_t marker = *at_++;
    uint64_t value = 0;

    const auto counted = [&](Kind kind, uint64_t count) {
        token.kind = kind;
        token.count = static_cast<uint32_t>(count);
        return true;
    };
    const auto number = [&](uint64_t number_value) {
        token.kind = Kind::unsigned_int;
        token.unsigned_value = number_value;
        return true;
    };
    const auto signed_number = [&](int64_t number_value) {
        if (number_value >= 0) return number(static_cast<uint64_t>(number_value));
        token.kind = Kind::signed_int;
        token.signed_value = number_value;
        return true;
    };
    const auto ext = [&](size_t len) {
        uint64_t type = 0;
        if (!take(type, 1)) return false;
        token.ext_type = static_cast<int8_t>(type);
        return take_bytes(token, Kind::ext, len);
    };

    if (marker <= 0x7f) return number(marker);
    if (marker <= 0x8f) return counted(Kind::map, marker & 0x0f);
    if (marker <= 0x9f) return counted(Kind::list, marker & 0x0f);
    if (marker <= 0xbf) return take_bytes(token, Kind::text, marker & 0x1f);
    if (marker >= 0xe0) return signed_number(static_cast<int8_t>(marker));

    switch (marker) {
        case 0xc0: token.kind = Kind::nil; return true;
        case 0xc2:
        case 0xc3:
            token.kind = Kind::boolean;
            token.flag = marker == 0xc3;
            return true;
        case 0xc4:
        case 0xc5:
        case 0xc6:
            return take(value, size_t{1} << (marker - 0xc4)) &&
                   take_bytes(token, Kind::binary, static_cast<size_t>(value));
        case 0xc7:
        case 0xc8:
        case 0xc9: return take(value, size_t{1} << (marker - 0xc7)) && ext(value);
        case 0xca:
            if (!take(value, 4)) return false;
            token.kind = Kind::real;
            token.real = std::bit_cast<float>(static_cast<uint32_t>(value));
            return true;
        case 0xcb:
            if (!take(value, 8)) return false;
            token.kind = Kind::real;
            token.real = std::bit_cast<double>(value);
            return true;
        case 0xcc:
        case 0xcd:
        case 0xce:
        case 0xcf: return take(value, size_t{1} << (marker - 0xcc)) && number(value);
        case 0xd0: return take(value, 1) && signed_number(static_cast<int8_t>(value));
        case 0xd1: return take(value, 2) && signed_number(static_cast<int16_t>(value));
        case 0xd2: return take(value, 4) && signed_number(static_cast<int32_t>(value));
        case 0xd3: return take(value, 8) && signed_number(static_cast<int64_t>(value));
        case 0xd4:
        case 0xd5:
        case 0xd6:
        case 0xd7:
        case 0xd8: return ext(size_t{1} << (marker - 0xd4));
        case 0xd9:
        case 0xda:
        case 0xdb:
            return take(value, size_t{1} << (marker - 0xd9)) &&
                   take_bytes(token, Kind::text, static_cast<size_t>(value));
        case 0xdc:
        case 0xdd: return take(value, marker == 0xdc ? 2 : 4) && counted(Kind::list, value);
        case 0xde:
        case 0xdf: return take(value, marker == 0xde ? 2 : 4) && counted(Kind::map, value);
        default: return false;  // 0xc1 is never used
    }
}

bool MsgpackReader::skip(const Token& token)
{
    // A count of values still to pass is enough: nothing has to be remembered per level.
    const auto inside = [](const Token& of) -> uint64_t {
        if (of.kind == Kind::list) return of.count;
        if (of.kind == Kind::map) return uint64_t{2} * of.count;
        return 0;
    };
    uint64_t left = inside(token);
    Token inner;
    while (left > 0) {
        if (!next(inner)) return false;
        left = left - 1 + inside(inner);
    }
    return true;
}

std::optional<uint64_t> find_unsigned(const uint8_t* data, size_t len, std::string_view name,
                                      uint64_t missing)
{
    if (len == 0) return missing;
    MsgpackReader reader(data, len);
    Token token;
    if (!reader.next(token) || token.kind != Kind::map) return std::nullopt;
    const uint32_t pairs = token.count;
    for (uint32_t i = 0; i < pairs; ++i) {
        if (!reader.next(token)) return std::nullopt;
        const bool found = token.kind == Kind::text && token.bytes == name;
        if (!reader.skip(token) || !reader.next(token)) return std::nullopt;
        if (found) {
            if (token.kind != Kind::unsigned_int) return std::nullopt;
            return token.unsigned_value;
        }
        if (!reader.skip(token)) return std::nullopt;
    }
    return missing;
}

}  // namespace ltn_program
