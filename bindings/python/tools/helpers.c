/* What the binding adds in C, so that one call of Python does what would be several, and so that
 * bytes that were lent come back without any foreign thread taking the interpreter's lock. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Lent buffers: the library lets go on a thread of its choice. That thread only puts the number of
 * the buffer on a stack; Python takes all of them the next time it lends or turns. */
struct ltnpy_lent {
    struct ltnpy_lent* next;
    uint64_t id;
};

static _Atomic(struct ltnpy_lent*) ltnpy_released_head;

static void ltnpy_let_go(void* user_data)
{
    struct ltnpy_lent* lent = user_data;
    struct ltnpy_lent* head = atomic_load(&ltnpy_released_head);
    do {
        lent->next = head;
    } while (!atomic_compare_exchange_weak(&ltnpy_released_head, &head, lent));
}

static ltn_status ltnpy_lend(ltn_bytes** out, const uint8_t* data, size_t len, uint64_t id)
{
    struct ltnpy_lent* lent = malloc(sizeof *lent);
    *out = NULL;
    if (lent == NULL) return LTN_ERR_NO_MEMORY;
    lent->id = id;
    return ltn_bytes_lend(out, data, len, lent, ltnpy_let_go);
}

/* Numbers of buffers that came back, at most `capacity`; what does not fit stays for the next
 * time. */
static size_t ltnpy_released(uint64_t* ids, size_t capacity)
{
    struct ltnpy_lent* lent = atomic_exchange(&ltnpy_released_head, NULL);
    size_t count = 0;
    while (lent != NULL) {
        struct ltnpy_lent* next = lent->next;
        if (count < capacity) {
            ids[count++] = lent->id;
            free(lent);
        } else {
            ltnpy_let_go(lent);
        }
        lent = next;
    }
    return count;
}

/* One turn of a host-driven loop: step, take the events, and when to come again. */
static ltn_status ltnpy_turn(ltn_runtime* runtime, ltn_queue* queue, int64_t timeout_ms,
                             ltn_event* events, size_t* count, size_t capacity,
                             int64_t* deadline_ms)
{
    ltn_status status = ltn_runtime_step(runtime, timeout_ms);
    *count = 0;
    *deadline_ms = -1;
    if (status != LTN_OK) return status;
    status = ltn_queue_drain(queue, events, count, capacity, sizeof *events);
    if (status != LTN_OK) return status;
    return ltn_runtime_deadline_ms(runtime, deadline_ms);
}

enum { LTNPY_CALL = 0, LTNPY_OPEN = 1, LTNPY_CONNECT = 2 };

/* ltn_client_call, _open and _connect with plain arguments instead of a struct that Python fills.
 * */
static ltn_status ltnpy_submit(ltn_client* client, ltn_op** op, int what, uint32_t flags,
                               const uint8_t* peer, const char* address, const char* type,
                               size_t type_len, const uint8_t* data, size_t data_len,
                               ltn_bytes* bytes, int64_t timeout_ms, int64_t first_chunk_ms,
                               int64_t chunk_ms, uint64_t window_bytes, uint64_t max_bytes,
                               int64_t priority, ltn_error* error)
{
    ltn_call call;
    ltn_call_init(&call, sizeof call);
    call.flags = flags;
    call.peer = peer;
    call.address = address;
    call.type = type;
    call.type_len = type_len;
    if (bytes != NULL) {
        call.bytes = bytes;
    } else {
        call.data = data;
        call.data_len = data_len;
    }
    call.timeout_ms = timeout_ms;
    call.first_chunk_timeout_ms = first_chunk_ms;
    call.chunk_timeout_ms = chunk_ms;
    call.stream_window_bytes = window_bytes;
    call.stream_max_bytes = max_bytes;
    call.priority = priority;
    if (what == LTNPY_OPEN) return ltn_client_open(client, op, &call, error);
    if (what == LTNPY_CONNECT) return ltn_client_connect(client, op, &call, error);
    return ltn_client_call(client, op, &call, error);
}
