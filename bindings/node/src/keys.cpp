#include <cstring>

#include "convert.h"
#include "modules.h"

namespace ltn_node {

namespace {

Napi::Value seed_generate(const Napi::CallbackInfo& info)
{
    uint8_t seed[LTN_SEED_LEN];
    const ltn_status status = ltn_seed_generate(seed);
    if (status != LTN_OK) return status_value(info.Env(), status);
    const Napi::Value out = copy_buffer(info.Env(), seed, sizeof seed);
    explicit_bzero(seed, sizeof seed);
    return out;
}

Napi::Value hotkey_encode(const Napi::CallbackInfo& info)
{
    char text[LTN_HOTKEY_TEXT_SIZE];
    size_t len = 0;
    const Span key = bytes_of(info[0]);
    if (key.len != LTN_KEY_LEN) return status_value(info.Env(), LTN_ERR_INVALID_ARGUMENT);
    const ltn_status status = ltn_hotkey_encode(text, sizeof text, &len, key.data);
    if (status != LTN_OK) return status_value(info.Env(), status);
    return Napi::String::New(info.Env(), text, len);
}

/* hotkeyDecode(text, anyPrefix). */
Napi::Value hotkey_decode(const Napi::CallbackInfo& info)
{
    uint8_t key[LTN_KEY_LEN];
    const uint32_t flags = info[1].ToBoolean() ? LTN_HOTKEY_ANY_PREFIX : 0;
    const ltn_status status =
        ltn_hotkey_decode(key, text_of(info[0]).c_str(), flags, Instance::of(info.Env()).error());
    if (status != LTN_OK) return status_value(info.Env(), status);
    return copy_buffer(info.Env(), key, sizeof key);
}

/* signatureVerify(key, message, signature). */
Napi::Value signature_verify(const Napi::CallbackInfo& info)
{
    const Span key = bytes_of(info[0]);
    const Span message = bytes_of(info[1]);
    const Span signature = bytes_of(info[2]);
    if (key.len != LTN_KEY_LEN) return Napi::Boolean::New(info.Env(), false);
    return Napi::Boolean::New(
        info.Env(), ltn_signature_verify(key.data, message.data, message.len, signature.data,
                                         signature.len) == LTN_OK);
}

}  // namespace

void add_keys(Napi::Env env, Napi::Object exports)
{
    add(env, exports, "seedGenerate", seed_generate);
    add(env, exports, "hotkeyEncode", hotkey_encode);
    add(env, exports, "hotkeyDecode", hotkey_decode);
    add(env, exports, "signatureVerify", signature_verify);
}

}  // namespace ltn_node
