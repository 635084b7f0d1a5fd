/* Operations as the host sees them: wait, poll, cancel, free, details. */
#include "rig.h"

#include <pthread.h>
#include <string.h>

static void hold(ltn_op *question, void *place)
{
    __atomic_store_n((ltn_op **)place, question, __ATOMIC_SEQ_CST);
}

static ltn_op *await_held(ltn_op **place)
{
    const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
    ltn_op *op;
    while ((op = __atomic_load_n(place, __ATOMIC_SEQ_CST)) == NULL && rig_now_ms() < end_ms) {
        rig_nap_ms(1);
    }
    assert_non_null(op);
    return op;
}

static void a_call_brings_back_what_the_peer_answered(void **state)
{
    rig rig;
    (void)state;
    rig_start(&rig);
    rig_assert_echo(&rig);
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void a_wait_in_slices_says_pending_until_the_answer_is_there(void **state)
{
    rig rig;
    ltn_op *held = NULL;
    ltn_op *op;
    const uint8_t *data = NULL;
    size_t len = 0;
    int64_t number = 0;
    const char *text = NULL;
    ltn_error *error = ltn_error_new();
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
    op = rig_submit(&rig, "held", RIG_LONG_MS);
    assert_status(LTN_ERR_PENDING, ltn_op_wait(op, 0));
    assert_status(LTN_ERR_PENDING, ltn_op_wait(op, 5));
    assert_status(LTN_ERR_PENDING, ltn_op_status(op));
    assert_status(LTN_ERR_PENDING, ltn_op_error(op, error));
    assert_status(LTN_ERR_PENDING, ltn_op_data(op, &data, &len));
    assert_status(LTN_ERR_PENDING, ltn_op_number(op, &number, LTN_DETAIL_NETWORK_NS));
    assert_status(LTN_ERR_PENDING, ltn_op_text(op, &text, &len, LTN_DETAIL_HOTKEY));
    await_held(&held);
    assert_status(LTN_ERR_PENDING, ltn_op_wait(op, 5));
    assert_ok(ltn_op_complete(held, NULL, 0, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_wait(op, 0));
    assert_ok(ltn_op_status(op));
    ltn_op_free(held);
    ltn_op_free(op);
    ltn_error_free(error);
    rig_end(&rig);
}

static void polling_alone_sees_the_answer(void **state)
{
    rig rig;
    ltn_op *op;
    const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
    (void)state;
    rig_start(&rig);
    op = rig_submit(&rig, "echo", RIG_LONG_MS);
    while (ltn_op_status(op) == LTN_ERR_PENDING && rig_now_ms() < end_ms) rig_nap_ms(1);
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    rig_end(&rig);
}

static void a_host_that_waited_before_may_poll_and_deadlines_still_pass(void **state)
{
    rig rig;
    ltn_op *held = NULL;
    int round;
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
    for (round = 0; round < 20; ++round) {
        const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
        ltn_op *op;
        rig_assert_echo(&rig); /* this thread drove the loop, and has left it */
        op = rig_submit(&rig, round % 2 == 0 ? "echo" : "held", round % 2 == 0 ? RIG_LONG_MS : 20);
        while (ltn_op_status(op) == LTN_ERR_PENDING && rig_now_ms() < end_ms) rig_nap_ms(1);
        assert_status(round % 2 == 0 ? LTN_OK : LTN_ERR_DEADLINE, ltn_op_status(op));
        ltn_op_free(op);
        ltn_op_free(__atomic_exchange_n(&held, NULL, __ATOMIC_SEQ_CST));
    }
    rig_end(&rig);
    ltn_op_free(held);
}

static void cancel_ends_a_call_once_and_frees_nothing_promise_R2(void **state)
{
    rig rig;
    ltn_op *held = NULL;
    ltn_op *op;
    ltn_error *error = ltn_error_new();
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
    /* Before the connection is there. */
    op = rig_submit(&rig, "held", RIG_LONG_MS);
    assert_ok(ltn_op_cancel(op));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_status(LTN_ERR_CANCELLED, ltn_op_status(op));
    ltn_op_free(op);
    rig_assert_echo(&rig);
    /* While the peer works on it. */
    __atomic_store_n(&held, NULL, __ATOMIC_SEQ_CST);
    op = rig_submit(&rig, "held", RIG_LONG_MS);
    await_held(&held);
    assert_ok(ltn_op_cancel(op));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_status(LTN_ERR_CANCELLED, ltn_op_status(op));
    assert_ok(ltn_op_error(op, error));
    assert_status(LTN_ERR_CANCELLED, ltn_error_status(error));
    assert_ok(ltn_op_cancel(op));
    assert_status(LTN_ERR_CANCELLED, ltn_op_status(op));
    ltn_op_free(op);
    (void)ltn_op_complete(held, NULL, 0, NULL);
    ltn_op_free(held);
    /* After the answer. */
    op = rig_submit(&rig, "echo", RIG_LONG_MS);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_cancel(op));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    rig_assert_echo(&rig);
    ltn_error_free(error);
    rig_end(&rig);
}

static void freeing_a_pending_call_cancels_it_and_the_client_goes_on(void **state)
{
    rig rig;
    ltn_op *held = NULL;
    ltn_op *op;
    uint64_t in_flight = 1;
    const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
    ltn_op_free(rig_submit(&rig, "held", -1)); /* at once: nothing has left yet */
    rig_assert_echo(&rig);
    op = rig_submit(&rig, "held", -1);
    await_held(&held);
    ltn_op_free(op);
    while (in_flight != 0 && rig_now_ms() < end_ms) {
        assert_ok(ltn_client_stat(rig.client, &in_flight, "calls_in_flight"));
    }
    assert_int_equal(0, in_flight);
    ltn_op_free(held);
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void a_deadline_ends_the_call_and_nothing_else(void **state)
{
    rig rig;
    ltn_op *held = NULL;
    int64_t start_ms;
    (void)state;
    rig_start(&rig);
    rig_assert_echo(&rig);
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
    start_ms = rig_now_ms();
    assert_status(LTN_ERR_DEADLINE, rig_try(&rig, "held", 30));
    assert_true(rig_now_ms() - start_ms >= 29);
    ltn_op_free(await_held(&held));
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void a_connect_tells_who_the_peer_is_and_how_long_it_took(void **state)
{
    static const int32_t texts[] = {LTN_DETAIL_HOTKEY, LTN_DETAIL_ADDRESS, LTN_DETAIL_FINGERPRINT,
                                    LTN_DETAIL_ALPN};
    rig rig;
    ltn_op *op = NULL;
    uint8_t key[LTN_KEY_LEN];
    char hotkey[LTN_HOTKEY_TEXT_SIZE];
    const char *text = NULL;
    const uint8_t *data = NULL;
    size_t len = 0;
    int64_t number = 0;
    size_t i;
    ltn_call call;
    (void)state;
    rig_start(&rig);
    call = rig_call(&rig, NULL);
    call.tag = 77;
    call.user_data = &rig;
    assert_ok(ltn_client_connect(rig.client, &op, &call, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    assert_int_equal(LTN_OP_CONNECT, ltn_op_kind(op));
    assert_int_equal(77, ltn_op_tag(op));
    assert_ptr_equal(&rig, ltn_op_user_data(op));
    assert_ok(ltn_op_peer(op, key));
    assert_memory_equal(rig.peer, key, sizeof key);
    for (i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        assert_ok(ltn_op_text(op, &text, &len, texts[i]));
        assert_int_equal(strlen(text), len);
        assert_true(len > 0);
    }
    assert_ok(ltn_op_text(op, &text, NULL, LTN_DETAIL_HOTKEY));
    assert_ok(ltn_hotkey_encode(hotkey, sizeof hotkey, NULL, rig.peer));
    assert_string_equal(hotkey, text);
    assert_ok(ltn_op_text(op, &text, &len, LTN_DETAIL_ADDRESS));
    assert_string_equal(rig.address, text);
    assert_ok(ltn_op_text(op, &text, &len, LTN_DETAIL_ALPN));
    assert_string_equal("btlightning/2", text);
    assert_ok(ltn_op_number(op, &number, LTN_DETAIL_SETUP_NS));
    assert_true(number > 0);
    assert_ok(ltn_op_number(op, &number, LTN_DETAIL_RTT_NS));
    assert_true(number > 0);
    assert_ok(ltn_op_number(op, &number, LTN_DETAIL_CLOCK_OFFSET_MS));
    assert_true(number >= -2000 && number <= 2000);
    assert_status(LTN_ERR_EMPTY, ltn_op_number(op, &number, LTN_DETAIL_DEADLINE_NS));
    assert_status(LTN_ERR_EMPTY, ltn_op_text(op, &text, &len, LTN_DETAIL_TYPE));
    assert_status(LTN_ERR_EMPTY, ltn_op_data(op, &data, &len));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_op_number(op, &number, 9999));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_op_text(op, &text, &len, 9999));
    ltn_op_free(op);
    rig_end(&rig);
}

static void an_answer_that_was_retained_outlives_operation_and_client(void **state)
{
    rig rig;
    uint8_t map[8];
    ltn_op *op = NULL;
    ltn_bytes *bytes = NULL;
    ltn_bytes *again;
    int64_t number = 0;
    ltn_call call;
    (void)state;
    rig_start(&rig);
    call = rig_call(&rig, "echo");
    call.data = map;
    call.data_len = rig_map(map, 12345);
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    assert_status(LTN_ERR_PENDING, ltn_op_data_retain(op, &bytes));
    assert_null(bytes);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_data_retain(op, &bytes));
    assert_ok(ltn_op_number(op, &number, LTN_DETAIL_QUEUE_NS));
    assert_true(number > 0);
    assert_ok(ltn_op_number(op, &number, LTN_DETAIL_NETWORK_NS));
    assert_true(number > 0);
    ltn_op_free(op);
    rig_end(&rig);
    again = ltn_bytes_retain(bytes);
    ltn_bytes_free(bytes);
    assert_int_equal(call.data_len, ltn_bytes_len(again));
    assert_memory_equal(map, ltn_bytes_data(again), call.data_len);
    ltn_bytes_free(again);
}

static void *wait_for_it(void *op)
{
    return (void *)(intptr_t)ltn_op_wait(op, RIG_LONG_MS);
}

static void two_threads_that_wait_on_one_operation_both_see_it_end(void **state)
{
    rig rig;
    ltn_op *held = NULL;
    ltn_op *op;
    pthread_t threads[2];
    int i;
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
    op = rig_submit(&rig, "held", RIG_LONG_MS);
    for (i = 0; i < 2; ++i) assert_int_equal(0, pthread_create(&threads[i], NULL, wait_for_it, op));
    await_held(&held);
    rig_nap_ms(5);
    assert_ok(ltn_op_complete(held, NULL, 0, NULL));
    for (i = 0; i < 2; ++i) {
        void *came = NULL;
        pthread_join(threads[i], &came);
        assert_ok((ltn_status)(intptr_t)came);
    }
    assert_ok(ltn_op_status(op));
    ltn_op_free(held);
    ltn_op_free(op);
    rig_end(&rig);
}

static void a_waiter_sees_shutdown_when_another_thread_stops_the_client(void **state)
{
    int round;
    (void)state;
    for (round = 0; round < 40; ++round) {
        rig rig;
        ltn_op *held = NULL;
        ltn_op *op;
        pthread_t thread;
        void *came = NULL;
        rig_start(&rig);
        assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
        op = rig_submit(&rig, "held", -1);
        assert_int_equal(0, pthread_create(&thread, NULL, wait_for_it, op));
        if (round % 2 == 0) await_held(&held);
        assert_ok(ltn_runtime_stop(rig.runtime));
        pthread_join(thread, &came);
        assert_ok((ltn_status)(intptr_t)came);
        assert_status(LTN_ERR_SHUTDOWN, ltn_op_status(op));
        ltn_op_free(op);
        rig_end(&rig);
        ltn_op_free(__atomic_load_n(&held, __ATOMIC_SEQ_CST));
    }
}

static void an_answer_is_no_question_and_a_question_no_call(void **state)
{
    rig rig;
    ltn_op *held = NULL;
    ltn_op *op;
    ltn_error *error = ltn_error_new();
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
    op = rig_submit(&rig, "held", RIG_LONG_MS);
    await_held(&held);
    assert_status(LTN_ERR_STATE, ltn_op_complete(op, NULL, 0, error));
    assert_true(strlen(ltn_error_text(error)) > 0);
    assert_status(LTN_ERR_STATE, ltn_op_fail(op, "no"));
    assert_status(LTN_ERR_STATE, ltn_op_cancel(held));
    assert_status(LTN_ERR_PENDING, ltn_op_status(held));
    assert_ok(ltn_op_complete(held, NULL, 0, NULL));
    assert_ok(ltn_op_status(held));
    ltn_op_free(held);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    ltn_op_free(op);
    ltn_error_free(error);
    rig_end(&rig);
}

static void calls_made_before_the_self_test_has_passed_wait_for_it(void **state)
{
    rig rig;
    ltn_op *ops[50];
    int i;
    (void)state;
    rig_start(&rig);
    for (i = 0; i < 50; ++i) ops[i] = rig_submit(&rig, "echo", RIG_LONG_MS);
    for (i = 49; i >= 0; --i) {
        assert_ok(ltn_op_wait(ops[i], RIG_LONG_MS));
        assert_ok(ltn_op_status(ops[i]));
        ltn_op_free(ops[i]);
    }
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_brings_back_what_the_peer_answered),
        cmocka_unit_test(a_wait_in_slices_says_pending_until_the_answer_is_there),
        cmocka_unit_test(polling_alone_sees_the_answer),
        cmocka_unit_test(a_host_that_waited_before_may_poll_and_deadlines_still_pass),
        cmocka_unit_test(cancel_ends_a_call_once_and_frees_nothing_promise_R2),
        cmocka_unit_test(freeing_a_pending_call_cancels_it_and_the_client_goes_on),
        cmocka_unit_test(a_deadline_ends_the_call_and_nothing_else),
        cmocka_unit_test(a_connect_tells_who_the_peer_is_and_how_long_it_took),
        cmocka_unit_test(an_answer_that_was_retained_outlives_operation_and_client),
        cmocka_unit_test(two_threads_that_wait_on_one_operation_both_see_it_end),
        cmocka_unit_test(a_waiter_sees_shutdown_when_another_thread_stops_the_client),
        cmocka_unit_test(an_answer_is_no_question_and_a_question_no_call),
        cmocka_unit_test(calls_made_before_the_self_test_has_passed_wait_for_it),
    };
    return cmocka_run_group_tests_name("operations", tests, NULL, NULL);
}
