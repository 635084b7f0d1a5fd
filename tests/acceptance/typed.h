// Typed values to `data` and back, as the original's typed helpers map them (spec/transport.md
// 1.14). A helper of tests: the library hands MessagePack bytes on as they are, and a binding maps
// them to what its language has.
//
// A structure lists its fields:
//     struct Echo {
//         std::string message;
//         std::optional<int64_t> count;
//         template <class Self, class Visit>
//         static void fields(Self& self, Visit&& visit)
//         {
//             visit("message", self.message);
//             visit("count", self.count, acceptance::kSkipNone);
//         }
//     };
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

#include "acceptance/value.h"

namespace ltn::acceptance {

// An empty optional with this mark leaves no key behind.
struct SkipNone {};
inline constexpr SkipNone kSkipNone;

// The byte string type. A plain `Bytes` is a list of integers, as the original writes it.
struct Blob {
    Bytes bytes;
};

// A variant of an enum: which one, and what it carries (nothing for a unit variant).
struct Variant {
    uint32_t index = 0;
    std::optional<Value> inner;
};

template <class T>
concept Record = requires(T& value)
{
    T::fields(value, [](const char*, auto&, auto...) {});
};

inline Error typed_error(const std::string& text)
{
    return Error(Code::malformed, Category::serialization, "error while decoding value: " + text);
}

// ---- writing

inline Value to_value(const Value& value)
{
    return value;
}
inline Value to_value(const std::string& text)
{
    return Value::str(text);
}
inline Value to_value(const Blob& blob)
{
    return Value::bin(blob.bytes);
}
inline Value to_value(float value)
{
    return Value(Value::Any(value));
}
inline Value to_value(double value)
{
    return Value(Value::Any(value));
}
template <class T>
requires std::is_integral_v<T> Value to_value(T value)
{
    if constexpr (std::is_same_v<T, bool>) return Value::boolean(value);
    if constexpr (std::is_signed_v<T>) return Value::number(value);
    return Value::number_unsigned(static_cast<uint64_t>(value));
}
inline Value to_value(const Variant& variant)
{
    Value index = Value::number_unsigned(variant.index);
    if (!variant.inner.has_value()) return index;
    return Value::map({{std::move(index), *variant.inner}});
}
template <class T>
Value to_value(const std::vector<T>& list);
template <class T>
Value to_value(const std::map<std::string, T>& map);
template <class T>
Value to_value(const std::optional<T>& value);
template <Record T>
Value to_value(const T& record);

template <class T>
Value to_value(const std::vector<T>& list)
{
    Array out;
    for (const T& item : list) out.push_back(to_value(item));
    return Value::array(std::move(out));
}
template <class T>
Value to_value(const std::map<std::string, T>& map)
{
    Map out;
    for (const auto& [key, item] : map) out.emplace_back(Value::str(key), to_value(item));
    return Value::map(std::move(out));
}
template <class T>
Value to_value(const std::optional<T>& value)
{
    return value.has_value() ? to_value(*value) : Value();
}
template <Record T>
Value to_value(const T& record)
{
    Map out;
    T::fields(record, [&out](const char* name, const auto& field, auto... skip) {
        Value value = to_value(field);
        if (sizeof...(skip) != 0 && value.is_nil()) return;
        out.emplace_back(Value::str(name), std::move(value));
    });
    return Value::map(std::move(out));
}

// The `data` of a request or an answer: a map whose keys are text.
template <class T>
Result<Bytes> to_data(const T& typed)
{
    Value value = to_value(typed);
    Map* map = std::get_if<Map>(&value.any);
    if (map == nullptr) {
        return Error(Code::malformed, Category::serialization,
                     "expected map from serialized struct");
    }
    for (auto& [key, item] : *map) {
        if (key.template as<std::string>() != nullptr) continue;
        if (key.is_nil()) {
            key = Value::str("nil");
        } else if (const uint64_t* number = key.template as<uint64_t>()) {
            key = Value::str(std::to_string(*number));
        } else if (const int64_t* below = key.template as<int64_t>()) {
            key = Value::str(std::to_string(*below));
        }
    }
    return encoded(value);
}

// ---- reading

Error from_value(const Value& value, Value& out);
Error from_value(const Value& value, bool& out);
Error from_value(const Value& value, float& out);
Error from_value(const Value& value, double& out);
Error from_value(const Value& value, std::string& out);
Error from_value(const Value& value, Blob& out);
// Everything that the original writes, and what its own reader takes: index, {index: value},
// [index], [index, value], and the variant's name in place of the index (upstream-R21).
Error from_value(const Value& value, std::span<const char* const> names, Variant& out);

// In range, else an error.
Error integer_from(const Value& value, int64_t min, uint64_t max, int64_t* low, uint64_t* high);

template <class T>
requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) Error
    from_value(const Value& value, T& out)
{
    int64_t below = 0;
    uint64_t number = 0;
    Error error =
        integer_from(value, std::is_signed_v<T> ? std::numeric_limits<T>::min() : 0,
                     static_cast<uint64_t>(std::numeric_limits<T>::max()), &below, &number);
    out = below < 0 ? static_cast<T>(below) : static_cast<T>(number);
    return error;
}
template <class T>
Error from_value(const Value& value, std::vector<T>& out);
template <class T>
Error from_value(const Value& value, std::map<std::string, T>& out);
template <class T>
Error from_value(const Value& value, std::optional<T>& out);
template <Record T>
Error from_value(const Value& value, T& out);

template <class T>
Error from_value(const Value& value, std::vector<T>& out)
{
    const Array* array = value.as<Array>();
    if (array == nullptr) return typed_error("expected a list");
    out.assign(array->size(), T{});
    for (size_t i = 0; i < array->size(); ++i) {
        if (Error error = from_value((*array)[i], out[i]); !error.ok()) return error;
    }
    return {};
}
template <class T>
Error from_value(const Value& value, std::map<std::string, T>& out)
{
    const Map* map = value.as<Map>();
    if (map == nullptr) return typed_error("expected a map");
    out.clear();
    for (const auto& [key, item] : *map) {
        std::string name;
        if (Error error = from_value(key, name); !error.ok()) return error;
        if (Error error = from_value(item, out[name]); !error.ok()) return error;
    }
    return {};
}
template <class T>
Error from_value(const Value& value, std::optional<T>& out)
{
    out.reset();
    if (value.is_nil()) return {};
    return from_value(value, out.emplace());
}
// Of a structure's field: by name, by position in a map, or by position in an array.
const Value* field_of(const Value& record, std::string_view name, size_t position);

template <Record T>
Error from_value(const Value& value, T& out)
{
    const Array* array = value.as<Array>();
    if (array == nullptr && value.as<Map>() == nullptr) return typed_error("expected a structure");
    Error first;
    size_t position = 0;
    T::fields(out, [&](const char* name, auto& field, auto...) {
        const Value* found = field_of(value, name, position++);
        Error error;
        if (found != nullptr) {
            error = from_value(*found, field);
        } else if (!from_value(Value(), field).ok()) {
            // A missing optional is empty; anything else must be there.
            error = typed_error("missing field `" + std::string(name) + "`");
        }
        if (first.ok()) first = error;
    });
    if (first.ok() && array != nullptr && array->size() != position) {
        return typed_error("expected " + std::to_string(position) + " fields, got " +
                           std::to_string(array->size()));
    }
    return first;
}

template <class T>
Result<T> from_data(ByteView data)
{
    auto value = decode_value(data);
    if (!value.ok()) return value.error();
    T out{};
    if (Error error = from_value(value.value(), out); !error.ok()) return error;
    return out;
}

}  // namespace ltn::acceptance
