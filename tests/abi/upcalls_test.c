/* What holds inside an upcall, and how events arrive by upcall (promises L2, T2, R3). */
#include "rig.h"

#include <pthread.h>
#include <string.h>

typedef struct seen {
    rig *rig;
    ltn_op *pending;
    ltn_queue *queue;
    ltn_status op_wait;
    ltn_status client_wait;
    ltn_status runtime_wait;
    ltn_status queue_wait;
    ltn_status inner_call;
    int inside;
    int nested;
    int done;
    int closed;
    int after_closed;
    int destroyed;
    pthread_t thread;
} seen;

static void make(rig *rig)
{
    ltn_runtime *runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(rig, runtime);
}

static void gone(void *user_data)
{
    seen *mine = user_data;
    rig_count(&mine->destroyed);
}

static void try_everything(const ltn_event *event, void *user_data)
{
    seen *mine = user_data;
    if (__atomic_fetch_add(&mine->inside, 1, __ATOMIC_SEQ_CST) != 0) mine->nested = 1;
    if (rig_read(&mine->destroyed) != 0 || mine->closed != 0) mine->after_closed = 1;
    if (event->kind == LTN_EVENT_OP_DONE) {
        ltn_op *op = NULL;
        ltn_call call = rig_call(mine->rig, "echo");
        mine->thread = pthread_self();
        mine->op_wait = ltn_op_wait(mine->pending, -1);
        mine->client_wait = ltn_client_wait(mine->rig->client, -1);
        mine->runtime_wait = ltn_runtime_wait(mine->rig->runtime, -1);
        mine->queue_wait = ltn_queue_wait(mine->queue, -1);
        if (event->tag == 1) {
            call.tag = 2;
            mine->inner_call = ltn_client_call(mine->rig->client, &op, &call, NULL);
        }
        ltn_op_free(event->op);
        rig_count(&mine->done);
    }
    if (event->kind == LTN_EVENT_CLOSED) rig_count(&mine->closed);
    __atomic_fetch_sub(&mine->inside, 1, __ATOMIC_SEQ_CST);
}

static void hold(ltn_op *question, void *place)
{
    __atomic_store_n((ltn_op **)place, question, __ATOMIC_SEQ_CST);
}

static void waiting_inside_an_upcall_is_refused_promise_L2_and_none_nests_promise_T2(void **state)
{
    rig rig;
    seen mine;
    ltn_op *held = NULL;
    ltn_op *op = NULL;
    ltn_call call;
    (void)state;
    memset(&mine, 0, sizeof mine);
    make(&rig);
    mine.rig = &rig;
    assert_ok(ltn_queue_new(&mine.queue, 0, NULL));
    assert_ok(ltn_client_deliver_upcall(rig.client, try_everything, &mine, gone));
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
    rig_run(&rig);
    mine.pending = rig_submit(&rig, "held", -1);
    call = rig_call(&rig, "echo");
    call.tag = 1;
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    assert_true(rig_reaches(&mine.done, 2)); /* the call, and the one made inside its upcall */
    assert_ok(mine.inner_call);
    assert_status(LTN_ERR_WOULD_DEADLOCK, mine.op_wait);
    assert_status(LTN_ERR_WOULD_DEADLOCK, mine.client_wait);
    assert_status(LTN_ERR_WOULD_DEADLOCK, mine.runtime_wait);
    assert_status(LTN_ERR_WOULD_DEADLOCK, mine.queue_wait);
    assert_false(pthread_equal(mine.thread, pthread_self()));
    ltn_op_free(mine.pending);
    assert_ok(ltn_client_stop(rig.client));
    assert_ok(ltn_client_wait(rig.client, RIG_LONG_MS));
    assert_true(rig_reaches(&mine.closed, 1));
    assert_int_equal(0, mine.nested);
    assert_int_equal(0, mine.after_closed);
    rig_end(&rig);
    ltn_op_free(held);
    assert_true(rig_reaches(&mine.destroyed, 1));
    ltn_queue_free(mine.queue);
}

static void stop_and_free(const ltn_event *event, void *user_data)
{
    rig *mine = user_data;
    if (event->kind != LTN_EVENT_OP_DONE) return;
    ltn_op_free(event->op);
    (void)ltn_runtime_stop(mine->runtime);
    ltn_client_free(mine->client);
    mine->client = NULL;
    ltn_server_free(mine->server);
    mine->server = NULL;
    ltn_runtime_free(mine->runtime);
    __atomic_store_n(&mine->runtime, NULL, __ATOMIC_SEQ_CST);
}

