#include <ltn/lightning-testing.h>

#include <string>

#include "convert.h"
#include "hop.h"
#include "modules.h"

namespace ltn_node {

namespace {

struct LogLine {
    int32_t level;
    std::string event;
    std::string fields;
};

/* Lines that JavaScript has not taken yet; more are lost, since the loop must not wait. */
constexpr size_t kLogQueue = 4096;

void write_line(Napi::Env env, Napi::Function function, std::unique_ptr<LogLine> line)
{
    if (env == nullptr) return;
    call_host(env, function,
              {Napi::Number::New(env, line->level), Napi::String::New(env, line->event),
               Napi::String::New(env, line->fields)});
}

Napi::Value wrap(Napi::Env env, RuntimeRef runtime)
{
    Instance::of(env).adopt(runtime);
    return Napi::External<RuntimeRef>::New(env, new RuntimeRef(std::move(runtime)),
                                           [](Napi::Env, RuntimeRef* box) { delete box; });
}

ltn_runtime* runtime_of(const Napi::CallbackInfo& info)
{
    auto* box = external_of<RuntimeRef>(info[0]);
    return box == nullptr ? nullptr : (*box)->handle;
}

Napi::Value make(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    auto box = std::make_shared<RuntimeBox>();
    const ltn_status status =
        ltn_runtime_new(&box->handle, LTN_DRIVE_THREAD, Instance::of(env).error());
    if (status != LTN_OK) return status_value(env, status);
    return wrap(env, std::move(box));
}

Napi::Value make_testing(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    auto box = std::make_shared<RuntimeBox>();
    box->is_virtual = true;
    const ltn_status status =
        ltn_testing_runtime_new(&box->handle, id_of(info[0]), Instance::of(env).error());
    if (status != LTN_OK) return status_value(env, status);
    return wrap(env, std::move(box));
}

Napi::Value set(const Napi::CallbackInfo& info)
{
    return status_value(
        info.Env(), ltn_runtime_set(runtime_of(info), text_of(info[1]).c_str(),
                                    text_of(info[2]).c_str(), Instance::of(info.Env()).error()));
}

Napi::Value set_config(const Napi::CallbackInfo& info)
{
    return status_value(info.Env(),
                        ltn_runtime_set_config(runtime_of(info), external_of<ltn_config>(info[1]),
                                               Instance::of(info.Env()).error()));
}

/* runtimeSetLog(runtime, level, function(level, event, fields)). */
Napi::Value set_log(const Napi::CallbackInfo& info)
{
    auto* hop = new std::shared_ptr<Hop>(
        Hop::create(info.Env(), info[2].As<Napi::Function>(), "ltn log", kLogQueue));
    return status_value(
        info.Env(), ltn_runtime_set_log(
                        runtime_of(info), static_cast<int32_t>(integer_of(info[1])),
                        [](int32_t level, const char* event, const char* fields, void* user_data) {
                            auto* target = static_cast<std::shared_ptr<Hop>*>(user_data);
                            (*target)->post(
                                std::make_unique<LogLine>(LogLine{level, event, fields}),
                                write_line);
                        },
                        hop,
                        [](void* user_data) {
                            auto* target = static_cast<std::shared_ptr<Hop>*>(user_data);
                            (*target)->release();
                            delete target;
                        }));
}

Napi::Value stop(const Napi::CallbackInfo& info)
{
    return status_value(info.Env(), ltn_runtime_stop(runtime_of(info)));
}

/* runtimeClosed(runtime): whether nothing of it runs any more; does not wait. */
Napi::Value closed(const Napi::CallbackInfo& info)
{
    return Napi::Boolean::New(info.Env(), ltn_runtime_wait(runtime_of(info), 0) == LTN_OK);
}

Napi::Value step(const Napi::CallbackInfo& info)
{
    return status_value(info.Env(), ltn_runtime_step(runtime_of(info), integer_of(info[1])));
}

Napi::Value now_ns(const Napi::CallbackInfo& info)
{
    uint64_t ns = 0;
    (void)ltn_testing_runtime_now_ns(runtime_of(info), &ns);
    return Napi::Number::New(info.Env(), static_cast<double>(ns));
}

Napi::Value set_loss(const Napi::CallbackInfo& info)
{
    return status_value(info.Env(), ltn_testing_runtime_set_loss(
                                        runtime_of(info), static_cast<uint32_t>(id_of(info[1]))));
}

Napi::Value config_load(const Napi::CallbackInfo& info)
{
    ltn_config* config = nullptr;
    const std::string path = text_of(info[0]);
    const ltn_status status = ltn_config_load(&config, info[0].IsString() ? path.c_str() : nullptr,
                                              Instance::of(info.Env()).error());
    if (status != LTN_OK) return status_value(info.Env(), status);
    return Napi::External<ltn_config>::New(info.Env(), config,
                                           [](Napi::Env, ltn_config* c) { ltn_config_free(c); });
}

Napi::Value config_check(const Napi::CallbackInfo& info)
{
    return status_value(info.Env(), ltn_config_check(external_of<ltn_config>(info[0]),
                                                     Instance::of(info.Env()).error()));
}

/* configGet(config, section, name): [value, origin] or null. */
Napi::Value config_get(const Napi::CallbackInfo& info)
{
    const char* value = nullptr;
    const char* origin = nullptr;
    const ltn_status status = ltn_config_get(external_of<ltn_config>(info[0]), &value, &origin,
                                             text_of(info[1]).c_str(), text_of(info[2]).c_str());
    if (status == LTN_ERR_EMPTY) return info.Env().Null();
    if (status != LTN_OK) return status_value(info.Env(), status);
    auto out = Napi::Array::New(info.Env(), 2);
    out[0u] = text_or_null(info.Env(), value);
    out[1u] = text_or_null(info.Env(), origin);
    return out;
}

}  // namespace

void add_runtimes(Napi::Env env, Napi::Object exports)
{
    add(env, exports, "runtimeNew", make);
    add(env, exports, "runtimeNewTesting", make_testing);
    add(env, exports, "runtimeSet", set);
    add(env, exports, "runtimeSetConfig", set_config);
    add(env, exports, "runtimeSetLog", set_log);
    add(env, exports, "runtimeStop", stop);
    add(env, exports, "runtimeClosed", closed);
    add(env, exports, "runtimeStep", step);
    add(env, exports, "runtimeNowNs", now_ns);
    add(env, exports, "runtimeSetLoss", set_loss);
    add(env, exports, "configLoad", config_load);
    add(env, exports, "configCheck", config_check);
    add(env, exports, "configGet", config_get);
}

}  // namespace ltn_node
