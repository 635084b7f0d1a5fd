#include "acceptance/typed.h"

#include "codec/text.h"

namespace ltn::acceptance {

Error from_value(const Value& value, Value& out)
{
    out = value;
    return {};
}

Error from_value(const Value& value, bool& out)
{
    const bool* found = value.as<bool>();
    if (found == nullptr) return typed_error("expected a boolean");
    out = *found;
    return {};
}

Error from_value(const Value& value, double& out)
{
    if (const double* wide = value.as<double>()) {
        out = *wide;
    } else if (const float* narrow = value.as<float>()) {
        out = static_cast<double>(*narrow);
    } else if (const uint64_t* number = value.as<uint64_t>()) {
        out = static_cast<double>(*number);
    } else if (const int64_t* below = value.as<int64_t>()) {
        out = static_cast<double>(*below);
    } else {
        return typed_error("expected a number");
    }
    return {};
}

Error from_value(const Value& value, float& out)
{
    double wide = 0;
    Error error = from_value(value, wide);
    out = static_cast<float>(wide);
    return error;
}

Error from_value(const Value& value, std::string& out)
{
    if (const std::string* text = value.as<std::string>()) {
        out = *text;
        return {};
    }
    const Bytes* bytes = value.as<Bytes>();
    if (bytes == nullptr || !codec::is_valid_utf8(*bytes)) return typed_error("expected a string");
    out = as_text(*bytes);
    return {};
}

Error from_value(const Value& value, Blob& out)
{
    if (const Bytes* bytes = value.as<Bytes>()) {
        out.bytes = *bytes;
        return {};
    }
    if (const std::string* text = value.as<std::string>()) {
        out.bytes.assign(text->begin(), text->end());
        return {};
    }
    return from_value(value, out.bytes);
}

Error from_value(const Value& value, std::span<const char* const> names, Variant& out)
{
    out = {};
    const Value* which = &value;
    if (const Array* array = value.as<Array>()) {
        if (array->empty() || array->size() > 2) return typed_error("expected array, map or int");
        which = array->data();
        if (array->size() == 2) out.inner = (*array)[1];
    } else if (const Map* map = value.as<Map>()) {
        if (map->size() != 1) return typed_error("expected array, map or int");
        which = &map->front().first;
        out.inner = map->front().second;
    }
    if (const uint64_t* index = which->as<uint64_t>()) {
        if (*index >= names.size()) return typed_error("unknown variant");
        out.index = static_cast<uint32_t>(*index);
        return {};
    }
    std::string name;
    if (Error error = from_value(*which, name); !error.ok()) return error;
    for (size_t i = 0; i < names.size(); ++i) {
        if (name != names[i]) continue;
        out.index = static_cast<uint32_t>(i);
        return {};
    }
    return typed_error("unknown variant");
}

Error integer_from(const Value& value, int64_t min, uint64_t max, int64_t* low, uint64_t* high)
{
    *low = 0;
    *high = 0;
    if (const uint64_t* number = value.as<uint64_t>()) {
        if (*number > max) return typed_error("integer out of range");
        *high = *number;
        return {};
    }
    const int64_t* below = value.as<int64_t>();
    if (below == nullptr) return typed_error("expected an integer");
    if (*below < min) return typed_error("integer out of range");
    *low = *below;
    return {};
}

const Value* field_of(const Value& record, std::string_view name, size_t position)
{
    if (const Array* array = record.as<Array>()) {
        return position < array->size() ? &(*array)[position] : nullptr;
    }
    if (const Value* found = record.find(name)) return found;
    const Map* map = record.as<Map>();
    if (map == nullptr) return nullptr;
    for (const auto& [key, value] : *map) {
        const uint64_t* number = key.as<uint64_t>();
        if (number != nullptr && *number == position) return &value;
    }
    return nullptr;
}

}  // namespace ltn::acceptance
