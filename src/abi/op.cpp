#include <cstring>

#include "abi/handles.h"
#include "codec/envelope.h"
#include "runtime/password_question.h"

using namespace ltn;
using runtime::from_handle;
using runtime::Op;
using runtime::OpKind;

namespace {

bool forked(const Op& op)
{
    return op.fork_generation() != runtime::fork_generation();
}

ltn_status answer(ltn_op* handle, const uint8_t* data, size_t len, const ltn_bytes* shared,
                  ltn_error* error)
{
    if (handle == nullptr || (data == nullptr && len > 0)) {
        return abi::invalid(error, "expected an operation and its data");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        Op& op = *from_handle(handle);
        if (forked(op)) return abi::refuse_forked(error);
        if (!op.is_question()) {
            return abi::report(
                error, {Code::wrong_state, Category::local, "only a question can be answered"});
        }
        if (op.done()) {
            return abi::report(error,
                               {Code::wrong_state, Category::local,
                                "the question was already answered or is not waited for any more"});
        }
        const ByteView given = shared != nullptr ? shared->bytes.view() : ByteView(data, len);
        if (op.kind() == OpKind::password) {
            return abi::report(error, op.owner().answer_op(op, runtime::secret_copy(given)));
        }
        if (op.kind() != OpKind::request) {
            return abi::report(error, op.owner().answer_op(op, SharedBytes::copy(given)));
        }
        auto map =
            abi::checked_map(data, len, shared, codec::kFramePayloadMaxMax, op.loop()->buffers());
        if (!map) return abi::report(error, map.error());
        return abi::report(error, op.owner().answer_op(op, std::move(map.value())));
    });
}

}  // namespace

extern "C" {

ltn_status ltn_op_wait(ltn_op* handle, int64_t timeout_ms)
{
    if (handle == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        Op& op = *from_handle(handle);
        if (forked(op)) return LTN_ERR_FORKED;
        if (op.loop() == nullptr) return op.done() ? LTN_OK : LTN_ERR_STATE;
        return abi::status_of(
            op.loop()->wait([&op] { return op.done(); }, abi::timeout_ns(timeout_ms)));
    });
}

ltn_status ltn_op_status(const ltn_op* handle)
{
    if (handle == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    const Op& op = *from_handle(handle);
    if (forked(op)) return LTN_ERR_FORKED;
    return abi::status_of(op.outcome());
}

ltn_status ltn_op_error(const ltn_op* handle, ltn_error* error)
{
    if (handle == nullptr || error == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        const Op& op = *from_handle(handle);
        if (forked(op)) return LTN_ERR_FORKED;
        if (!op.done()) return LTN_ERR_PENDING;
        error->error = op.error();
        error->display = op.error().ok() ? std::string() : op.error().display();
        return LTN_OK;
    });
}

int32_t ltn_op_kind(const ltn_op* handle)
{
    return handle == nullptr ? 0 : static_cast<int32_t>(from_handle(handle)->kind());
}

uint64_t ltn_op_tag(const ltn_op* handle)
{
    return handle == nullptr ? 0 : from_handle(handle)->tag;
}

void* ltn_op_user_data(const ltn_op* handle)
{
    return handle == nullptr ? nullptr : from_handle(handle)->user_data;
}

