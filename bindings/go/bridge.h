/* What Go needs beside the header: one crossing where the header has several functions, structs that
 * are filled in here because a Go struct with Go pointers may not be handed to C, and user data that
 * is a number (cgo.Handle) and never a Go pointer. */
#ifndef LTNGO_BRIDGE_H
#define LTNGO_BRIDGE_H

#include <ltn/lightning-testing.h>
#include <ltn/lightning.h>

enum { LTNGO_BATCH = 64, LTNGO_TEXT = 512 };

/* In the tag of operations that their own object frees, perhaps at this very moment, and never the
 * poller. */
#define LTNGO_HELD (UINT64_C(1) << 63)

/* A failure with its detail, in the caller's memory: nothing to free afterwards. */
typedef struct ltngo_error {
    int32_t status;
    int32_t category;
    int32_t retriable;
    int32_t has_code;
    int64_t code; /* LTN_DETAIL_ANSWER_CODE */
    uint32_t text_len;
    char text[LTNGO_TEXT];
} ltngo_error;

/* An event with everything a Go goroutine wants to know of it. Pointers are borrowed from `op`. */
typedef struct ltngo_event {
    int32_t kind;
    int32_t status;
    int32_t op_kind;
    int32_t is_mine; /* OP_DONE of a call whose operation belongs to the poller */
    uint64_t tag;
    ltn_op* op;
    const uint8_t* data;
    size_t data_len;
    const char* type;
    size_t type_len;
    const char* hotkey;
    size_t hotkey_len;
    const char* address;
    size_t address_len;
    int64_t deadline_ns; /* -1: none */
    int64_t priority;
    uint8_t peer[LTN_KEY_LEN];
} ltngo_event;

typedef struct ltngo_call_options {
    uint32_t flags;
    int64_t timeout_ms;
    uint64_t tag;
    int64_t first_chunk_timeout_ms;
    int64_t chunk_timeout_ms;
    uint64_t stream_window_bytes;
    uint64_t stream_max_bytes;
    int64_t priority;
} ltngo_call_options;

/* Frees `dead`, waits for the queue, moves up to LTNGO_BATCH events out and reads what they carry. */
ltn_status ltngo_collect(ltn_queue* queue, ltngo_event* events, size_t* count, int64_t timeout_ms,
                         ltn_op** dead, size_t dead_count);

/* `how` is LTN_OP_CALL, LTN_OP_STREAM or LTN_OP_CONNECT. */
ltn_status ltngo_submit(ltn_client* client, ltn_op** op, int32_t how, const uint8_t* peer,
                        const char* address, size_t address_len, const char* type, size_t type_len,
                        const uint8_t* data, size_t data_len, const ltngo_call_options* options,
                        ltngo_error* error);

void ltngo_op_error(const ltn_op* op, ltngo_error* error);
void ltngo_bytes(ltn_bytes* bytes, const uint8_t** data, size_t* len);

/* Answers a question and frees it. */
ltn_status ltngo_answer(ltn_op* op, const uint8_t* data, size_t len, ltngo_error* error);
void ltngo_refuse(ltn_op* op, const char* text);

/* Fills `out` from an error object and frees that. */
void ltngo_take(ltngo_error* out, ltn_error* error, ltn_status status);

ltn_status ltngo_registry_set(ltn_client* client, ltn_op** op, char** hotkeys, char** addresses,
                              size_t count, ltngo_error* error);

/* User data as a number; the functions behind it are exported from Go. */
ltn_status ltngo_runtime_set_log(ltn_runtime* runtime, int32_t level, uintptr_t handle);
ltn_status ltngo_server_observe(ltn_server* server, uintptr_t handle);
void ltngo_wallet_ask(ltn_wallet* wallet, uintptr_t handle);

#endif
