#include "acceptance/value.h"

#include <cstring>

#include "codec/msgpack.h"

namespace ltn::acceptance {

using codec::msgpack::Kind;
using codec::msgpack::Reader;
using codec::msgpack::Token;
using codec::msgpack::Writer;

Value Value::number(int64_t value)
{
    return value < 0 ? Value(Any(value)) : number_unsigned(static_cast<uint64_t>(value));
}

Value Value::object(std::vector<std::pair<std::string, Value>> entries)
{
    Map out;
    for (auto& [key, value] : entries) out.emplace_back(str(key), std::move(value));
    return map(std::move(out));
}

const Value* Value::find(std::string_view key) const
{
    const Map* map = as<Map>();
    if (map == nullptr) return nullptr;
    for (const auto& [name, value] : *map) {
        const std::string* text = name.as<std::string>();
        if (text != nullptr && *text == key) return &value;
    }
    return nullptr;
}

bool operator==(const Value& a, const Value& b)
{
    return encoded(a) == encoded(b);
}

void encode_value(const Value& value, Bytes& out)
{
    Writer writer(out);
    struct Visitor {
        Writer& writer;
        Bytes& out;
        void operator()(std::monostate) { writer.nil(); }
        void operator()(bool v) { writer.boolean(v); }
        void operator()(uint64_t v) { writer.unsigned_int(v); }
        void operator()(int64_t v) { writer.signed_int(v); }
        void operator()(float v) { writer.float32(v); }
        void operator()(double v) { writer.float64(v); }
        void operator()(const std::string& v) { writer.str(v); }
        void operator()(const Bytes& v) { writer.bin(v); }
        void operator()(const Ext& v) { writer.ext(v.type, v.bytes); }
        void operator()(const Array& v)
        {
            writer.array(static_cast<uint32_t>(v.size()));
            for (const Value& item : v) encode_value(item, out);
        }
        void operator()(const Map& v)
        {
            writer.map(static_cast<uint32_t>(v.size()));
            for (const auto& [key, item] : v) {
                encode_value(key, out);
                encode_value(item, out);
            }
        }
    };
    std::visit(Visitor{writer, out}, value.any);
}

Bytes encoded(const Value& value)
{
    Bytes out;
    encode_value(value, out);
    return out;
}

namespace {

// Recursive: only tests read trees, and they have been skipped over by the bounded reader before.
Result<Value> read(Reader& reader)
{
    auto token = reader.next();
    if (!token.ok()) return token.error();
    const Token& t = token.value();
    switch (t.kind) {
        case Kind::nil: return Value();
        case Kind::boolean: return Value::boolean(t.boolean);
        case Kind::unsigned_int: return Value::number_unsigned(t.u64);
        case Kind::negative_int: return Value::number(t.i64);
        case Kind::float32: return Value(Value::Any(t.f32));
        case Kind::float64: return Value(Value::Any(t.f64));
        case Kind::str: return Value::str(std::string(as_text(t.bytes)));
        case Kind::bin: return Value::bin(Bytes(t.bytes.begin(), t.bytes.end()));
        case Kind::ext:
            return Value(Value::Any(Ext{t.ext_type, Bytes(t.bytes.begin(), t.bytes.end())}));
        case Kind::array: {
            Array out;
            for (uint32_t i = 0; i < t.count; ++i) {
                auto item = read(reader);
                if (!item.ok()) return item.error();
                out.push_back(std::move(item.value()));
            }
            return Value::array(std::move(out));
        }
        case Kind::map: {
            Map out;
            for (uint32_t i = 0; i < t.count; ++i) {
                auto key = read(reader);
                if (!key.ok()) return key.error();
                auto item = read(reader);
                if (!item.ok()) return item.error();
                out.emplace_back(std::move(key.value()), std::move(item.value()));
            }
            return Value::map(std::move(out));
        }
    }
    return Error(Code::malformed, Category::serialization, "unknown kind of value");
}

}  // namespace

Result<Value> decode_value(ByteView bytes)
{
    Reader whole(bytes);
    auto covered = whole.skip();
    if (!covered.ok()) return covered.error();
    if (!whole.at_end()) {
        return Error(
            Code::malformed, Category::serialization,
            "expected one value, got " + std::to_string(whole.rest().size()) + " bytes behind it");
    }
    Reader reader(bytes);
    return read(reader);
}

}  // namespace ltn::acceptance
