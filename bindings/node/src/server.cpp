#include "boxes.h"
#include "convert.h"
#include "hop.h"
#include "modules.h"

namespace ltn_node {

namespace {

ltn_server* server_of(const Napi::CallbackInfo& info)
{
    auto* box = external_of<ServerBox>(info[0]);
    return box == nullptr ? nullptr : box->handle;
}

Napi::Value make(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    Instance& self = Instance::of(env);
    auto* given = external_of<RuntimeRef>(info[0]);
    const RuntimeRef runtime = given != nullptr ? *given : self.shared_runtime();
    if (runtime == nullptr) return status_value(env, ltn_error_status(self.error()));
    auto box = std::make_unique<ServerBox>();
    ltn_status status = ltn_server_new(&box->handle, runtime->handle,
                                       external_of<SignerBox>(info[1])->handle, self.error());
    if (status != LTN_OK) return status_value(env, status);
    box->runtime = runtime;
    box->objects = self.objects();
    status = ltn_server_deliver_queue(box->handle, self.queue());
    if (status != LTN_OK) return status_value(env, status);
    const uint64_t id = self.next_id();
    box->objects->emplace(box->handle, id);
    auto out = Napi::Array::New(env, 2);
    out[0u] = give_box(env, box.release());
    out[1u] = Napi::Number::New(env, static_cast<double>(id));
    return out;
}

Napi::Value set(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    if (server == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    return status_value(info.Env(),
                        ltn_server_set(server, text_of(info[1]).c_str(), text_of(info[2]).c_str(),
                                       Instance::of(info.Env()).error()));
}

Napi::Value set_config(const Napi::CallbackInfo& info)
{
    return status_value(info.Env(),
                        ltn_server_set_config(server_of(info), external_of<ltn_config>(info[1]),
                                              Instance::of(info.Env()).error()));
}

/* serverHandle(server, type or null, tag, streams). */
Napi::Value handle(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    if (server == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    const std::string type = text_of(info[1]);
    const auto function = info[3].ToBoolean() ? ltn_server_handle_stream : ltn_server_handle;
    return status_value(
        info.Env(), function(server, info[1].IsString() ? type.c_str() : nullptr, id_of(info[2]),
                             nullptr, nullptr, nullptr, Instance::of(info.Env()).error()));
}

Napi::Value unhandle(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    if (server == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    const std::string type = text_of(info[1]);
    return status_value(info.Env(),
                        ltn_server_unhandle(server, info[1].IsString() ? type.c_str() : nullptr));
}

/* serverSetPermits(server, keys one after another). */
Napi::Value set_permits(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    if (server == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    const Span keys = bytes_of(info[1]);
    return status_value(info.Env(),
                        ltn_server_set_permits(server, keys.data, keys.len / LTN_KEY_LEN,
                                               Instance::of(info.Env()).error()));
}

Napi::Value set_sources(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    if (server == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    return status_value(info.Env(), ltn_server_set_sources(server, text_of(info[1]).c_str(),
                                                           Instance::of(info.Env()).error()));
}

/* serverResolve(server, tag, sources): permits unless `sources`. */
Napi::Value resolve(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    const auto function =
        info[2].ToBoolean() ? ltn_server_resolve_sources : ltn_server_resolve_permits;
    return status_value(info.Env(), function(server, id_of(info[1]), nullptr, nullptr, nullptr,
                                             Instance::of(info.Env()).error()));
}

struct Seen {
    std::string hotkey;
    std::string address;
};

/* An observer is told on the loop's thread and has no event in a queue, so this one hops. Bounded:
 * what does not fit is not told (nothing waits for an observer). */
constexpr size_t kObserverQueue = 4096;

void tell(Napi::Env env, Napi::Function function, std::unique_ptr<Seen> seen)
{
    if (env == nullptr) return;
    call_host(env, function,
              {Napi::String::New(env, seen->hotkey), Napi::String::New(env, seen->address)});
}

Napi::Value observe(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    auto* hop = new std::shared_ptr<Hop>(
        Hop::create(env, info[1].As<Napi::Function>(), "ltn observe", kObserverQueue));
    return status_value(
        env, ltn_server_observe(
                 server_of(info),
                 [](const uint8_t*, const char* hotkey, const char* address, void* user_data) {
                     auto* target = static_cast<std::shared_ptr<Hop>*>(user_data);
                     (*target)->post(std::make_unique<Seen>(Seen{hotkey, address}), tell);
                 },
                 hop,
                 [](void* user_data) {
                     auto* target = static_cast<std::shared_ptr<Hop>*>(user_data);
                     (*target)->release();
                     delete target;
                 }));
}

Napi::Value learn_source(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    if (server == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    if (!is_bytes(info[1], LTN_KEY_LEN)) return status_value(info.Env(), LTN_ERR_INVALID_ARGUMENT);
    return status_value(info.Env(), ltn_server_learn_source(
                                        server, bytes_of(info[1]).data, text_of(info[2]).c_str(),
                                        integer_of(info[3]), Instance::of(info.Env()).error()));
}

Napi::Value start(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    if (server == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    return status_value(info.Env(), ltn_server_start(server, Instance::of(info.Env()).error()));
}

/* "" before start and after close. */
Napi::Value address(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    char text[128] = "";
    size_t len = 0;
    if (server != nullptr) (void)ltn_server_address(server, text, sizeof text, &len);
    return Napi::String::New(info.Env(), text);
}

/* serverSweep(server, idleMs): how many were closed, or the status as a negative number. */
Napi::Value sweep(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    if (server == nullptr) return status_value(info.Env(), -LTN_ERR_CLOSED);
    uint64_t count = 0;
    const ltn_status status = ltn_server_sweep(server, &count, integer_of(info[1]));
    if (status != LTN_OK) return status_value(info.Env(), -status);
    return Napi::Number::New(info.Env(), static_cast<double>(count));
}

Napi::Value stop(const Napi::CallbackInfo& info)
{
    ltn_server* server = server_of(info);
    return status_value(info.Env(), server == nullptr ? LTN_ERR_CLOSED : ltn_server_stop(server));
}

void close(const Napi::CallbackInfo& info)
{
    auto* box = external_of<ServerBox>(info[0]);
    if (box != nullptr) box->close();
}

}  // namespace

void add_servers(Napi::Env env, Napi::Object exports)
{
    add(env, exports, "serverNew", make);
    add(env, exports, "serverSet", set);
    add(env, exports, "serverSetConfig", set_config);
    add(env, exports, "serverHandle", handle);
    add(env, exports, "serverUnhandle", unhandle);
    add(env, exports, "serverSetPermits", set_permits);
    add(env, exports, "serverSetSources", set_sources);
    add(env, exports, "serverResolve", resolve);
    add(env, exports, "serverObserve", observe);
    add(env, exports, "serverLearnSource", learn_source);
    add(env, exports, "serverStart", start);
    add(env, exports, "serverAddress", address);
    add(env, exports, "serverSweep", sweep);
    add(env, exports, "serverStop", stop);
    add(env, exports, "serverFree", close);
}

}  // namespace ltn_node
