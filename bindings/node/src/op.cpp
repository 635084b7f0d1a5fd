/* Operations by their number: results of our own, answers to questions, chunks both ways. */
#include "convert.h"
#include "modules.h"

namespace ltn_node {

namespace {

/* The operation of the first argument; null when it was freed (or the environment ends). */
ltn_op* op_of(const Napi::CallbackInfo& info)
{
    return Instance::of(info.Env()).find_op(id_of(info[0]));
}

Napi::Value data_of(Napi::Env env, const ltn_op* op)
{
    const uint8_t* data = nullptr;
    size_t len = 0;
    const ltn_status status = ltn_op_data(op, &data, &len);
    if (status != LTN_OK) return status_value(env, status);
    if (len < kExternalBytes) return small_bytes(env, data, len);
    ltn_bytes* bytes = nullptr;
    const ltn_status retained = ltn_op_data_retain(op, &bytes);
    if (retained != LTN_OK) return status_value(env, retained);
    return buffer_from(env, bytes);
}

/* opTake(id, status): the answer of a call that ended, or the status with its detail in lastError;
 * frees it. One crossing for the common case. */
Napi::Value take(const Napi::CallbackInfo& info)
{
    Napi::Env env = info.Env();
    Instance& self = Instance::of(env);
    const uint64_t id = id_of(info[0]);
    ltn_op* op = self.find_op(id);
    if (op == nullptr) return status_value(env, LTN_ERR_CLOSED);
    const ltn_status status = ltn_op_status(op);
    Napi::Value out;
    if (status == LTN_OK) {
        out = data_of(env, op);
    } else {
        (void)ltn_op_error(op, self.error());
        out = status_value(env, status);
    }
    self.free_op(id);
    return out;
}

Napi::Value data(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    if (op == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    return data_of(info.Env(), op);
}

/* opStatus(id): how it ended, with the detail in lastError. */
Napi::Value status(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    if (op == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    const ltn_status came = ltn_op_status(op);
    if (came != LTN_OK && came != LTN_ERR_PENDING) {
        (void)ltn_op_error(op, Instance::of(info.Env()).error());
    }
    return status_value(info.Env(), came);
}

Napi::Value number(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    int64_t value = 0;
    const auto detail = static_cast<int32_t>(integer_of(info[1]));
    if (op == nullptr || ltn_op_number(op, &value, detail) != LTN_OK) return info.Env().Null();
    return Napi::Number::New(info.Env(), static_cast<double>(value));
}

Napi::Value text(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    const char* value = nullptr;
    size_t len = 0;
    const auto detail = static_cast<int32_t>(integer_of(info[1]));
    if (op == nullptr || ltn_op_text(op, &value, &len, detail) != LTN_OK) return info.Env().Null();
    return Napi::String::New(info.Env(), value, len);
}

Napi::Value peer(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    uint8_t key[LTN_KEY_LEN];
    if (op == nullptr || ltn_op_peer(op, key) != LTN_OK) return info.Env().Null();
    return copy_buffer(info.Env(), key, sizeof key);
}

Napi::Value cancel(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    return status_value(info.Env(), op == nullptr ? LTN_ERR_CLOSED : ltn_op_cancel(op));
}

/* opComplete(id, bytes): the operation stays, so that a refused answer can become a failure. */
Napi::Value complete(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    if (op == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    const Span bytes = bytes_of(info[1]);
    return status_value(
        info.Env(), ltn_op_complete(op, bytes.data, bytes.len, Instance::of(info.Env()).error()));
}

Napi::Value fail(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    if (op == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    return status_value(info.Env(), ltn_op_fail(op, text_of(info[1]).c_str()));
}

/* opRead(id): a Buffer, or the status. */
Napi::Value read(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    if (op == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    ltn_bytes* chunk = nullptr;
    const ltn_status came = ltn_op_read(op, &chunk, 0);
    if (came != LTN_OK) return status_value(info.Env(), came);
    return buffer_from(info.Env(), chunk);
}

Napi::Value send(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    if (op == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    const Span bytes = bytes_of(info[1]);
    return status_value(
        info.Env(), ltn_op_send(op, bytes.data, bytes.len, 0, Instance::of(info.Env()).error()));
}

Napi::Value end(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    if (op == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    return status_value(info.Env(), ltn_op_end(op, Instance::of(info.Env()).error()));
}

/* opOutcome(id, index): LTN_OK, or the status of the entry with its detail in lastError. */
Napi::Value outcome(const Napi::CallbackInfo& info)
{
    ltn_op* op = op_of(info);
    if (op == nullptr) return status_value(info.Env(), LTN_ERR_CLOSED);
    ltn_status entry = LTN_OK;
    const ltn_status came = ltn_op_outcome(op, &entry, static_cast<size_t>(integer_of(info[1])),
                                           Instance::of(info.Env()).error());
    return status_value(info.Env(), came == LTN_OK ? entry : came);
}

void free_one(const Napi::CallbackInfo& info)
{
    Instance::of(info.Env()).free_op(id_of(info[0]));
}

}  // namespace

void add_ops(Napi::Env env, Napi::Object exports)
{
    add(env, exports, "opTake", take);
    add(env, exports, "opData", data);
    add(env, exports, "opStatus", status);
    add(env, exports, "opNumber", number);
    add(env, exports, "opText", text);
    add(env, exports, "opPeer", peer);
    add(env, exports, "opCancel", cancel);
    add(env, exports, "opComplete", complete);
    add(env, exports, "opFail", fail);
    add(env, exports, "opRead", read);
    add(env, exports, "opSend", send);
    add(env, exports, "opEnd", end);
    add(env, exports, "opOutcome", outcome);
    add(env, exports, "opFree", free_one);
}

}  // namespace ltn_node