static void everything_may_be_stopped_and_freed_inside_an_upcall(void **state)
{
    int round;
    (void)state;
    for (round = 0; round < 20; ++round) {
        const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
        rig rig;
        make(&rig);
        assert_ok(ltn_client_deliver_upcall(rig.client, stop_and_free, &rig, NULL));
        rig_run(&rig);
        (void)rig_submit(&rig, "echo", RIG_LONG_MS);
        while (__atomic_load_n(&rig.runtime, __ATOMIC_SEQ_CST) != NULL && rig_now_ms() < end_ms) {
            rig_nap_ms(1);
        }
        assert_null(rig.runtime);
        rig_end(&rig);
    }
}

static void stop_in_signer(ltn_op *question, void *user_data)
{
    rig *mine = user_data;
    (void)ltn_client_stop(__atomic_load_n(&mine->client, __ATOMIC_SEQ_CST));
    rig_sign_now(question, (void *)(uintptr_t)2);
}

static void a_signer_may_stop_the_client_that_asks_it(void **state)
{
    int round;
    (void)state;
    for (round = 0; round < 20; ++round) {
        rig rig;
        make(&rig);
        ltn_client_free(rig.client);
        ltn_signer_free(rig.client_signer);
        rig.client_signer = rig_callback_signer(2, stop_in_signer, &rig, NULL);
        assert_ok(ltn_client_new(&rig.client, rig.runtime, rig.client_signer, NULL));
        rig_run(&rig);
        assert_ok(ltn_client_wait(rig.client, RIG_LONG_MS));
        rig_end(&rig);
    }
}

static void freeing_the_client_silences_its_upcall(void **state)
{
    rig rig;
    seen mine;
    ltn_op *held = NULL;
    ltn_op *op;
    (void)state;
    memset(&mine, 0, sizeof mine);
    make(&rig);
    mine.rig = &rig;
    assert_ok(ltn_client_deliver_upcall(rig.client, try_everything, &mine, gone));
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
    rig_run(&rig);
    op = rig_submit(&rig, "held", -1);
    ltn_client_free(rig.client);
    rig.client = NULL;
    assert_true(rig_reaches(&mine.destroyed, 1));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_status(LTN_ERR_SHUTDOWN, ltn_op_status(op));
    assert_int_equal(0, mine.done + mine.closed);
    ltn_op_free(op);
    rig_end(&rig);
    ltn_op_free(held);
}

static void a_refused_delivery_releases_its_user_data_promise_R3(void **state)
{
    rig rig;
    int count = 0;
    (void)state;
    make(&rig);
    assert_status(LTN_ERR_INVALID_ARGUMENT,
                  ltn_client_deliver_upcall(NULL, try_everything, &count, rig_count));
    assert_status(LTN_ERR_INVALID_ARGUMENT,
                  ltn_client_deliver_upcall(rig.client, NULL, &count, rig_count));
    assert_int_equal(2, rig_read(&count));
    /* A second one replaces and releases the first. */
    assert_ok(ltn_client_deliver_upcall(rig.client, try_everything, &count, rig_count));
    assert_ok(ltn_client_deliver_upcall(rig.client, try_everything, &count, rig_count));
    assert_int_equal(3, rig_read(&count));
    assert_status(LTN_ERR_INVALID_ARGUMENT,
                  ltn_runtime_set_log(NULL, LTN_LOG_INFO, NULL, &count, rig_count));
    assert_int_equal(4, rig_read(&count));
    ltn_client_free(rig.client);
    rig.client = NULL;
    assert_int_equal(5, rig_read(&count));
    assert_ok(ltn_client_new(&rig.client, rig.runtime, rig.client_signer, NULL));
    rig_run(&rig);
    assert_status(LTN_ERR_STATE,
                  ltn_client_deliver_upcall(rig.client, try_everything, &count, rig_count));
    assert_int_equal(6, rig_read(&count));
    rig_end(&rig);
}

static void remember(int32_t level, const char *event, const char *fields, void *user_data)
{
    char *text = user_data;
    (void)level;
    if (strcmp(event, "serving") == 0) strncpy(text, fields, 255);
}

static void log_lines_carry_a_name_and_fields(void **state)
{
    rig rig;
    char text[256] = {0};
    (void)state;
    make(&rig);
    assert_ok(ltn_runtime_set_log(rig.runtime, LTN_LOG_INFO, remember, text, NULL));
    rig_run(&rig);
    rig_assert_echo(&rig);
    assert_non_null(strstr(text, "address=127.0.0.1:"));
    assert_non_null(strstr(text, "hotkey=5"));
    rig_end(&rig);
}

static void one_mebibyte(uint8_t *map, size_t size)
{
    memset(map, 0, size);
    map[0] = 0x81;
    map[1] = 0xa1;
    map[2] = 'b';
    map[3] = 0xc6;
    map[4] = (uint8_t)((size - 8) >> 24);
    map[5] = (uint8_t)((size - 8) >> 16);
    map[6] = (uint8_t)((size - 8) >> 8);
    map[7] = (uint8_t)(size - 8);
}

