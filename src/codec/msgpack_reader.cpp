// The public face of the reader: tokens with their values, whole values, and the texts of failures.
#include <algorithm>
#include <bit>

#include "codec/msgpack.h"
#include "codec/msgpack_cursor.h"

namespace ltn::codec::msgpack {

std::string_view kind_name(Kind kind)
{
    switch (kind) {
        case Kind::nil: return "nil";
        case Kind::boolean: return "bool";
        case Kind::unsigned_int: return "unsigned integer";
        case Kind::negative_int: return "negative integer";
        case Kind::float32: return "32-bit float";
        case Kind::float64: return "64-bit float";
        case Kind::str: return "str";
        case Kind::bin: return "bin";
        case Kind::array: return "array";
        case Kind::map: return "map";
        case Kind::ext: return "ext";
    }
    return "unknown kind";
}

std::string fault_text(const Fault& fault)
{
    const std::string where = " at byte " + std::to_string(fault.offset);
    const std::string wanted = std::to_string(fault.wanted);
    const std::string left = std::to_string(fault.left);
    switch (fault.reason) {
        case Fault::Reason::none: break;
        case Fault::Reason::end_of_input: return "expected a value, got the end" + where;
        case Fault::Reason::short_body:
            return "expected " + wanted + " bytes after the marker" + where + ", got " + left;
        case Fault::Reason::count_too_large:
            return "expected " + wanted + " elements after the marker" + where + ", got only " +
                   left + " bytes";
        case Fault::Reason::reserved_marker: return "expected a value, got marker 0xc1" + where;
        case Fault::Reason::too_deep:
            return "expected at most " + wanted + " levels of nesting, got one more" + where;
    }
    return "no fault";
}

Error fault_error(const Fault& fault)
{
    return Error(Code::malformed, Category::serialization, fault_text(fault));
}

Result<Token> Reader::next()
{
    Cursor cursor(bytes_, offset_);
    Item item;
    if (!cursor.read(item)) return fault_error(cursor.fault());
    offset_ = cursor.offset();
    Token token;
    token.kind = item.kind;
    token.offset = item.offset;
    switch (item.kind) {
        case Kind::nil: break;
        case Kind::boolean: token.boolean = item.bits != 0; break;
        case Kind::unsigned_int: token.u64 = item.bits; break;
        case Kind::negative_int: token.i64 = static_cast<int64_t>(item.bits); break;
        case Kind::float32:
            token.f32 = std::bit_cast<float>(static_cast<uint32_t>(item.bits));
            break;
        case Kind::float64: token.f64 = std::bit_cast<double>(item.bits); break;
        case Kind::array:
        case Kind::map: token.count = item.size; break;
        case Kind::ext: token.ext_type = item.ext_type; [[fallthrough]];
        case Kind::str:
        case Kind::bin: token.bytes = item.bytes_of(bytes_); break;
    }
    return token;
}

Result<ByteView> Reader::skip(unsigned depth_max)
{
    Cursor cursor(bytes_, offset_);
    if (!cursor.skip(std::min(depth_max, kDepthMax))) return fault_error(cursor.fault());
    ByteView covered = cursor.from(offset_);
    offset_ = cursor.offset();
    return covered;
}

ByteView find(ByteView map, std::string_view key)
{
    Cursor cursor(map);
    Item item;
    if (!cursor.read(item) || item.kind != Kind::map) return {};
    const ByteView wanted = as_bytes(key);
    ByteView found;
    for (uint32_t i = 0; i < item.size; ++i) {
        Item name;
        const size_t key_at = cursor.offset();
        if (!cursor.read(name)) return {};
        const bool match = name.kind == Kind::str && std::ranges::equal(name.bytes_of(map), wanted);
        if (name.kind >= Kind::array) {
            cursor.seek(key_at);
            if (!cursor.skip(kDepthMax - 1)) return {};
        }
        const size_t value_at = cursor.offset();
        if (!cursor.skip(kDepthMax - 1)) return {};
        if (match) found = cursor.from(value_at);
    }
    return found;
}

}  // namespace ltn::codec::msgpack
