// `wrong`: the interface misused in one way at a time. What C's types rule out is listed in `lacks`.
#include "objects.h"

namespace {

Json start_call(const Json& request, CallText& text)
{
    const auto client = client_of(request);
    ltn_op* op = nullptr;
    const ErrorPtr error = new_error();
    check(ltn_client_call(client->handle, &op, &text.call, error.get()), error);
    finish(own(op));
    return Json::object();
}

Json wrong_call(const Json& request, const std::string& what)
{
    static const uint8_t list[] = {0x91, 0x01};
    Json changed = request;
    changed["type"] = what == "type_long" ? std::string(65536, 'n') : "echo";
    if (what == "hotkey_bad") changed["peer"]["hotkey"] = "not a hotkey";
    if (what == "address_bad") changed["peer"]["address"] = "nowhere";
    CallText text;
    fill_call(text, changed);
    if (what == "data_list") {
        text.call.data = list;
        text.call.data_len = sizeof list;
    }
    return start_call(changed, text);
}

Json wrong_option(const char* name, const char* value)
{
    const SignerPtr signer = make_signer({{"seed", std::string(64, '1')}});
    Client client;
    const ErrorPtr error = new_error();
    client.runtime = make_runtime();
    check(ltn_client_new(&client.handle, client.runtime.get(), signer.get(), error.get()), error);
    check(ltn_client_set(client.handle, name, value, error.get()), error);
    return Json::object();
}

Json wrong_listen()
{
    const SignerPtr signer = make_signer({{"seed", std::string(64, '1')}});
    Server server;
    const ErrorPtr error = new_error();
    server.runtime = make_runtime();
    check(ltn_server_new(&server.handle, server.runtime.get(), signer.get(), error.get()), error);
    check(ltn_server_set(server.handle, "listen", "300.1.1.1:1", error.get()), error);
    check(ltn_server_start(server.handle, error.get()), error);
    return Json::object();
}

Json wrong(const Json& request)
{
    const std::string what = request.at("what");
    if (what == "type_long" || what == "data_list" || what == "hotkey_bad" ||
        what == "address_bad") {
        return wrong_call(request, what);
    }
    if (what == "option_unknown") return wrong_option("no_such_option", "1");
    if (what == "option_value") return wrong_option("max_connections", "many");
    if (what == "listen_bad") return wrong_listen();
    throw Unknown();
}

}  // namespace

void add_misuse_commands(Commands& commands)
{
    commands["wrong"] = wrong;
}
