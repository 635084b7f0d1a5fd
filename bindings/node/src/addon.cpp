#include "convert.h"
#include "modules.h"

namespace ltn_node {

namespace {

/* The failure of the call before this one: status, category, retriable, text. */
Napi::Value last_error(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    const Instance& self = Instance::of(env);
    auto out = Napi::Array::New(env, 4);
    out[0u] = Napi::Number::New(env, ltn_error_status(self.error()));
    out[1u] = Napi::Number::New(env, ltn_error_category(self.error()));
    out[2u] = Napi::Boolean::New(env, ltn_error_retriable(self.error()) != 0);
    out[3u] = Napi::String::New(env, ltn_error_text(self.error()));
    return out;
}

Napi::Value start(const Napi::CallbackInfo& info)
{
    Instance& self = Instance::of(info.Env());
    return status_value(info.Env(),
                        self.start(info[0].As<Napi::Function>(), info[1].As<Napi::Float64Array>(),
                                   info[2].As<Napi::Uint8Array>()));
}

void keep_alive(const Napi::CallbackInfo& info)
{
    Instance::of(info.Env()).keep_alive(info[0].ToBoolean());
}

Napi::Value drain(const Napi::CallbackInfo& info)
{
    return Napi::Number::New(info.Env(), static_cast<double>(Instance::of(info.Env()).drain(true)));
}

Napi::Value constants(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    auto out = Napi::Object::New(env);
    for (size_t i = 0; const char* name = ltn_constant_name(i); ++i) {
        int64_t value = 0;
        if (ltn_constant(&value, name) == LTN_OK) out.Set(name, static_cast<double>(value));
    }
    return out;
}

Napi::Value components(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    auto out = Napi::Object::New(env);
    for (size_t i = 0; const char* name = ltn_component_name(i); ++i) {
        out.Set(name, ltn_component_version(i));
    }
    return out;
}

Napi::Object init(Napi::Env env, Napi::Object exports)
{
    /* The number in the soname: a library of another one has other structs. */
    if (ltn_abi_version() != LTN_ABI_VERSION) {
        Napi::Error::New(env, "expected libltn with ABI " + std::to_string(LTN_ABI_VERSION) +
                                  ", came " + std::to_string(ltn_abi_version()))
            .ThrowAsJavaScriptException();
        return exports;
    }
    if (Instance::create(env) == nullptr) {
        Napi::Error::New(env, "expected memory for an event queue, came none")
            .ThrowAsJavaScriptException();
        return exports;
    }
    exports.Set("version", ltn_version());
    exports.Set("wireProtocol", ltn_wire_protocol());
    add(env, exports, "lastError", last_error);
    add(env, exports, "start", start);
    add(env, exports, "keepAlive", keep_alive);
    add(env, exports, "drain", drain);
    add(env, exports, "constants", constants);
    add(env, exports, "components", components);
    add_keys(env, exports);
    add_signers(env, exports);
    add_runtimes(env, exports);
    add_clients(env, exports);
    add_servers(env, exports);
    add_ops(env, exports);
    add_pictures(env, exports);
    return exports;
}

}  // namespace

}  // namespace ltn_node

static Napi::Object ltn_init(Napi::Env env, Napi::Object exports)
{
    return ltn_node::init(env, exports);
}

NODE_API_MODULE(ltn, ltn_init)
