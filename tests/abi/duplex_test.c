/* Chunks that follow a call, through the public header: one way and both ways, a reader behind, an early
 * answer, and a peer that cannot take them. */
#include "rig.h"

#include <pthread.h>
#include <string.h>

enum { CHUNK_LEN = 4096 };

typedef struct reader {
    ltn_op* question;
    pthread_t thread;
    int started;
    int echoes; /* sends every chunk back */
    int held;   /* waits with reading until this is 0 */
    int chunks;
    ltn_status ended;
} reader;

static void* read_chunks(void* given)
{
    reader* mine = given;
    while (__atomic_load_n(&mine->held, __ATOMIC_SEQ_CST) != 0) rig_nap_ms(1);
    for (;;) {
        ltn_bytes* chunk = NULL;
        mine->ended = ltn_op_read(mine->question, &chunk, RIG_LONG_MS);
        if (mine->ended != LTN_OK) break;
        if (mine->echoes) {
            assert_ok(ltn_op_send_bytes(mine->question, chunk, RIG_LONG_MS, NULL));
        }
        ltn_bytes_free(chunk);
        __atomic_fetch_add(&mine->chunks, 1, __ATOMIC_SEQ_CST);
    }
    if (mine->ended == LTN_ERR_EMPTY) assert_ok(ltn_op_complete(mine->question, NULL, 0, NULL));
    ltn_op_free(mine->question);
    return NULL;
}

static void start_reader(ltn_op* question, void* user_data)
{
    reader* mine = user_data;
    mine->question = question;
    assert_int_equal(0, pthread_create(&mine->thread, NULL, read_chunks, mine));
    __atomic_store_n(&mine->started, 1, __ATOMIC_SEQ_CST);
}

static void start_with(rig* rig, reader* mine, const char* old_server)
{
    ltn_runtime* runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(rig, runtime);
    assert_ok(ltn_server_set(rig->server, "wire_2", old_server, NULL));
    assert_ok(ltn_server_handle(rig->server, "up", 0, start_reader, mine, NULL, NULL));
    assert_ok(ltn_server_handle_stream(rig->server, "talk", 0, start_reader, mine, NULL, NULL));
    rig_run(rig);
}

static ltn_op* submit(const rig* rig, const char* type, int streamed)
{
    ltn_call call = rig_call(rig, type);
    ltn_op* op = NULL;
    call.timeout_ms = RIG_LONG_MS;
    call.flags = LTN_CALL_SEND;
    if (streamed) {
        assert_ok(ltn_client_open(rig->client, &op, &call, NULL));
    } else {
        assert_ok(ltn_client_call(rig->client, &op, &call, NULL));
    }
    return op;
}