static uint8_t big[1 << 20];

static void lent_bytes_come_back_once_after_everybody_is_done_promise_R4(void **state)
{
    rig rig;
    int released = 0;
    ltn_bytes *bytes = NULL;
    ltn_op *op = NULL;
    ltn_call call;
    const uint8_t *answer = NULL;
    size_t answer_len = 0;
    (void)state;
    one_mebibyte(big, sizeof big);
    make(&rig);
    rig_run(&rig);
    assert_ok(ltn_bytes_lend(&bytes, big, sizeof big, &released, rig_count));
    call = rig_call(&rig, "echo");
    call.bytes = bytes;
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    ltn_bytes_free(bytes);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    assert_ok(ltn_op_data(op, &answer, &answer_len));
    assert_int_equal(sizeof big, answer_len);
    assert_memory_equal(big, answer, answer_len);
    ltn_op_free(op);
    assert_true(rig_reaches(&released, 1));
    rig_assert_echo(&rig);
    assert_int_equal(1, rig_read(&released));
    rig_end(&rig);
    assert_int_equal(1, rig_read(&released));
}

static void answer_lent(ltn_op *question, void *user_data)
{
    ltn_bytes *bytes = NULL;
    if (ltn_bytes_lend(&bytes, big, sizeof big, user_data, rig_count) == LTN_OK) {
        (void)ltn_op_complete_bytes(question, bytes, NULL);
    }
    ltn_bytes_free(bytes);
    ltn_op_free(question);
}

static void a_lent_answer_comes_back_once_after_it_was_acknowledged(void **state)
{
    rig rig;
    int released = 0;
    (void)state;
    one_mebibyte(big, sizeof big);
    make(&rig);
    assert_ok(ltn_server_handle(rig.server, "lent", 0, answer_lent, &released, NULL, NULL));
    rig_run(&rig);
    assert_ok(rig_try(&rig, "lent", RIG_LONG_MS));
    assert_true(rig_reaches(&released, 1));
    rig_end(&rig);
    assert_int_equal(1, rig_read(&released));
}

static void lent_bytes_come_back_when_the_call_is_refused_cancelled_or_shut_down(void **state)
{
    static const uint8_t array[] = {0x90};
    rig rig;
    int released = 0;
    ltn_bytes *bytes = NULL;
    ltn_op *op = NULL;
    ltn_call call;
    (void)state;
    one_mebibyte(big, sizeof big);
    make(&rig);
    rig_run(&rig);
    call = rig_call(&rig, "echo");
    assert_ok(ltn_bytes_lend(&bytes, array, sizeof array, &released, rig_count));
    call.bytes = bytes;
    assert_status(LTN_ERR_MALFORMED, ltn_client_call(rig.client, &op, &call, NULL));
    ltn_bytes_free(bytes);
    assert_int_equal(1, rig_read(&released));
    assert_ok(ltn_bytes_lend(&bytes, big, sizeof big, &released, rig_count));
    call.bytes = bytes;
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    ltn_bytes_free(bytes);
    ltn_op_free(op);
    assert_true(rig_reaches(&released, 2));
    assert_ok(ltn_bytes_lend(&bytes, big, sizeof big, &released, rig_count));
    call.bytes = bytes;
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    ltn_bytes_free(bytes);
    rig_end(&rig);
    ltn_op_free(op);
    assert_true(rig_reaches(&released, 3));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_bytes_lend(NULL, big, 1, &released, rig_count));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_bytes_lend(&bytes, NULL, 1, &released, rig_count));
    assert_int_equal(5, rig_read(&released));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_inside_an_upcall_is_refused_promise_L2_and_none_nests_promise_T2),
        cmocka_unit_test(everything_may_be_stopped_and_freed_inside_an_upcall),
        cmocka_unit_test(a_signer_may_stop_the_client_that_asks_it),
        cmocka_unit_test(freeing_the_client_silences_its_upcall),
        cmocka_unit_test(a_refused_delivery_releases_its_user_data_promise_R3),
        cmocka_unit_test(log_lines_carry_a_name_and_fields),
        cmocka_unit_test(lent_bytes_come_back_once_after_everybody_is_done_promise_R4),
        cmocka_unit_test(a_lent_answer_comes_back_once_after_it_was_acknowledged),
        cmocka_unit_test(lent_bytes_come_back_when_the_call_is_refused_cancelled_or_shut_down),
    };
    return cmocka_run_group_tests_name("upcalls", tests, NULL, NULL);
}
