#include <algorithm>
#include <cstddef>
#include <cstring>

#include "abi/node_calls.h"

using namespace ltn;
using runtime::OpKind;

namespace {

// What the struct held when it was first published; fields behind are 0 for callers of that time.
constexpr size_t kFirstCallSize = offsetof(ltn_call, first_chunk_timeout_ms);
constexpr size_t kSecondCallSize = offsetof(ltn_call, priority);

bool known_size(size_t size)
{
    return size == kFirstCallSize || size == kSecondCallSize || size >= sizeof(ltn_call);
}

Error wrong(const char* expected)
{
    return {Code::invalid_argument, Category::local, std::string("ltn_call: ") + expected};
}

Error check_call(const ltn_call& call, OpKind kind)
{
    if (call.peer == nullptr) return wrong("expected peer");
    if (call.address == nullptr && kind == OpKind::connect) return wrong("expected address");
    if ((call.flags & ~uint32_t{LTN_CALL_COLLECT | LTN_CALL_SEND}) != 0) {
        return wrong("unknown flags");
    }
    if (kind == OpKind::connect) return call.flags == 0 ? Error() : wrong("flags must be 0");
    if ((call.flags & LTN_CALL_COLLECT) != 0 && kind != OpKind::stream) {
        return wrong("LTN_CALL_COLLECT is for streams");
    }
    if (call.priority < -3 || call.priority > 4) return wrong("expected a priority of -3 to 4");
    if (call.type == nullptr) return wrong("expected type");
    if (call.data == nullptr && call.data_len > 0)
        return wrong("data is NULL but data_len is not 0");
    if (!codec::is_valid_utf8(as_bytes({call.type, call.type_len})))
        return wrong("type is not UTF-8");
    return {};
}

ltn_status submit(ltn_client* client, ltn_op** op, const ltn_call* given, OpKind kind,
                  ltn_error* error)
{
    if (op != nullptr) *op = nullptr;
    if (client == nullptr || op == nullptr || given == nullptr) {
        return abi::invalid(error, "expected a client, a place for the operation and a call");
    }
    if (!known_size(given->size)) {
        return abi::invalid(error, "ltn_call: size too small; fill it with ltn_call_init");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        ltn_call call{};
        std::memcpy(&call, given, std::min<size_t>(given->size, sizeof call));
        if (Error bad = check_call(call, kind); !bad.ok()) return abi::report(error, bad);
        if (abi::forked(client)) return abi::refuse_forked(error);
        if (client->unit == nullptr) {
            return abi::report(error,
                               {Code::wrong_state, Category::local, "the client was not started"});
        }
        runtime::Submission submission;
        submission.kind = kind;
        std::memcpy(submission.peer.data(), call.peer, submission.peer.size());
        if (call.address != nullptr) submission.address = call.address;
        submission.timeout_ms = call.timeout_ms;
        submission.tag = call.tag;
        submission.user_data = call.user_data;
        submission.first_chunk_timeout_ms = call.first_chunk_timeout_ms;
        submission.chunk_timeout_ms = call.chunk_timeout_ms;
        submission.window_bytes = call.stream_window_bytes;
        submission.max_bytes = call.stream_max_bytes;
        submission.collect = (call.flags & LTN_CALL_COLLECT) != 0;
        submission.sends = (call.flags & LTN_CALL_SEND) != 0;
        submission.priority = call.priority;
        if (kind != OpKind::connect) {
            submission.type = {call.type, call.type_len};
            auto map =
                abi::checked_map(call.data, call.data_len, call.bytes,
                                 client->unit->frame_payload_max(), client->unit->loop().buffers());
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
    if (call == nullptr || !known_size(size)) return LTN_ERR_INVALID_ARGUMENT;
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
    return submit(client, op, call, OpKind::call, error);
}

ltn_status ltn_client_open(ltn_client* client, ltn_op** op, const ltn_call* call, ltn_error* error)
{
    return submit(client, op, call, OpKind::stream, error);
}

ltn_status ltn_client_connect(ltn_client* client, ltn_op** op, const ltn_call* call,
                              ltn_error* error)
{
    return submit(client, op, call, OpKind::connect, error);
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
