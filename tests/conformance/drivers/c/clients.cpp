// What a client does but streams: calls, connects, the registry, and what it tells about itself.
#include "objects.h"

#include <algorithm>
#include <deque>

std::shared_ptr<Client> new_client(const Json& request)
{
    const SignerPtr signer = make_signer(request.at("signer"));
    auto client = std::make_shared<Client>();
    const ErrorPtr error = new_error();
    client->runtime = make_runtime();
    check(ltn_client_new(&client->handle, client->runtime.get(), signer.get(), error.get()), error);
    each_option(request, [&](const char* name, const char* value) {
        check(ltn_client_set(client->handle, name, value, error.get()), error);
    });
    check(ltn_client_start(client->handle, error.get()), error);
    return client;
}

void fill_call(CallText& text, const Json& request)
{
    check(ltn_call_init(&text.call, sizeof text.call));
    const Json& peer = request.at("peer");
    decode_hotkey(text.key, peer.at("hotkey"));
    text.call.peer = text.key;
    if (peer.contains("address")) {
        text.address = peer["address"].get<std::string>();
        text.call.address = text.address.c_str();
    }
    if (request.contains("type")) text.type = request["type"].get<std::string>();
    text.call.type = text.type.data();
    text.call.type_len = text.type.size();
    text.call.timeout_ms = request.value("timeout_ms", int64_t{0});
}

void finish(const OpPtr& op)
{
    check(ltn_op_wait(op.get(), -1));
    if (ltn_op_status(op.get()) != LTN_OK) fail_from_op(op.get());
}

