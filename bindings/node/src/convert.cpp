#include "convert.h"

#include <cstring>

namespace ltn_node {

Span bytes_of(const Napi::Value& value)
{
    if (!value.IsTypedArray()) return {};
    const auto array = value.As<Napi::Uint8Array>();
    return {array.Data(), array.ByteLength()};
}

bool is_bytes(const Napi::Value& value, size_t len)
{
    return value.IsTypedArray() && bytes_of(value).len == len;
}

std::string text_of(const Napi::Value& value)
{
    return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

int64_t integer_of(const Napi::Value& value)
{
    return value.IsNumber() ? value.As<Napi::Number>().Int64Value() : 0;
}

uint64_t id_of(const Napi::Value& value)
{
    return static_cast<uint64_t>(integer_of(value));
}

Napi::Value copy_buffer(Napi::Env env, const uint8_t* data, size_t len)
{
    return Napi::Buffer<uint8_t>::Copy(env, data, len);
}

Napi::Value small_bytes(Napi::Env env, const uint8_t* data, size_t len)
{
    const Instance& self = Instance::of(env);
    if (len > self.scratch_size()) return copy_buffer(env, data, len);
    if (len > 0) std::memcpy(self.scratch(), data, len);
    return Napi::Number::New(env, -1.0 - static_cast<double>(len));
}

Napi::Value buffer_from(Napi::Env env, ltn_bytes* bytes)
{
    auto* data = const_cast<uint8_t*>(ltn_bytes_data(bytes));
    const size_t len = ltn_bytes_len(bytes);
    if (len < kExternalBytes) {
        const Napi::Value copy = small_bytes(env, data, len);
        ltn_bytes_free(bytes);
        return copy;
    }
    /* The reference is the only one left by the time JavaScript sees it, or the library is done
     * with the bytes: what a program writes into the buffer reaches nobody else. Where external
     * memory is not allowed (a sandboxed V8), NewOrCopy copies and runs the finalizer at once. */
    return Napi::Buffer<uint8_t>::NewOrCopy(
        env, data, len, [](Napi::Env, uint8_t*, ltn_bytes* owner) { ltn_bytes_free(owner); },
        bytes);
}

Napi::Value status_value(Napi::Env env, ltn_status status)
{
    return Napi::Number::New(env, status);
}

Napi::Value text_or_null(Napi::Env env, const char* text)
{
    if (text == nullptr) return env.Null();
    return Napi::String::New(env, text);
}

}  // namespace ltn_node
