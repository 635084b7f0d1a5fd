#include <vector>

#include "boxes.h"
#include "convert.h"
#include "modules.h"

namespace ltn_node {

namespace {

ltn_client* client_of(const Napi::CallbackInfo& info)
{
    auto* box = external_of<ClientBox>(info[0]);
    return box == nullptr ? nullptr : box->handle;
}

/* clientNew(runtime or null, signer): [external, id], or the status. Events go to the
 * environment's queue. */
Napi::Value make(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    Instance& self = Instance::of(env);
    auto* given = external_of<RuntimeRef>(info[0]);
    const RuntimeRef runtime = given != nullptr ? *given : self.shared_runtime();
    if (runtime == nullptr) return status_value(env, ltn_error_status(self.error()));
    auto box = std::make_unique<ClientBox>();
    ltn_status status = ltn_client_new(&box->handle, runtime->handle,
                                       external_of<SignerBox>(info[1])->handle, self.error());
    if (status != LTN_OK) return status_value(env, status);
    box->runtime = runtime;
    box->objects = self.objects();
    status = ltn_client_deliver_queue(box->handle, self.queue());
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
    ltn_client* client = client_of(info);
    if (client == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    return status_value(info.Env(),
                        ltn_client_set(client, text_of(info[1]).c_str(), text_of(info[2]).c_str(),
                                       Instance::of(info.Env()).error()));
}

Napi::Value set_config(const Napi::CallbackInfo& info)
{
    return status_value(info.Env(),
                        ltn_client_set_config(client_of(info), external_of<ltn_config>(info[1]),
                                              Instance::of(info.Env()).error()));
}

Napi::Value start(const Napi::CallbackInfo& info)
{
    return status_value(info.Env(),
                        ltn_client_start(client_of(info), Instance::of(info.Env()).error()));
}

enum Begin { kCall = 0, kOpen = 1, kConnect = 2 };

/* clientBegin(client, what, key, address or null, type, data or null, timeoutMs, flags, priority,
 * firstChunkMs, chunkMs, windowBytes, maxBytes): the number of the operation, or the status as a
 * negative number. */
Napi::Value begin(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    Instance& self = Instance::of(env);
    ltn_client* client = client_of(info);
    if (client == nullptr || !is_bytes(info[2], LTN_KEY_LEN)) {
        const ltn_status status = client == nullptr ? LTN_ERR_CLOSED : LTN_ERR_INVALID_ARGUMENT;
        return status_value(env, -status);
    }
    const int64_t what = integer_of(info[1]);
    const std::string address = text_of(info[3]);
    const std::string type = text_of(info[4]);
    const Span data = bytes_of(info[5]);
    const uint64_t id = self.next_id();
    ltn_call call;
    ltn_call_init(&call, sizeof call);
    call.peer = bytes_of(info[2]).data;
    call.address = info[3].IsString() ? address.c_str() : nullptr;
    call.type = type.data();
    call.type_len = type.size();
    call.data = data.data;
    call.data_len = data.len;
    call.timeout_ms = integer_of(info[6]);
    call.flags = static_cast<uint32_t>(integer_of(info[7]));
    call.priority = integer_of(info[8]);
    call.tag = id;
    if (what == kOpen) {
        call.first_chunk_timeout_ms = integer_of(info[9]);
        call.chunk_timeout_ms = integer_of(info[10]);
        call.stream_window_bytes = static_cast<uint64_t>(integer_of(info[11]));
        call.stream_max_bytes = static_cast<uint64_t>(integer_of(info[12]));
    }
    ltn_op* op = nullptr;
    const auto function = what == kOpen      ? ltn_client_open
                          : what == kConnect ? ltn_client_connect
                                             : ltn_client_call;
    const ltn_status status = function(client, &op, &call, self.error());
    if (status != LTN_OK) return status_value(env, -status);
    self.put_op(id, op);
    return Napi::Number::New(env, static_cast<double>(id));
}

/* clientRegistrySet(client, hotkeys, addresses): as clientBegin. */
Napi::Value registry_set(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    Instance& self = Instance::of(env);
    ltn_client* client = client_of(info);
    if (client == nullptr) return status_value(env, -LTN_ERR_CLOSED);
    const auto hotkeys = info[1].As<Napi::Array>();
    const auto addresses = info[2].As<Napi::Array>();
    const uint32_t count = hotkeys.Length();
    std::vector<std::string> texts;
    texts.reserve(2 * static_cast<size_t>(count)); /* pointers into it must stay */
    std::vector<ltn_registry_entry> entries;
    entries.reserve(count);
    for (uint32_t i = 0; i < count; ++i) {
        Napi::HandleScope scope(env);
        texts.push_back(text_of(hotkeys[i]));
        texts.push_back(text_of(addresses[i]));
        entries.push_back({texts[texts.size() - 2].c_str(), texts.back().c_str()});
    }
    ltn_op* op = nullptr;
    const ltn_status status = ltn_client_registry_set(client, &op, entries.data(), entries.size(),
                                                      sizeof(ltn_registry_entry), self.error());
    if (status != LTN_OK) return status_value(env, -status);
    /* Without a tag the event names the operation by its pointer, as a question's does. */
    return Napi::Number::New(env, static_cast<double>(self.put_question(op)));
}

Napi::Value stop(const Napi::CallbackInfo& info)
{
    ltn_client* client = client_of(info);
    return status_value(info.Env(), client == nullptr ? LTN_ERR_CLOSED : ltn_client_stop(client));
}

void close(const Napi::CallbackInfo& info)
{
    auto* box = external_of<ClientBox>(info[0]);
    if (box != nullptr) box->close();
}

}  // namespace

void add_clients(Napi::Env env, Napi::Object exports)
{
    add(env, exports, "clientNew", make);
    add(env, exports, "clientSet", set);
    add(env, exports, "clientSetConfig", set_config);
    add(env, exports, "clientStart", start);
    add(env, exports, "clientBegin", begin);
    add(env, exports, "clientRegistrySet", registry_set);
    add(env, exports, "clientStop", stop);
    add(env, exports, "clientFree", close);
}

}  // namespace ltn_node
