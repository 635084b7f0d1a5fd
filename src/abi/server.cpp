#include "abi/node_calls.h"

using namespace ltn;

namespace {

Error nowhere_to_ask()
{
    return {Code::wrong_state, Category::config,
            "a handler without a function needs a queue or an upcall for the server's events"};
}

ltn_status add_handler(ltn_server* server, const char* type, uint64_t tag, ltn_question_fn handler,
                       void* user_data, ltn_destroy_fn destroy, bool streaming, ltn_error* error)
{
    return abi::guarded(error, [&]() -> ltn_status {
        auto data = abi::host_data(user_data, destroy);
        if (server == nullptr) return abi::invalid(error, "expected a server");
        if (abi::forked(server)) return abi::refuse_forked(error);
        if (server->closed()) return abi::refuse_closed(error);
        const bool any = type == nullptr;
        const std::string name = any ? "" : type;
        runtime::ServerUnit::Handler fresh{handler, std::move(data), tag, streaming};
        if (server->unit != nullptr) {
            return abi::report(error, server->unit->handle(name, any, fresh));
        }
        if (handler == nullptr && server->target.empty())
            return abi::report(error, nowhere_to_ask());
        server->early.push_back({name, any, std::move(fresh)});
        return LTN_OK;
    });
}

}  // namespace

extern "C" {

ltn_status ltn_server_new(ltn_server** out, ltn_runtime* runtime, ltn_signer* signer,
                          ltn_error* error)
{
    return abi::node_new(out, runtime, signer, error);
}

ltn_status ltn_server_set(ltn_server* server, const char* name, const char* value, ltn_error* error)
{
    return abi::node_set(server, name, value, error);
}

ltn_status ltn_server_deliver_queue(ltn_server* server, ltn_queue* queue)
{
    return abi::node_deliver_queue(server, queue);
}

ltn_status ltn_server_deliver_upcall(ltn_server* server, ltn_event_fn deliver, void* user_data,
                                     ltn_destroy_fn destroy)
{
    return abi::node_deliver_upcall(server, deliver, user_data, destroy);
}

ltn_status ltn_server_handle(ltn_server* server, const char* type, uint64_t tag,
                             ltn_question_fn handler, void* user_data, ltn_destroy_fn destroy,
                             ltn_error* error)
{
    return add_handler(server, type, tag, handler, user_data, destroy, false, error);
}

ltn_status ltn_server_handle_stream(ltn_server* server, const char* type, uint64_t tag,
                                    ltn_question_fn handler, void* user_data,
                                    ltn_destroy_fn destroy, ltn_error* error)
{
    return add_handler(server, type, tag, handler, user_data, destroy, true, error);
}

ltn_status ltn_server_unhandle(ltn_server* server, const char* type)
{
    if (server == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(server)) return LTN_ERR_FORKED;
        if (server->closed()) return LTN_ERR_CLOSED;
        const bool any = type == nullptr;
        const std::string name = any ? "" : type;
        if (server->unit != nullptr) return abi::status_of(server->unit->unhandle(name, any).code);
        const size_t gone = std::erase_if(server->early, [&](const ltn_server::Early& each) {
            return each.any == any && each.type == name;
        });
        return gone > 0 ? LTN_OK : LTN_ERR_EMPTY;
    });
}

ltn_status ltn_server_start(ltn_server* server, ltn_error* error)
{
    const auto say_early = [server](runtime::ServerGroup& unit) {
        for (const ltn_server::Early& each : server->early) {
            Error failed = unit.handle(each.type, each.any, each.handler);
            if (!failed.ok()) return failed;
        }
        if (server->permits_resolver) unit.resolve_permits(*server->permits_resolver);
        if (server->sources_resolver) unit.resolve_sources(*server->sources_resolver);
        unit.observe(server->observe_fn, server->observe_data);
        Error failed;
        if (server->permits) failed = unit.set_permits(*server->permits);
        if (failed.ok() && server->sources) failed = unit.set_sources(*server->sources);
        for (const auto& source : server->learned) {
            if (failed.ok()) failed = unit.restore_source(source);
        }
        return failed;
    };
    return abi::node_start(server, error, say_early);
}

ltn_status ltn_server_address(ltn_server* server, char* out, size_t out_size, size_t* len)
{
    if (server == nullptr || out == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(server)) return LTN_ERR_FORKED;
        if (server->unit == nullptr) return LTN_ERR_STATE;
        auto text = server->unit->address();
        if (!text) return abi::status_of(text.error().code);
        return abi::copy_text(out, out_size, len, text.value());
    });
}

ltn_status ltn_server_stat(ltn_server* server, uint64_t* value, const char* name)
{
    return abi::node_stat(server, value, name);
}

ltn_status ltn_server_stop(ltn_server* server)
{
    return abi::node_stop(server);
}

ltn_status ltn_server_wait(ltn_server* server, int64_t timeout_ms)
{
    return abi::node_wait(server, timeout_ms);
}

void ltn_server_free(ltn_server* server)
{
    abi::node_free(server);
}

}  // extern "C"
