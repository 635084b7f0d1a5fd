// What a server does but its handlers.
#include "handlers.h"

namespace {

Json serve(const Json& request)
{
    const SignerPtr signer = make_signer(request.at("signer"));
    const auto server = std::make_shared<Server>();
    const ErrorPtr error = new_error();
    server->runtime = make_runtime();
    check(ltn_server_new(&server->handle, server->runtime.get(), signer.get(), error.get()), error);
    ltn_server* handle = server->handle;
    const std::string listen = request.value("listen", "127.0.0.1:0");
    check(ltn_server_set(handle, "listen", listen.c_str(), error.get()), error);
    each_option(request, [&](const char* name, const char* value) {
        check(ltn_server_set(handle, name, value, error.get()), error);
    });
    listen_for_withdrawals(*server);
    for (const Json& handler : request.value("handlers", Json::array())) {
        set_handler(*server, handler.at("type"), handler.at("does"));
    }
    if (request.contains("permits")) set_permits(*server, request["permits"]);
    check(ltn_server_start(handle, error.get()), error);
    char address[128];
    check(ltn_server_address(handle, address, sizeof address, nullptr));
    servers.put(request.at("as"), server);
    return {{"address", address}, {"hotkey", hotkey_of(signer.get())}};
}

Json handle(const Json& request)
{
    set_handler(*server_of(request), request.at("type"), request.at("does"));
    return Json::object();
}

Json unhandle(const Json& request)
{
    const std::string type = request.at("type");
    check(ltn_server_unhandle(server_of(request)->handle, type.c_str()));
    return Json::object();
}

Json permits(const Json& request)
{
    const auto server = server_of(request);
    if (request.at("hotkeys").is_null()) {
        const ErrorPtr error = new_error();
        check(ltn_server_set(server->handle, "require_validator_permit", "false", error.get()),
              error);
    } else {
        set_permits(*server, request["hotkeys"]);
    }
    return Json::object();
}

Json stop(const Json& request)
{
    const auto server = server_of(request);
    const std::string drain = std::to_string(request.value("drain_ms", 0));
    const ErrorPtr error = new_error();
    check(ltn_server_set(server->handle, "drain_timeout_ms", drain.c_str(), error.get()), error);
    server->close();
    return Json::object();
}

// A client or server stays in its table, so that later commands meet the closed handle.
Json close(const Json& request)
{
    const std::string name = request.at("on");
    if (const auto server = servers.find(name)) {
        server->close();
    } else if (const auto client = clients.find(name)) {
        client->close();
    } else if (const auto stream = streams.take(name)) {
        (void)ltn_op_cancel(stream->op.get());
    }
    return Json::object();
}

Json forget(const Json& request)
{
    const std::string name = request.at("on");
    (void)servers.take(name);
    (void)clients.take(name);
    (void)streams.take(name);
    // A call that somebody waits for has two owners: only the cancel reaches the other.
    if (const OpPtr op = named_ops.take(name)) (void)ltn_op_cancel(op.get());
    return Json::object();
}

}  // namespace

void set_permits(Server& server, const Json& hotkeys)
{
    Bytes keys(hotkeys.size() * LTN_KEY_LEN);
    for (size_t i = 0; i < hotkeys.size(); ++i) {
        decode_hotkey(keys.data() + i * LTN_KEY_LEN, hotkeys[i]);
    }
    const ErrorPtr error = new_error();
    check(ltn_server_set_permits(server.handle, keys.data(), hotkeys.size(), error.get()), error);
}

void add_server_commands(Commands& commands)
{
    commands["serve"] = serve;
    commands["handle"] = handle;
    commands["unhandle"] = unhandle;
    commands["permits"] = permits;
    commands["stop"] = stop;
    commands["close"] = close;
    commands["forget"] = forget;
    commands["seen"] = [](const Json& request) { return seen(*server_of(request)->work); };
    commands["release"] = [](const Json& request) {
        return release(*server_of(request)->work, request.at("type"));
    };
}