static void chunks_follow_a_call_and_its_answer_comes_after_them(void** state)
{
    rig rig;
    reader mine = {0};
    uint8_t chunk[CHUNK_LEN];
    ltn_bytes* none = NULL;
    ltn_op* op;
    int i;
    (void)state;
    start_with(&rig, &mine, "true");
    op = submit(&rig, "up", 0);
    memset(chunk, 7, sizeof chunk);
    for (i = 0; i < 200; ++i) assert_ok(ltn_op_send(op, chunk, sizeof chunk, RIG_LONG_MS, NULL));
    assert_status(LTN_ERR_PENDING, ltn_op_status(op));
    assert_status(LTN_ERR_STATE, ltn_op_read(op, &none, 0));
    assert_ok(ltn_op_end(op, NULL));
    assert_status(LTN_ERR_STATE, ltn_op_end(op, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    assert_status(LTN_ERR_CLOSED, ltn_op_send(op, chunk, 1, 0, NULL));
    ltn_op_free(op);
    pthread_join(mine.thread, NULL);
    assert_int_equal(200, mine.chunks);
    assert_status(LTN_ERR_EMPTY, mine.ended);
    rig_end(&rig);
}

static void a_reader_behind_holds_the_sender(void** state)
{
    rig rig;
    reader mine = {.held = 1};
    uint8_t chunk[CHUNK_LEN];
    ltn_op* op;
    int sent = 0, blocked = 0;
    (void)state;
    start_with(&rig, &mine, "true");
    op = submit(&rig, "up", 0);
    memset(chunk, 7, sizeof chunk);
    while (sent < 5000) {
        const ltn_status status = ltn_op_send(op, chunk, sizeof chunk, blocked ? 1000 : 300, NULL);
        if (status == LTN_ERR_FULL) {
            blocked = 1;
            __atomic_store_n(&mine.held, 0, __ATOMIC_SEQ_CST);
            continue;
        }
        assert_ok(status);
        ++sent;
    }
    assert_int_equal(1, blocked);
    assert_ok(ltn_op_end(op, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    pthread_join(mine.thread, NULL);
    assert_int_equal(5000, mine.chunks);
    rig_end(&rig);
}

static void both_sides_talk_at_once(void** state)
{
    rig rig;
    reader mine = {.echoes = 1};
    uint8_t chunk[CHUNK_LEN];
    ltn_op* op;
    ltn_bytes* back = NULL;
    int i;
    (void)state;
    start_with(&rig, &mine, "true");
    op = submit(&rig, "talk", 1);
    for (i = 0; i < 20; ++i) {
        memset(chunk, i, sizeof chunk);
        assert_ok(ltn_op_send(op, chunk, sizeof chunk, RIG_LONG_MS, NULL));
        assert_ok(ltn_op_read(op, &back, RIG_LONG_MS));
        assert_int_equal(sizeof chunk, ltn_bytes_len(back));
        assert_int_equal(i, ltn_bytes_data(back)[0]);
        ltn_bytes_free(back);
    }
    assert_ok(ltn_op_end(op, NULL));
    assert_status(LTN_ERR_EMPTY, ltn_op_read(op, &back, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    pthread_join(mine.thread, NULL);
    rig_end(&rig);
}

static void a_caller_that_leaves_ends_the_reading(void** state)
{
    rig rig;
    reader mine = {0};
    ltn_op* op;
    (void)state;
    start_with(&rig, &mine, "true");
    op = submit(&rig, "up", 0);
    assert_ok(ltn_op_send(op, (const uint8_t*)"x", 1, RIG_LONG_MS, NULL));
    while (__atomic_load_n(&mine.chunks, __ATOMIC_SEQ_CST) == 0) rig_nap_ms(1);
    assert_ok(ltn_op_cancel(op));
    ltn_op_free(op);
    pthread_join(mine.thread, NULL);
    assert_status(LTN_ERR_CANCELLED, mine.ended);
    rig_end(&rig);
}

static void a_peer_that_cannot_take_chunks_is_named(void** state)
{
    rig rig;
    reader mine = {0};
    ltn_error* error = ltn_error_new();
    ltn_op* op;
    (void)state;
    start_with(&rig, &mine, "false");
    op = submit(&rig, "up", 0);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_error(op, error));
    assert_status(LTN_ERR_UNSUPPORTED, ltn_op_status(op));
    assert_non_null(strstr(ltn_error_text(error), "btlightning/2"));
    ltn_op_free(op);
    ltn_error_free(error);
    rig_assert_echo(&rig);
    assert_int_equal(0, mine.started);
    rig_end(&rig);
}

static void a_failure_says_its_number(void** state)
{
    rig rig;
    reader mine = {0};
    int64_t number = 0;
    ltn_call call;
    ltn_op* op = NULL;
    (void)state;
    start_with(&rig, &mine, "true");
    call = rig_call(&rig, "no such handler");
    call.priority = 4;
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_status(LTN_ERR_HANDLER, ltn_op_status(op));
    assert_ok(ltn_op_number(op, &number, LTN_DETAIL_ANSWER_CODE));
    assert_int_equal(3, number);
    ltn_op_free(op);
    call.priority = 5;
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_client_call(rig.client, &op, &call, NULL));
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_follow_a_call_and_its_answer_comes_after_them),
        cmocka_unit_test(a_reader_behind_holds_the_sender),
        cmocka_unit_test(both_sides_talk_at_once),
        cmocka_unit_test(a_caller_that_leaves_ends_the_reading),
        cmocka_unit_test(a_peer_that_cannot_take_chunks_is_named),
        cmocka_unit_test(a_failure_says_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
