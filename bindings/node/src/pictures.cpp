/* Lists that show one moment, copied into JavaScript values at once. */
#include "boxes.h"
#include "convert.h"
#include "modules.h"

namespace ltn_node {

namespace {

/* First argument: the client or server; second: whether it is a server. */
ltn_client* client_of(const Napi::CallbackInfo& info)
{
    return external_of<ClientBox>(info[0])->handle;
}
ltn_server* server_of(const Napi::CallbackInfo& info)
{
    return external_of<ServerBox>(info[0])->handle;
}
bool is_server(const Napi::CallbackInfo& info)
{
    return info[1].ToBoolean();
}

Napi::Value number(Napi::Env env, int64_t value)
{
    return Napi::Number::New(env, static_cast<double>(value));
}
Napi::Value number_or_null(Napi::Env env, int64_t value)
{
    return value < 0 ? env.Null() : number(env, value);
}

Napi::Value peers(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    ltn_error* error = Instance::of(env).error();
    ltn_peer_list* list = nullptr;
    const ltn_status status = is_server(info) ? ltn_server_peers(server_of(info), &list, error)
                                              : ltn_client_peers(client_of(info), &list, error);
    if (status != LTN_OK) return status_value(env, status);
    auto out = Napi::Array::New(env);
    for (size_t i = 0; i < ltn_peer_list_count(list); ++i) {
        Napi::HandleScope scope(env);
        ltn_peer peer{};
        peer.size = sizeof peer;
        if (ltn_peer_list_get(list, &peer, i) != LTN_OK) break;
        auto entry = Napi::Object::New(env);
        entry.Set("hotkey", text_or_null(env, peer.hotkey));
        entry.Set("address", text_or_null(env, peer.address));
        entry.Set("key", copy_buffer(env, peer.key, LTN_KEY_LEN));
        entry.Set("state", number(env, peer.state));
        entry.Set("status", number(env, peer.status));
        entry.Set("attempts", number(env, peer.attempts));
        entry.Set("nextTryMs", number_or_null(env, peer.next_try_ms));
        entry.Set("rttMs", peer.rtt_ns < 0
                               ? env.Null()
                               : Napi::Number::New(env, static_cast<double>(peer.rtt_ns) / 1e6));
        entry.Set("clockOffsetMs", number(env, peer.clock_offset_ms));
        out[static_cast<uint32_t>(i)] = entry;
    }
    ltn_peer_list_free(list);
    return out;
}

Napi::Value metric_value(Napi::Env env, const ltn_metric& metric)
{
    auto entry = Napi::Object::New(env);
    entry.Set("kind", number(env, metric.kind));
    entry.Set("name", text_or_null(env, metric.name));
    entry.Set("help", text_or_null(env, metric.help));
    entry.Set("label", text_or_null(env, metric.label));
    entry.Set("labelValue", text_or_null(env, metric.label_value));
    entry.Set("value", Napi::Number::New(env, static_cast<double>(metric.value)));
    if (metric.kind != LTN_METRIC_HISTOGRAM) return entry;
    entry.Set("sumNs", Napi::Number::New(env, static_cast<double>(metric.sum_ns)));
    auto buckets = Napi::Array::New(env, metric.bucket_count);
    for (size_t i = 0; i < metric.bucket_count; ++i) {
        auto bucket = Napi::Object::New(env);
        const bool last = i + 1 == metric.bucket_count;
        bucket.Set("boundNs",
                   last ? env.Null()
                        : Napi::Number::New(env, static_cast<double>(metric.bucket_bounds_ns[i])));
        bucket.Set("count", Napi::Number::New(env, static_cast<double>(metric.bucket_counts[i])));
        buckets[static_cast<uint32_t>(i)] = bucket;
    }
    entry.Set("buckets", buckets);
    return entry;
}

Napi::Value metrics(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    ltn_error* error = Instance::of(env).error();
    ltn_metrics* list = nullptr;
    const ltn_status status = is_server(info) ? ltn_server_metrics(server_of(info), &list, error)
                                              : ltn_client_metrics(client_of(info), &list, error);
    if (status != LTN_OK) return status_value(env, status);
    auto out = Napi::Array::New(env);
    for (size_t i = 0; i < ltn_metrics_count(list); ++i) {
        Napi::HandleScope scope(env);
        ltn_metric metric{};
        metric.size = sizeof metric;
        if (ltn_metrics_get(list, &metric, i) != LTN_OK) break;
        out[static_cast<uint32_t>(i)] = metric_value(env, metric);
    }
    ltn_metrics_free(list);
    return out;
}

/* stat(object, isServer, name): null when there is none of that name. */
Napi::Value stat(const Napi::CallbackInfo& info)
{
    uint64_t value = 0;
    const std::string name = text_of(info[2]);
    const ltn_status status = is_server(info)
                                  ? ltn_server_stat(server_of(info), &value, name.c_str())
                                  : ltn_client_stat(client_of(info), &value, name.c_str());
    if (status != LTN_OK) return info.Env().Null();
    return Napi::Number::New(info.Env(), static_cast<double>(value));
}

Napi::Value connection_stats(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    ltn_error* error = Instance::of(env).error();
    ltn_text_map* map = nullptr;
    const ltn_status status = is_server(info)
                                  ? ltn_server_connection_stats(server_of(info), &map, error)
                                  : ltn_client_connection_stats(client_of(info), &map, error);
    if (status != LTN_OK) return status_value(env, status);
    auto out = Napi::Object::New(env);
    for (size_t i = 0; i < ltn_text_map_count(map); ++i) {
        const char* key = nullptr;
        const char* value = nullptr;
        if (ltn_text_map_get(map, &key, &value, i) != LTN_OK) break;
        out.Set(key, value);
    }
    ltn_text_map_free(map);
    return out;
}

Napi::Value sources(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    ltn_source_list* list = nullptr;
    const ltn_status status = ltn_server_sources(server_of(info), &list, Instance::of(env).error());
    if (status != LTN_OK) return status_value(env, status);
    auto out = Napi::Array::New(env);
    for (size_t i = 0; i < ltn_source_list_count(list); ++i) {
        Napi::HandleScope scope(env);
        ltn_source source{};
        source.size = sizeof source;
        if (ltn_source_list_get(list, &source, i) != LTN_OK) break;
        auto entry = Napi::Object::New(env);
        entry.Set("kind", number(env, source.kind));
        entry.Set("prefix", text_or_null(env, source.prefix));
        entry.Set("hotkey", text_or_null(env, source.hotkey));
        entry.Set("ageMs", number_or_null(env, source.age_ms));
        out[static_cast<uint32_t>(i)] = entry;
    }
    ltn_source_list_free(list);
    return out;
}

}  // namespace

void add_pictures(Napi::Env env, Napi::Object exports)
{
    add(env, exports, "peers", peers);
    add(env, exports, "metrics", metrics);
    add(env, exports, "stat", stat);
    add(env, exports, "connectionStats", connection_stats);
    add(env, exports, "serverSources", sources);
}

}  // namespace ltn_node
