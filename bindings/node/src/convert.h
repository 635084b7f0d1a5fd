/* Values between JavaScript and C. The JavaScript half has checked kinds and ranges already, so
 * that its messages can name the argument; here a wrong value only must not crash. */
#pragma once

#include <string>

#include "instance.h"

namespace ltn_node {

struct Span {
    const uint8_t* data = nullptr;
    size_t len = 0;
};

/* The bytes of a Uint8Array (any other value: none). Borrowed until JavaScript runs again. */
Span bytes_of(const Napi::Value& value);
std::string text_of(const Napi::Value& value);
int64_t integer_of(const Napi::Value& value);
uint64_t id_of(const Napi::Value& value);
/* Whether `value` is exactly `len` bytes. */
bool is_bytes(const Napi::Value& value, size_t len);

/* Bytes from this size on are handed to JavaScript without a copy. Below it a copy is cheaper than
 * an external buffer, whose finalizer costs about a microsecond. */
constexpr size_t kExternalBytes = 64 * 1024;

Napi::Value copy_buffer(Napi::Env env, const uint8_t* data, size_t len);
/* Small bytes through the instance's scratch: -1 - len. A Buffer for each has a backing store of
 * its own; collecting those took a fifth of the time of a program that makes 1 KB calls. */
Napi::Value small_bytes(Napi::Env env, const uint8_t* data, size_t len);
/* Takes `bytes` over: a Buffer that frees them by its finalizer, or small_bytes. */
Napi::Value buffer_from(Napi::Env env, ltn_bytes* bytes);

Napi::Value status_value(Napi::Env env, ltn_status status);
Napi::Value text_or_null(Napi::Env env, const char* text);

/* Calls a function of the host from a hop. By the C name: see Instance::drain. */
template <size_t N>
void call_host(Napi::Env env, Napi::Function function, const napi_value (&arguments)[N])
{
    (void)napi_call_function(env, env.Global(), function, N, arguments, nullptr);
}

/* A C handle that JavaScript carries as an External. */
template <typename T>
T* external_of(const Napi::Value& value)
{
    return value.IsExternal() ? value.As<Napi::External<T>>().Data() : nullptr;
}

}  // namespace ltn_node