ltn_status ltn_op_data(const ltn_op* handle, const uint8_t** data, size_t* len)
{
    if (handle == nullptr || data == nullptr || len == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    const Op& op = *from_handle(handle);
    if (forked(op)) return LTN_ERR_FORKED;
    if (!op.is_question() && !op.done()) return LTN_ERR_PENDING;
    if (op.data().empty()) return LTN_ERR_EMPTY;
    *data = op.data().data();
    *len = op.data().size();
    return LTN_OK;
}

ltn_status ltn_op_data_retain(const ltn_op* handle, ltn_bytes** out)
{
    if (out == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    *out = nullptr;
    const uint8_t* data = nullptr;
    size_t len = 0;
    if (const ltn_status status = ltn_op_data(handle, &data, &len); status != LTN_OK) return status;
    return abi::guarded(nullptr, [&] {
        auto made = std::make_unique<ltn_bytes>();
        made->bytes = from_handle(handle)->data();
        *out = made.release();
        return LTN_OK;
    });
}

ltn_status ltn_op_number(const ltn_op* handle, int64_t* value, int32_t detail)
{
    if (handle == nullptr || value == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    const Op& op = *from_handle(handle);
    if (forked(op)) return LTN_ERR_FORKED;
    if (!op.is_question() && !op.done()) return LTN_ERR_PENDING;
    const std::optional<int64_t>* number = nullptr;
    switch (detail) {
        case LTN_DETAIL_QUEUE_NS: number = &op.detail.queue_ns; break;
        case LTN_DETAIL_NETWORK_NS: number = &op.detail.network_ns; break;
        case LTN_DETAIL_SETUP_NS: number = &op.detail.setup_ns; break;
        case LTN_DETAIL_RTT_NS: number = &op.detail.rtt_ns; break;
        case LTN_DETAIL_DEADLINE_NS: number = &op.detail.deadline_left_ns; break;
        case LTN_DETAIL_CLOCK_OFFSET_MS: number = &op.detail.clock_offset_ms; break;
        case LTN_DETAIL_ANSWER_CODE: number = &op.detail.answer_code; break;
        case LTN_DETAIL_PRIORITY: number = &op.detail.priority; break;
        default: return LTN_ERR_INVALID_ARGUMENT;
    }
    if (!number->has_value()) return LTN_ERR_EMPTY;
    *value = **number;
    return LTN_OK;
}

ltn_status ltn_op_text(const ltn_op* handle, const char** text, size_t* len, int32_t detail)
{
    if (handle == nullptr || text == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        // The texts are made when first asked for, and kept.
        Op& op = *from_handle(const_cast<ltn_op*>(handle));
        if (forked(op)) return LTN_ERR_FORKED;
        if (!op.is_question() && !op.done()) return LTN_ERR_PENDING;
        const std::string* found = nullptr;
        switch (detail) {
            case LTN_DETAIL_TYPE: found = &op.detail.type; break;
            case LTN_DETAIL_HOTKEY: found = &op.hotkey_text(); break;
            case LTN_DETAIL_ADDRESS: found = &op.address_text(); break;
            case LTN_DETAIL_FINGERPRINT: found = &op.fingerprint_text(); break;
            case LTN_DETAIL_ALPN: found = &op.detail.alpn; break;
            default: return LTN_ERR_INVALID_ARGUMENT;
        }
        if (found->empty()) return LTN_ERR_EMPTY;
        *text = found->c_str();
        if (len != nullptr) *len = found->size();
        return LTN_OK;
    });
}

ltn_status ltn_op_peer(const ltn_op* handle, uint8_t key[LTN_KEY_LEN])
{
    if (handle == nullptr || key == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    const Op& op = *from_handle(handle);
    if (forked(op)) return LTN_ERR_FORKED;
    if (!op.detail.has_peer) return LTN_ERR_EMPTY;
    std::memcpy(key, op.detail.peer.data(), LTN_KEY_LEN);
    return LTN_OK;
}

ltn_status ltn_op_cancel(ltn_op* handle)
{
    if (handle == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        Op& op = *from_handle(handle);
        if (forked(op)) return LTN_ERR_FORKED;
        if (op.is_question()) return LTN_ERR_STATE;
        op.owner().cancel_op(op);
        return LTN_OK;
    });
}

ltn_status ltn_op_complete(ltn_op* op, const uint8_t* data, size_t len, ltn_error* error)
{
    return answer(op, data, len, nullptr, error);
}

ltn_status ltn_op_complete_bytes(ltn_op* op, ltn_bytes* bytes, ltn_error* error)
{
    if (bytes == nullptr) return abi::invalid(error, "expected bytes");
    return answer(op, nullptr, 0, bytes, error);
}

ltn_status ltn_op_fail(ltn_op* handle, const char* text)
{
    if (handle == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        Op& op = *from_handle(handle);
        if (forked(op)) return LTN_ERR_FORKED;
        if (!op.is_question() || op.done()) return LTN_ERR_STATE;
        return abi::status_of(op.owner().refuse_op(op, text == nullptr ? "refused" : text).code);
    });
}

void ltn_op_free(ltn_op* handle)
{
    if (handle == nullptr) return;
    (void)abi::guarded(nullptr, [&]() -> ltn_status {
        Op& op = *from_handle(handle);
        // In a forked child it is simply left: its owner lives in the parent.
        if (forked(op)) return LTN_ERR_FORKED;
        op.freed_by_host.store(true, std::memory_order_release);
        if (!op.done()) {
            if (op.is_question()) {
                (void)op.owner().refuse_op(op, "freed without an answer");
            } else {
                op.owner().cancel_op(op);
            }
        } else if (op.is_question() && op.outcome() != Code::ok) {
            op.owner().withdrawn_op_freed(op);
        }
        op.release();
        return LTN_OK;
    });
}

}  // extern "C"