namespace {

void name_op(const Json& request, const OpPtr& op)
{
    if (request.contains("name")) named_ops.put(request["name"], op);
}

Json make_client(const Json& request)
{
    const std::string hotkey = hotkey_of(make_signer(request.at("signer")).get());
    clients.put(request.at("as"), new_client(request));
    return {{"hotkey", hotkey}};
}

OpPtr submit(const Client& client, const CallText& text)
{
    ltn_op* op = nullptr;
    const ErrorPtr error = new_error();
    check(ltn_client_call(client.handle, &op, &text.call, error.get()), error);
    return own(op);
}

Json call(const Json& request)
{
    const auto client = client_of(request);
    CallText text;
    fill_call(text, request);
    text.data = body_of(request);
    text.call.data = text.data.data();
    text.call.data_len = text.data.size();
    const OpPtr op = submit(*client, text);
    name_op(request, op);
    finish(op);
    const uint8_t* data = nullptr;
    size_t len = 0;
    check(ltn_op_data(op.get(), &data, &len));
    return body_answer(request, data, len);
}

Json many(const Json& request)
{
    const auto client = client_of(request);
    CallText text;
    fill_call(text, request);
    text.data = filled_map(request.value("fill", size_t{0}));
    text.call.data = text.data.data();
    text.call.data_len = text.data.size();
    const int n = request.at("n");
    const size_t in_flight = request.value("in_flight", size_t{1});
    std::deque<OpPtr> flying;
    std::map<std::string, int> failed;
    int good = 0;
    const auto oldest_ends = [&] {
        const OpPtr op = flying.front();
        flying.pop_front();
        const uint8_t* data = nullptr;
        size_t len = 0;
        check(ltn_op_wait(op.get(), -1));
        if (ltn_op_status(op.get()) != LTN_OK) {
            ++failed[ltn_status_name(ltn_op_status(op.get()))];
        } else if (ltn_op_data(op.get(), &data, &len) != LTN_OK || len != text.data.size() ||
                   !std::equal(data, data + len, text.data.begin())) {
            ++failed["different"];
        } else {
            ++good;
        }
    };
    for (int i = 0; i < n; ++i) {
        while (flying.size() >= in_flight) oldest_ends();
        try {
            flying.push_back(submit(*client, text));
        } catch (const Failure& failure) {
            ++failed[ltn_status_name(failure.status)];
        }
    }
    while (!flying.empty()) oldest_ends();
    return {{"ok", good}, {"failed", failed}};
}

std::string text_of(const ltn_op* op, int32_t detail)
{
    const char* text = nullptr;
    size_t len = 0;
    if (ltn_op_text(op, &text, &len, detail) != LTN_OK) return "";
    return {text, len};
}

Json connect(const Json& request)
{
    const auto client = client_of(request);
    CallText text;
    fill_call(text, request);
    ltn_op* raw = nullptr;
    const ErrorPtr error = new_error();
    check(ltn_client_connect(client->handle, &raw, &text.call, error.get()), error);
    const OpPtr op = own(raw);
    name_op(request, op);
    finish(op);
    return {{"hotkey", text_of(raw, LTN_DETAIL_HOTKEY)},
            {"address", text_of(raw, LTN_DETAIL_ADDRESS)},
            {"alpn", text_of(raw, LTN_DETAIL_ALPN)}};
}

Json cancel(const Json& request)
{
    // One that has ended may be cancelled: that does nothing.
    if (const OpPtr op = named_ops.find(request.at("name"))) check(ltn_op_cancel(op.get()));
    return Json::object();
}

Json registry(const Json& request)
{
    const auto client = client_of(request);
    const Json& peers = request.at("entries");
    std::deque<std::string> texts;
    std::vector<ltn_registry_entry> entries;
    for (const Json& peer : peers) {
        texts.push_back(peer.at("hotkey"));
        const char* hotkey = texts.back().c_str();
        texts.push_back(peer.at("address"));
        entries.push_back({hotkey, texts.back().c_str()});
    }
    ltn_op* raw = nullptr;
    const ErrorPtr error = new_error();
    check(ltn_client_registry_set(client->handle, &raw, entries.data(), entries.size(),
                                  sizeof(ltn_registry_entry), error.get()),
          error);
    const OpPtr op = own(raw);
    finish(op);
    Json outcomes = Json::array();
    for (size_t i = 0; i < entries.size(); ++i) {
        ltn_status outcome = LTN_OK;
        check(ltn_op_outcome(raw, &outcome, i, nullptr));
        outcomes.push_back(ltn_status_name(outcome));
    }
    return {{"outcomes", outcomes}};
}

Json hotkeys_of(ltn_peer_list* list)
{
    std::vector<std::string> hotkeys;
    for (size_t i = 0; i < ltn_peer_list_count(list); ++i) {
        ltn_peer peer;
        peer.size = sizeof peer;
        if (ltn_peer_list_get(list, &peer, i) == LTN_OK && peer.state == LTN_PEER_READY) {
            hotkeys.push_back(peer.hotkey);
        }
    }
    ltn_peer_list_free(list);
    std::sort(hotkeys.begin(), hotkeys.end());
    return {{"hotkeys", hotkeys}};
}

Json peers(const Json& request)
{
    ltn_peer_list* list = nullptr;
    const ErrorPtr error = new_error();
    if (const auto server = servers.find(request.at("on"))) {
        check(ltn_server_peers(server->handle, &list, error.get()), error);
    } else {
        check(ltn_client_peers(client_of(request)->handle, &list, error.get()), error);
    }
    return hotkeys_of(list);
}

Json set(const Json& request)
{
    const std::string name = request.at("name");
    const std::string value = request.at("value");
    const ErrorPtr error = new_error();
    if (const auto server = servers.find(request.at("on"))) {
        check(ltn_server_set(server->handle, name.c_str(), value.c_str(), error.get()), error);
    } else {
        check(ltn_client_set(client_of(request)->handle, name.c_str(), value.c_str(), error.get()),
              error);
    }
    return Json::object();
}

Json stat(const Json& request)
{
    const std::string name = request.at("name");
    uint64_t value = 0;
    if (const auto server = servers.find(request.at("on"))) {
        check(ltn_server_stat(server->handle, &value, name.c_str()));
    } else {
        check(ltn_client_stat(client_of(request)->handle, &value, name.c_str()));
    }
    return {{"value", value}};
}

Json metrics(const Json& request)
{
    ltn_metrics* picture = nullptr;
    const ErrorPtr error = new_error();
    if (const auto server = servers.find(request.at("on"))) {
        check(ltn_server_metrics(server->handle, &picture, error.get()), error);
    } else {
        check(ltn_client_metrics(client_of(request)->handle, &picture, error.get()), error);
    }
    std::set<std::string> names;
    for (size_t i = 0; i < ltn_metrics_count(picture); ++i) {
        ltn_metric metric;
        metric.size = sizeof metric;
        if (ltn_metrics_get(picture, &metric, i) == LTN_OK) names.insert(metric.name);
    }
    ltn_metrics_free(picture);
    return {{"names", names}};
}

}  // namespace

void add_client_commands(Commands& commands)
{
    commands["client"] = make_client;
    commands["call"] = call;
    commands["many"] = many;
    commands["connect"] = connect;
    commands["cancel"] = cancel;
    commands["registry"] = registry;
    commands["peers"] = peers;
    commands["set"] = set;
    commands["stat"] = stat;
    commands["metrics"] = metrics;
}
