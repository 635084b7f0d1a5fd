// A tree of MessagePack values: what hosts in dynamic languages hold. The library itself never
// builds one; tests compare with it.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"

namespace ltn::acceptance {

struct Value;
using Array = std::vector<Value>;
using Map = std::vector<std::pair<Value, Value>>;  // any key, in order, repeats kept
struct Ext {
    int8_t type = 0;
    Bytes bytes;
};

struct Value {
    using Any = std::variant<std::monostate, bool, uint64_t, int64_t, float, double, std::string,
                             Bytes, Array, Map, Ext>;
    Any any;  // int64_t: negative numbers only

    Value() = default;
    Value(Any value) : any(std::move(value)) {}

    static Value boolean(bool value) { return Any(value); }
    static Value number(int64_t value);
    static Value number_unsigned(uint64_t value) { return Any(value); }
    static Value str(std::string value) { return Any(std::move(value)); }
    static Value bin(Bytes value) { return Any(std::move(value)); }
    static Value array(Array value) { return Any(std::move(value)); }
    static Value map(Map value) { return Any(std::move(value)); }
    static Value object(std::vector<std::pair<std::string, Value>> entries);

    template <class T>
    const T* as() const
    {
        return std::get_if<T>(&any);
    }
    bool is_nil() const { return any.index() == 0; }
    // The value of a str key in a map; nullptr when there is none.
    const Value* find(std::string_view key) const;
};

// Floats are equal when their bits are.
bool operator==(const Value& a, const Value& b);

void encode_value(const Value& value, Bytes& out);
Bytes encoded(const Value& value);
// One whole value, nothing behind it.
Result<Value> decode_value(ByteView bytes);

}  // namespace ltn::acceptance
