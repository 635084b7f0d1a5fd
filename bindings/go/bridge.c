#include "bridge.h"

#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

void ltngo_take(ltngo_error* out, ltn_error* error, ltn_status status)
{
    memset(out, 0, offsetof(ltngo_error, text));
    out->status = status;
    if (error == NULL) return;
    /* Some failures have a status and no detail; the text is then that of an empty error. */
    if (ltn_error_status(error) == status) {
        const char* text = ltn_error_text(error);
        size_t len = strlen(text);
        if (len > LTNGO_TEXT) len = LTNGO_TEXT;
        memcpy(out->text, text, len);
        out->text_len = (uint32_t)len;
        out->category = ltn_error_category(error);
        out->retriable = ltn_error_retriable(error);
    } else {
        out->retriable = ltn_status_retriable(status);
    }
    ltn_error_free(error);
}

static void read_question(ltngo_event* event)
{
    ltn_op* op = event->op;
    event->deadline_ns = -1;
    (void)ltn_op_data(op, &event->data, &event->data_len);
    if (event->op_kind != LTN_OP_REQUEST && event->op_kind != LTN_OP_STREAM_REQUEST) return;
    (void)ltn_op_text(op, &event->type, &event->type_len, LTN_DETAIL_TYPE);
    (void)ltn_op_text(op, &event->hotkey, &event->hotkey_len, LTN_DETAIL_HOTKEY);
    (void)ltn_op_text(op, &event->address, &event->address_len, LTN_DETAIL_ADDRESS);
    (void)ltn_op_number(op, &event->deadline_ns, LTN_DETAIL_DEADLINE_NS);
    (void)ltn_op_number(op, &event->priority, LTN_DETAIL_PRIORITY);
    (void)ltn_op_peer(op, event->peer);
}

ltn_status ltngo_collect(ltn_queue* queue, ltngo_event* events, size_t* count, int64_t timeout_ms,
                         ltn_op** dead, size_t dead_count)
{
    ltn_event batch[LTNGO_BATCH];
    ltn_status status;
    size_t got = 0;
    size_t i;
    *count = 0;
    for (i = 0; i < dead_count; ++i) ltn_op_free(dead[i]);
    if (timeout_ms != 0) {
        status = ltn_queue_wait(queue, timeout_ms);
        if (status == LTN_ERR_PENDING) return LTN_OK;
        if (status != LTN_OK && status != LTN_ERR_CLOSED) return status;
    }
    status = ltn_queue_drain(queue, batch, &got, LTNGO_BATCH, sizeof batch[0]);
    if (status != LTN_OK) return status;
    for (i = 0; i < got; ++i) {
        ltngo_event* event = &events[i];
        memset(event, 0, sizeof *event);
        event->kind = batch[i].kind;
        event->status = batch[i].status;
        event->op_kind = batch[i].op_kind;
        event->tag = batch[i].tag;
        event->op = batch[i].op;
        if (event->kind == LTN_EVENT_QUESTION) {
            read_question(event);
        } else if (event->kind == LTN_EVENT_OP_DONE && event->op_kind == LTN_OP_CALL &&
                   (event->tag & LTNGO_HELD) == 0) {
            event->is_mine = 1;
            if (event->status == LTN_OK) (void)ltn_op_data(event->op, &event->data, &event->data_len);
        }
    }
    *count = got;
    return LTN_OK;
}

