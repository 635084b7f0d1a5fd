#include <cstring>

#include "abi/handles.h"
#include "runtime/source_text.h"

using namespace ltn;

namespace {

ltn_status set_resolver(ltn_server* server, std::optional<runtime::ServerUnit::Handler>* place,
                        uint64_t tag, ltn_question_fn resolver, runtime::HostDataPtr data,
                        ltn_error* error)
{
    if (abi::forked(server)) return abi::refuse_forked(error);
    if (server->closed()) return abi::refuse_closed(error);
    if (server->started) {
        return abi::report(error,
                           {Code::wrong_state, Category::local, "a resolver is set before start"});
    }
    if (resolver == nullptr && server->target.empty()) {
        return abi::report(error, {Code::wrong_state, Category::config,
                                   "a resolver without a function needs a queue or an upcall for "
                                   "the server's events"});
    }
    *place = runtime::ServerUnit::Handler{resolver, std::move(data), tag};
    return LTN_OK;
}

}  // namespace

extern "C" {

ltn_status ltn_server_set_permits(ltn_server* server, const uint8_t* keys, size_t count,
                                  ltn_error* error)
{
    if (server == nullptr || (keys == nullptr && count > 0) || count > SIZE_MAX / LTN_KEY_LEN) {
        return abi::invalid(error, "expected a server and `count` keys");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(server)) return abi::refuse_forked(error);
        if (server->closed()) return abi::refuse_closed(error);
        std::vector<crypto::PublicKey> list(count);
        for (size_t i = 0; i < count; ++i) {
            std::memcpy(list[i].data(), keys + i * LTN_KEY_LEN, LTN_KEY_LEN);
        }
        if (server->unit == nullptr) {
            server->permits = std::move(list);
            return LTN_OK;
        }
        return abi::report(error, server->unit->set_permits(std::move(list)));
    });
}

ltn_status ltn_server_resolve_permits(ltn_server* server, uint64_t tag, ltn_question_fn resolver,
                                      void* user_data, ltn_destroy_fn destroy, ltn_error* error)
{
    return abi::guarded(error, [&]() -> ltn_status {
        auto data = abi::host_data(user_data, destroy);
        if (server == nullptr) return abi::invalid(error, "expected a server");
        return set_resolver(server, &server->permits_resolver, tag, resolver, std::move(data),
                            error);
    });
}

ltn_status ltn_server_set_sources(ltn_server* server, const char* sources, ltn_error* error)
{
    if (server == nullptr || sources == nullptr) {
        return abi::invalid(error, "expected a server and a text");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(server)) return abi::refuse_forked(error);
        if (server->closed()) return abi::refuse_closed(error);
        auto policy = runtime::parse_sources(sources);
        if (!policy) return abi::report(error, policy.error());
        if (server->unit == nullptr) {
            server->sources = std::move(policy.value());
            return LTN_OK;
        }
        return abi::report(error, server->unit->set_sources(std::move(policy.value())));
    });
}

ltn_status ltn_server_resolve_sources(ltn_server* server, uint64_t tag, ltn_question_fn resolver,
                                      void* user_data, ltn_destroy_fn destroy, ltn_error* error)
{
    return abi::guarded(error, [&]() -> ltn_status {
        auto data = abi::host_data(user_data, destroy);
        if (server == nullptr) return abi::invalid(error, "expected a server");
        return set_resolver(server, &server->sources_resolver, tag, resolver, std::move(data),
                            error);
    });
}

ltn_status ltn_server_observe(ltn_server* server, ltn_observe_fn observe, void* user_data,
                              ltn_destroy_fn destroy)
{
    return abi::guarded(nullptr, [&]() -> ltn_status {
        auto data = abi::host_data(user_data, destroy);
        if (server == nullptr || observe == nullptr) return LTN_ERR_INVALID_ARGUMENT;
        if (abi::forked(server)) return LTN_ERR_FORKED;
        if (server->closed()) return LTN_ERR_CLOSED;
        if (server->started) return LTN_ERR_STATE;
        server->observe_fn = observe;
        server->observe_data = std::move(data);
        return LTN_OK;
    });
}

ltn_status ltn_server_sweep(ltn_server* server, uint64_t* count, int64_t idle_ms)
{
    if (server == nullptr || idle_ms < 0) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(server)) return LTN_ERR_FORKED;
        if (server->unit == nullptr) return LTN_ERR_STATE;
        auto closed = server->unit->sweep(abi::timeout_ns(idle_ms));
        if (!closed) return abi::status_of(closed.error().code);
        if (count != nullptr) *count = closed.value();
        return LTN_OK;
    });
}

}  // extern "C"
