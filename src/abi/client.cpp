#include <cstring>

#include "abi/node_calls.h"

using namespace ltn;

namespace {

ltn_status submit(ltn_client* client, ltn_op** op, const ltn_call* call, bool connect_only,
                  ltn_error* error)
{
    if (op != nullptr) *op = nullptr;
    if (client == nullptr || op == nullptr || call == nullptr) {
        return abi::invalid(error, "expected a client, a place for the operation and a call");
    }
    if (call->size < sizeof(ltn_call)) {
        return abi::invalid(error, "ltn_call: size too small; fill it with ltn_call_init");
    }
    if (call->peer == nullptr || call->address == nullptr) {
        return abi::invalid(error, "ltn_call: expected peer and address");
    }
    if (call->flags != 0) return abi::invalid(error, "ltn_call: flags must be 0");
    if (!connect_only && call->type == nullptr)
        return abi::invalid(error, "ltn_call: expected type");
    if (!connect_only && call->data == nullptr && call->data_len > 0) {
        return abi::invalid(error, "ltn_call: data is NULL but data_len is not 0");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(client)) return abi::refuse_forked(error);
        if (client->unit == nullptr) {
            return abi::report(error,
                               {Code::wrong_state, Category::local, "the client was not started"});
        }
        runtime::Submission submission;
        submission.connect_only = connect_only;
        std::memcpy(submission.peer.data(), call->peer, submission.peer.size());
        submission.address = call->address;
        submission.timeout_ms = call->timeout_ms;
        submission.tag = call->tag;
        submission.user_data = call->user_data;
        if (!connect_only) {
            submission.type = {call->type, call->type_len};
            if (!codec::is_valid_utf8(as_bytes(submission.type))) {
                return abi::invalid(error, "ltn_call: type is not UTF-8");
            }
            auto map = abi::checked_map(call->data, call->data_len, call->bytes,
                                        client->unit->frame_payload_max(), client->loop->buffers());
            if (!map) return abi::report(error, map.error());
            submission.data = std::move(map.value());
        }
        auto accepted = client->unit->submit(submission);
        if (!accepted) return abi::report(error, accepted.error());
        *op = runtime::to_handle(accepted->leak());
        return LTN_OK;
    });
}

}  // namespace

extern "C" {

ltn_status ltn_call_init(ltn_call* call, size_t size)
{
    if (call == nullptr || size < sizeof(ltn_call)) return LTN_ERR_INVALID_ARGUMENT;
    std::memset(call, 0, size);
    call->size = static_cast<uint32_t>(size);
    return LTN_OK;
}

ltn_status ltn_client_new(ltn_client** out, ltn_runtime* runtime, ltn_signer* signer,
                          ltn_error* error)
{
    return abi::node_new(out, runtime, signer, error);
}

ltn_status ltn_client_set(ltn_client* client, const char* name, const char* value, ltn_error* error)
{
    return abi::node_set(client, name, value, error);
}

ltn_status ltn_client_deliver_queue(ltn_client* client, ltn_queue* queue)
{
    return abi::node_deliver_queue(client, queue);
}

ltn_status ltn_client_deliver_upcall(ltn_client* client, ltn_event_fn deliver, void* user_data,
                                     ltn_destroy_fn destroy)
{
    return abi::node_deliver_upcall(client, deliver, user_data, destroy);
}

ltn_status ltn_client_start(ltn_client* client, ltn_error* error)
{
    return abi::node_start(client, error, [](runtime::ClientUnit&) { return Error(); });
}

ltn_status ltn_client_call(ltn_client* client, ltn_op** op, const ltn_call* call, ltn_error* error)
{
    return submit(client, op, call, false, error);
}

ltn_status ltn_client_connect(ltn_client* client, ltn_op** op, const ltn_call* call,
                              ltn_error* error)
{
    return submit(client, op, call, true, error);
}

ltn_status ltn_client_stat(ltn_client* client, uint64_t* value, const char* name)
{
    return abi::node_stat(client, value, name);
}

ltn_status ltn_client_stop(ltn_client* client)
{
    return abi::node_stop(client);
}

ltn_status ltn_client_wait(ltn_client* client, int64_t timeout_ms)
{
    return abi::node_wait(client, timeout_ms);
}

void ltn_client_free(ltn_client* client)
{
    abi::node_free(client);
}

}  // extern "C"