ltn_status ltngo_submit(ltn_client* client, ltn_op** op, int32_t how, const uint8_t* peer,
                        const char* address, size_t address_len, const char* type, size_t type_len,
                        const uint8_t* data, size_t data_len, const ltngo_call_options* options,
                        ltngo_error* error)
{
    char where[512];
    ltn_call call;
    ltn_error* detail = ltn_error_new();
    ltn_status status = ltn_call_init(&call, sizeof call);
    if (status == LTN_OK && address_len >= sizeof where) status = LTN_ERR_INVALID_ARGUMENT;
    if (status != LTN_OK) {
        ltngo_take(error, detail, status);
        return status;
    }
    if (address_len > 0) {
        memcpy(where, address, address_len);
        where[address_len] = '\0';
        call.address = where;
    }
    call.peer = peer;
    call.type = type;
    call.type_len = type_len;
    call.data = data;
    call.data_len = data_len;
    call.flags = options->flags;
    call.timeout_ms = options->timeout_ms;
    call.tag = options->tag;
    call.first_chunk_timeout_ms = options->first_chunk_timeout_ms;
    call.chunk_timeout_ms = options->chunk_timeout_ms;
    call.stream_window_bytes = options->stream_window_bytes;
    call.stream_max_bytes = options->stream_max_bytes;
    call.priority = options->priority;
    if (how == LTN_OP_STREAM) {
        status = ltn_client_open(client, op, &call, detail);
    } else if (how == LTN_OP_CONNECT) {
        status = ltn_client_connect(client, op, &call, detail);
    } else {
        status = ltn_client_call(client, op, &call, detail);
    }
    if (status != LTN_OK) {
        ltngo_take(error, detail, status);
    } else {
        ltn_error_free(detail);
    }
    return status;
}

void ltngo_op_error(const ltn_op* op, ltngo_error* error)
{
    ltn_error* detail = ltn_error_new();
    (void)ltn_op_error(op, detail);
    ltngo_take(error, detail, ltn_op_status(op));
    error->has_code = ltn_op_number(op, &error->code, LTN_DETAIL_ANSWER_CODE) == LTN_OK;
}

void ltngo_bytes(ltn_bytes* bytes, const uint8_t** data, size_t* len)
{
    *data = ltn_bytes_data(bytes);
    *len = ltn_bytes_len(bytes);
}

ltn_status ltngo_answer(ltn_op* op, const uint8_t* data, size_t len, ltngo_error* error)
{
    ltn_error* detail = ltn_error_new();
    const ltn_status status = ltn_op_complete(op, data, len, detail);
    if (status != LTN_OK) {
        ltngo_take(error, detail, status);
    } else {
        ltn_error_free(detail);
    }
    ltn_op_free(op);
    return status;
}

void ltngo_refuse(ltn_op* op, const char* text)
{
    (void)ltn_op_fail(op, text);
    ltn_op_free(op);
}

ltn_status ltngo_registry_set(ltn_client* client, ltn_op** op, char** hotkeys, char** addresses,
                              size_t count, ltngo_error* error)
{
    ltn_registry_entry* entries = calloc(count == 0 ? 1 : count, sizeof *entries);
    ltn_error* detail = ltn_error_new();
    ltn_status status = LTN_ERR_NO_MEMORY;
    size_t i;
    if (entries != NULL) {
        for (i = 0; i < count; ++i) {
            entries[i].hotkey = hotkeys[i];
            entries[i].address = addresses[i];
        }
        status = ltn_client_registry_set(client, op, entries, count, sizeof *entries, detail);
        free(entries);
    }
    if (status != LTN_OK) {
        ltngo_take(error, detail, status);
    } else {
        ltn_error_free(detail);
    }
    return status;
}

static void on_log(int32_t level, const char* event, const char* fields, void* handle)
{
    ltngoLog(level, (char*)event, (char*)fields, (uintptr_t)handle);
}

static void on_observe(const uint8_t key[LTN_KEY_LEN], const char* hotkey, const char* address,
                       void* handle)
{
    ltngoObserve((uint8_t*)key, (char*)hotkey, (char*)address, (uintptr_t)handle);
}

static void on_ask(ltn_op* question, void* handle) { ltngoAsk(question, (uintptr_t)handle); }

static void on_destroy(void* handle) { ltngoDestroy((uintptr_t)handle); }

ltn_status ltngo_runtime_set_log(ltn_runtime* runtime, int32_t level, uintptr_t handle)
{
    return ltn_runtime_set_log(runtime, level, on_log, (void*)handle, on_destroy);
}

ltn_status ltngo_server_observe(ltn_server* server, uintptr_t handle)
{
    return ltn_server_observe(server, on_observe, (void*)handle, on_destroy);
}

void ltngo_wallet_ask(ltn_wallet* wallet, uintptr_t handle)
{
    wallet->ask = on_ask;
    wallet->user_data = (void*)handle;
}
