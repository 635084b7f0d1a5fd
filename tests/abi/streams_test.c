/* Streamed answers through the public header: reading, pacing, ending, leaving early. */
#include "rig.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_LEN = 1024 };

typedef struct producer {
    ltn_op* question;
    pthread_t thread;
    int chunks;
    int fails;   /* ends with ltn_op_fail */
    int sent;    /* accepted chunks */
    int blocked; /* times the reader was behind */
    ltn_status ended;
    int done;
} producer;

/* A host thread of its own: the way of a handler that may block. */
static void* produce(void* given)
{
    producer* mine = given;
    uint8_t chunk[CHUNK_LEN];
    mine->ended = LTN_OK;
    for (int i = 0; i < mine->chunks && mine->ended == LTN_OK; ++i) {
        memset(chunk, i & 0xff, sizeof chunk);
        mine->ended = ltn_op_send(mine->question, chunk, sizeof chunk, 0, NULL);
        while (mine->ended == LTN_ERR_FULL) {
            __atomic_fetch_add(&mine->blocked, 1, __ATOMIC_SEQ_CST);
            mine->ended = ltn_op_send(mine->question, chunk, sizeof chunk, 100, NULL);
        }
        if (mine->ended == LTN_OK) __atomic_fetch_add(&mine->sent, 1, __ATOMIC_SEQ_CST);
    }
    if (mine->ended == LTN_OK) {
        mine->ended = mine->fails ? ltn_op_fail(mine->question, "as asked")
                                  : ltn_op_complete(mine->question, NULL, 0, NULL);
    }
    ltn_op_free(mine->question);
    __atomic_store_n(&mine->done, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void start_producer(ltn_op* question, void* user_data)
{
    producer* mine = user_data;
    mine->question = question;
    assert_int_equal(LTN_OP_STREAM_REQUEST, ltn_op_kind(question));
    assert_int_equal(0, pthread_create(&mine->thread, NULL, produce, mine));
}

static void start_with(rig* rig, producer* mine)
{
    ltn_runtime* runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(rig, runtime);
    assert_ok(ltn_server_handle_stream(rig->server, "stream", 0, start_producer, mine, NULL, NULL));
    rig_run(rig);
}

static ltn_op* open_stream(const rig* rig, uint32_t flags, uint64_t window)
{
    ltn_call call = rig_call(rig, "stream");
    ltn_op* op = NULL;
    call.timeout_ms = RIG_LONG_MS;
    call.flags = flags;
    call.stream_window_bytes = window;
    assert_ok(ltn_client_open(rig->client, &op, &call, NULL));
    assert_int_equal(LTN_OP_STREAM, ltn_op_kind(op));
    return op;
}

/* Reads all that comes; the number of chunks, each checked. */
static int read_all(ltn_op* op)
{
    int count = 0;
    for (;;) {
        ltn_bytes* chunk = NULL;
        const ltn_status status = ltn_op_read(op, &chunk, RIG_LONG_MS);
        if (status != LTN_OK) {
            assert_status(LTN_ERR_EMPTY, status);
            assert_null(chunk);
            return count;
        }
        assert_int_equal(CHUNK_LEN, ltn_bytes_len(chunk));
        assert_int_equal(count & 0xff, ltn_bytes_data(chunk)[CHUNK_LEN - 1]);
        ltn_bytes_free(chunk);
        ++count;
    }
}

static void chunks_arrive_in_order_and_the_end_is_told_once_and_for_all(void** state)
{
    rig rig;
    producer mine = {.chunks = 300};
    ltn_bytes* none = NULL;
    ltn_op* op;
    (void)state;
    start_with(&rig, &mine);
    op = open_stream(&rig, 0, 0);
    assert_int_equal(300, read_all(op));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    assert_status(LTN_ERR_EMPTY, ltn_op_read(op, &none, RIG_LONG_MS));
    assert_status(LTN_ERR_EMPTY, ltn_op_read(op, &none, 0));
    ltn_op_free(op);
    pthread_join(mine.thread, NULL);
    assert_ok(mine.ended);
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void a_stream_without_chunks_just_ends(void** state)
{
    rig rig;
    producer mine = {.chunks = 0};
    ltn_op* op;
    (void)state;
    start_with(&rig, &mine);
    op = open_stream(&rig, 0, 0);
    assert_int_equal(0, read_all(op));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    pthread_join(mine.thread, NULL);
    rig_end(&rig);
}

static void a_handler_that_fails_midway_ends_the_stream_with_a_plain_error(void** state)
{
    rig rig;
    producer mine = {.chunks = 2, .fails = 1};
    ltn_error* error = ltn_error_new();
    ltn_op* op;
    (void)state;
    start_with(&rig, &mine);
    op = open_stream(&rig, 0, 0);
    assert_int_equal(2, read_all(op));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_error(op, error));
    assert_status(LTN_ERR_STREAM, ltn_op_status(op));
    assert_string_equal("stream error: stream processing failed", ltn_error_text(error));
    ltn_op_free(op);
    ltn_error_free(error);
    pthread_join(mine.thread, NULL);
    rig_end(&rig);
}

static void a_reader_that_pauses_stops_the_writer(void** state)
{
    rig rig;
    producer mine = {.chunks = 16 * 1024};
    int stopped_at;
    ltn_op* op;
    (void)state;
    start_with(&rig, &mine);
    op = open_stream(&rig, 0, 64 * 1024);
    while (__atomic_load_n(&mine.blocked, __ATOMIC_SEQ_CST) < 3) rig_nap_ms(1);
    stopped_at = __atomic_load_n(&mine.sent, __ATOMIC_SEQ_CST);
    assert_in_range(stopped_at, 1, 8 * 1024);
    assert_int_equal(16 * 1024, read_all(op));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    pthread_join(mine.thread, NULL);
    rig_end(&rig);
}

static void a_reader_that_leaves_early_frees_the_writer_and_later_streams_work(void** state)
{
    rig rig;
    producer mine = {.chunks = 1 << 20};
    ltn_bytes* chunk = NULL;
    ltn_op* op;
    (void)state;
    start_with(&rig, &mine);
    op = open_stream(&rig, 0, 0);
    assert_ok(ltn_op_read(op, &chunk, RIG_LONG_MS));
    ltn_bytes_free(chunk);
    ltn_op_free(op);
    assert_true(rig_reaches(&mine.done, 1));
    pthread_join(mine.thread, NULL);
    assert_status(LTN_ERR_CANCELLED, mine.ended);

    mine = (producer){.chunks = 5};
    op = open_stream(&rig, 0, 0);
    assert_int_equal(5, read_all(op));
    ltn_op_free(op);
    pthread_join(mine.thread, NULL);
    rig_end(&rig);
}

static void a_collected_stream_is_read_whole_after_its_end(void** state)
{
    rig rig;
    producer mine = {.chunks = 2000};
    ltn_bytes* chunk = NULL;
    ltn_op* op;
    (void)state;
    start_with(&rig, &mine);
    op = open_stream(&rig, LTN_CALL_COLLECT, 0);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    assert_int_equal(2000, read_all(op));
    assert_status(LTN_ERR_EMPTY, ltn_op_read(op, &chunk, 0));
    ltn_op_free(op);
    pthread_join(mine.thread, NULL);
    rig_end(&rig);
}

static void a_queue_hears_of_chunks_once_until_they_are_read(void** state)
{
    rig rig;
    producer mine = {.chunks = 40};
    ltn_runtime* runtime = NULL;
    ltn_queue* queue = NULL;
    ltn_op* op;
    int chunks = 0;
    int done = 0;
    (void)state;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    assert_ok(ltn_queue_new(&queue, 1, NULL)); /* one place: READABLE needs none */
    rig_make_on(&rig, runtime);
    assert_ok(ltn_server_handle_stream(rig.server, "stream", 0, start_producer, &mine, NULL, NULL));
    assert_ok(ltn_client_deliver_queue(rig.client, queue));
    rig_run(&rig);
    op = open_stream(&rig, 0, 0);
    while (!done) {
        ltn_event events[8];
        size_t count = 0;
        int readable = 0;
        assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
        assert_ok(ltn_queue_drain(queue, events, &count, 8, sizeof events[0]));
        for (size_t i = 0; i < count; ++i) {
            ltn_bytes* chunk = NULL;
            assert_ptr_equal(op, events[i].op);
            if (events[i].kind == LTN_EVENT_OP_DONE) done = 1;
            if (events[i].kind != LTN_EVENT_READABLE) continue;
            ++readable;
            while (ltn_op_read(op, &chunk, 0) == LTN_OK) {
                ++chunks;
                ltn_bytes_free(chunk);
            }
        }
        assert_in_range(readable, 0, 1);
    }
    assert_int_equal(40, chunks + read_all(op));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    pthread_join(mine.thread, NULL);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void chunks_are_refused_where_no_stream_is(void** state)
{
    rig rig;
    ltn_bytes* chunk = NULL;
    ltn_error* error = ltn_error_new();
    ltn_op* op;
    (void)state;
    rig_start(&rig);
    op = rig_submit(&rig, "echo", RIG_LONG_MS);
    assert_status(LTN_ERR_STATE, ltn_op_read(op, &chunk, 0));
    assert_status(LTN_ERR_STATE, ltn_op_send(op, (const uint8_t*)"x", 1, 0, error));
    assert_true(strlen(ltn_error_text(error)) > 0);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    ltn_op_free(op);
    ltn_error_free(error);
    rig_end(&rig);
}

enum { WRITERS = 3, MANY = 6000 };

/* Chunks of every length, also none, each with its number as far as there is room for it. */
static size_t numbered(uint8_t* chunk, int number)
{
    const size_t len = (size_t)(number * 37 % 700);
    memset(chunk, number & 0xff, len);
    if (len >= sizeof number) memcpy(chunk, &number, sizeof number);
    return len;
}

static void* write_numbered(void* given)
{
    producer* mine = given;
    uint8_t chunk[CHUNK_LEN];
    mine->ended = LTN_OK;
    for (int i = 0; i < mine->chunks && mine->ended == LTN_OK; ++i) {
        const size_t len = numbered(chunk, i);
        mine->ended = ltn_op_send(mine->question, chunk, len, RIG_LONG_MS, NULL);
    }
    if (mine->ended == LTN_OK) {
        mine->ended = mine->fails ? ltn_op_fail(mine->question, "as asked")
                                  : ltn_op_complete(mine->question, NULL, 0, NULL);
    }
    ltn_op_free(mine->question);
    return NULL;
}

typedef struct crew {
    producer writers[WRITERS];
    int at_work;
} crew;

static void start_next_writer(ltn_op* question, void* user_data)
{
    crew* all = user_data;
    producer* mine = &all->writers[all->at_work++];
    mine->question = question;
    assert_int_equal(0, pthread_create(&mine->thread, NULL, write_numbered, mine));
}

static void writers_that_find_the_loop_at_work_keep_their_order_and_lose_nothing(void** state)
{
    rig rig;
    crew all = {0};
    ltn_op* ops[WRITERS];
    ltn_runtime* runtime = NULL;
    (void)state;
    for (int i = 0; i < WRITERS; ++i) all.writers[i].chunks = MANY;
    all.writers[WRITERS - 1].fails = 1;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(&rig, runtime);
    assert_ok(
        ltn_server_handle_stream(rig.server, "stream", 0, start_next_writer, &all, NULL, NULL));
    rig_run(&rig);
    for (int i = 0; i < WRITERS; ++i) ops[i] = open_stream(&rig, 0, 0);
    for (int number = 0; number < MANY; ++number) {
        uint8_t expected[CHUNK_LEN];
        const size_t len = numbered(expected, number);
        for (int i = 0; i < WRITERS; ++i) {
            ltn_bytes* chunk = NULL;
            assert_ok(ltn_op_read(ops[i], &chunk, RIG_LONG_MS));
            assert_int_equal(len, ltn_bytes_len(chunk));
            if (len > 0) assert_memory_equal(expected, ltn_bytes_data(chunk), len);
            ltn_bytes_free(chunk);
        }
    }
    for (int i = 0; i < WRITERS; ++i) {
        ltn_bytes* none = NULL;
        assert_status(LTN_ERR_EMPTY, ltn_op_read(ops[i], &none, RIG_LONG_MS));
        assert_ok(ltn_op_wait(ops[i], RIG_LONG_MS));
        ltn_op_free(ops[i]);
        pthread_join(all.writers[i].thread, NULL);
        assert_ok(all.writers[i].ended);
    }
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void a_server_that_stops_lets_its_writers_go(void** state)
{
    rig rig;
    crew all = {0};
    ltn_op* op;
    ltn_bytes* chunk = NULL;
    ltn_runtime* runtime = NULL;
    (void)state;
    all.writers[0].chunks = 1 << 30;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(&rig, runtime);
    assert_ok(
        ltn_server_handle_stream(rig.server, "stream", 0, start_next_writer, &all, NULL, NULL));
    rig_run(&rig);
    op = open_stream(&rig, 0, 0);
    for (int i = 0; i < 500; ++i) {
        assert_ok(ltn_op_read(op, &chunk, RIG_LONG_MS));
        ltn_bytes_free(chunk);
    }
    ltn_server_stop(rig.server);
    pthread_join(all.writers[0].thread, NULL);
    assert_int_not_equal(LTN_OK, all.writers[0].ended);
    ltn_op_free(op);
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_arrive_in_order_and_the_end_is_told_once_and_for_all),
        cmocka_unit_test(a_stream_without_chunks_just_ends),
        cmocka_unit_test(a_handler_that_fails_midway_ends_the_stream_with_a_plain_error),
        cmocka_unit_test(a_reader_that_pauses_stops_the_writer),
        cmocka_unit_test(a_reader_that_leaves_early_frees_the_writer_and_later_streams_work),
        cmocka_unit_test(a_collected_stream_is_read_whole_after_its_end),
        cmocka_unit_test(a_queue_hears_of_chunks_once_until_they_are_read),
        cmocka_unit_test(chunks_are_refused_where_no_stream_is),
        cmocka_unit_test(writers_that_find_the_loop_at_work_keep_their_order_and_lose_nothing),
        cmocka_unit_test(a_server_that_stops_lets_its_writers_go),
    };
    return cmocka_run_group_tests_name("streams", tests, NULL, NULL);
}
