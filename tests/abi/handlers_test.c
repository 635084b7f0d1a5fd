/* Handlers: who answers, when, from where, and what the peer reads when nobody does. */
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

static void *echo_later(void *question)
{
    rig_nap_ms(10);
    rig_echo(question, NULL);
    return NULL;
}

static void echo_elsewhere(ltn_op *question, void *user_data)
{
    pthread_t thread;
    (void)user_data;
    if (pthread_create(&thread, NULL, echo_later, question) == 0) pthread_detach(thread);
}

static void free_it(ltn_op *question, void *user_data)
{
    (void)user_data;
    ltn_op_free(question);
}

static void fail_it(ltn_op *question, void *user_data)
{
    (void)user_data;
    (void)ltn_op_fail(question, "secret reason");
    ltn_op_free(question);
}

static void an_answer_may_come_later_and_from_another_thread(void **state)
{
    rig rig;
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "later", 0, echo_elsewhere, NULL, NULL, NULL));
    assert_ok(rig_try(&rig, "later", RIG_LONG_MS));
    rig_end(&rig);
}

static void handler_error_reads(rig *rig, const char *type, const char *text)
{
    ltn_error *error = ltn_error_new();
    ltn_op *op = rig_submit(rig, type, RIG_LONG_MS);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_status(LTN_ERR_HANDLER, ltn_op_status(op));
    assert_ok(ltn_op_error(op, error));
    assert_int_equal(LTN_CATEGORY_HANDLER, ltn_error_category(error));
    assert_non_null(strstr(ltn_error_text(error), text));
    assert_null(strstr(ltn_error_text(error), "secret"));
    assert_int_equal(0, ltn_error_retriable(error));
    ltn_op_free(op);
    ltn_error_free(error);
}

static void a_peer_reads_a_plain_error_when_the_handler_fails_or_forgets(void **state)
{
    rig rig;
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "free", 0, free_it, NULL, NULL, NULL));
    assert_ok(ltn_server_handle(rig.server, "fail", 0, fail_it, NULL, NULL, NULL));
    handler_error_reads(&rig, "free", "request processing failed");
    handler_error_reads(&rig, "fail", "request processing failed");
    handler_error_reads(&rig, "nobody", "unrecognized synapse type");
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void a_handler_for_all_else_takes_what_no_name_fits(void **state)
{
    rig rig;
    ltn_op *held = NULL;
    ltn_op *op;
    const char *text = NULL;
    size_t len = 0;
    uint8_t key[LTN_KEY_LEN];
    uint8_t expected[LTN_KEY_LEN];
    int64_t left_ns = 0;
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, NULL, 5, hold, &held, NULL, NULL));
    op = rig_submit(&rig, "whatever", RIG_LONG_MS);
    await_held(&held);
    assert_int_equal(LTN_OP_REQUEST, ltn_op_kind(held));
    assert_int_equal(5, ltn_op_tag(held));
    assert_ptr_equal(&held, ltn_op_user_data(held));
    assert_ok(ltn_op_text(held, &text, &len, LTN_DETAIL_TYPE));
    assert_string_equal("whatever", text);
    assert_int_equal(8, len);
    assert_ok(ltn_op_peer(held, key));
    rig_key(expected, 2);
    assert_memory_equal(expected, key, sizeof key);
    assert_ok(ltn_op_text(held, &text, &len, LTN_DETAIL_ADDRESS));
    assert_non_null(strstr(text, "127.0.0.1:"));
    assert_ok(ltn_op_number(held, &left_ns, LTN_DETAIL_DEADLINE_NS));
    assert_true(left_ns > 0 && left_ns <= INT64_C(30000000000));
    assert_ok(ltn_op_complete(held, NULL, 0, NULL));
    ltn_op_free(held);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void an_answer_that_is_no_map_leaves_the_question_open(void **state)
{
    static const uint8_t array[] = {0x90};
    static const uint8_t cut[] = {0x81, 0xa1};
    rig rig;
    ltn_op *held = NULL;
    ltn_op *op;
    ltn_error *error = ltn_error_new();
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
    op = rig_submit(&rig, "held", RIG_LONG_MS);
    await_held(&held);
    assert_status(LTN_ERR_MALFORMED, ltn_op_complete(held, array, sizeof array, error));
    assert_status(LTN_ERR_MALFORMED, ltn_error_status(error));
    assert_status(LTN_ERR_MALFORMED, ltn_op_complete(held, cut, sizeof cut, error));
    assert_status(LTN_ERR_PENDING, ltn_op_status(held));
    assert_ok(ltn_op_complete(held, NULL, 0, NULL));
    assert_status(LTN_ERR_STATE, ltn_op_complete(held, NULL, 0, error));
    ltn_op_free(held);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    ltn_error_free(error);
    rig_end(&rig);
}

static void the_last_registration_of_a_name_wins_and_the_first_is_released(void **state)
{
    rig rig;
    int first = 0;
    int second = 0;
    int refused = 0;
    ltn_error *error = ltn_error_new();
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "name", 0, fail_it, &first, rig_count, NULL));
    assert_ok(ltn_server_handle(rig.server, "name", 0, rig_echo, &second, rig_count, NULL));
    assert_true(rig_reaches(&first, 1));
    assert_ok(rig_try(&rig, "name", RIG_LONG_MS));
    /* Without function, queue and upcall nobody would ever hear of a request. */
    assert_status(LTN_ERR_STATE,
                  ltn_server_handle(rig.server, "none", 0, NULL, &refused, rig_count, error));
    assert_int_equal(1, rig_read(&refused));
    assert_status(LTN_ERR_INVALID_ARGUMENT,
                  ltn_server_handle(NULL, "none", 0, rig_echo, &refused, rig_count, error));
    assert_int_equal(2, rig_read(&refused));
    assert_int_equal(0, rig_read(&second));
    rig_end(&rig);
    assert_true(rig_reaches(&second, 1));
    assert_int_equal(1, rig_read(&first));
    ltn_error_free(error);
}

static void start_with_request_queue(rig *rig, ltn_queue *queue)
{
    ltn_runtime *runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(rig, runtime);
    assert_ok(ltn_server_deliver_queue(rig->server, queue));
    assert_ok(ltn_server_handle(rig->server, "queued", 9, NULL, &rig->peer, NULL, NULL));
    rig_run(rig);
}

static void requests_may_come_through_a_queue(void **state)
{
    rig rig;
    ltn_queue *queue = NULL;
    ltn_event event;
    size_t count = 0;
    ltn_op *op;
    (void)state;
    assert_ok(ltn_queue_new(&queue, 0, NULL));
    start_with_request_queue(&rig, queue);
    op = rig_submit(&rig, "queued", RIG_LONG_MS);
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_ok(ltn_queue_drain(queue, &event, &count, 1, sizeof event));
    assert_int_equal(LTN_EVENT_QUESTION, event.kind);
    assert_int_equal(LTN_OP_REQUEST, event.op_kind);
    assert_int_equal(9, event.tag);
    assert_ptr_equal(&rig.peer, event.user_data);
    assert_ptr_equal(rig.server, event.object);
    rig_echo(event.op, NULL);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void a_request_beyond_the_queue_is_answered_with_an_error(void **state)
{
    rig rig;
    ltn_queue *queue = NULL;
    ltn_event event;
    size_t count = 0;
    ltn_op *first;
    (void)state;
    assert_ok(ltn_queue_new(&queue, 1, NULL));
    start_with_request_queue(&rig, queue);
    first = rig_submit(&rig, "queued", RIG_LONG_MS);
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    handler_error_reads(&rig, "queued", "request processing failed");
    assert_ok(ltn_queue_drain(queue, &event, &count, 1, sizeof event));
    rig_echo(event.op, NULL);
    assert_ok(ltn_op_wait(first, RIG_LONG_MS));
    assert_ok(ltn_op_status(first));
    ltn_op_free(first);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static int64_t server_number(const rig *rig, const char *name)
{
    uint64_t value = 0;
    assert_ok(ltn_server_stat(rig->server, &value, name));
    return (int64_t)value;
}

static void a_question_that_is_withdrawn_says_so_and_takes_no_answer(void **state)
{
    rig rig;
    ltn_queue *queue = NULL;
    ltn_event event;
    size_t count = 0;
    ltn_op *op;
    ltn_op *held;
    (void)state;
    assert_ok(ltn_queue_new(&queue, 0, NULL));
    start_with_request_queue(&rig, queue);
    op = rig_submit(&rig, "queued", RIG_LONG_MS);
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_ok(ltn_queue_drain(queue, &event, &count, 1, sizeof event));
    held = event.op;
    assert_ok(ltn_op_cancel(op));
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_ok(ltn_queue_drain(queue, &event, &count, 1, sizeof event));
    assert_int_equal(1, count);
    assert_int_equal(LTN_EVENT_WITHDRAWN, event.kind);
    assert_ptr_equal(held, event.op);
    assert_true(ltn_op_status(held) != LTN_ERR_PENDING);
    assert_status(LTN_ERR_STATE, ltn_op_complete(held, NULL, 0, NULL));
    /* Its handler is at work until it lets go: so long the peer's stream is taken. */
    assert_int_equal(1, server_number(&rig, "handlers_withdrawn"));
    ltn_op_free(held);
    assert_int_equal(0, server_number(&rig, "handlers_withdrawn"));
    assert_int_equal(1, server_number(&rig, "requests_withdrawn"));
    ltn_op_free(op);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void a_question_withdrawn_before_it_was_drained_is_never_heard_of(void **state)
{
    rig rig;
    ltn_queue *queue = NULL;
    ltn_event events[8];
    size_t count = 0;
    size_t i;
    ltn_op *op;
    (void)state;
    assert_ok(ltn_queue_new(&queue, 0, NULL));
    start_with_request_queue(&rig, queue);
    op = rig_submit(&rig, "queued", RIG_LONG_MS);
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_ok(ltn_op_cancel(op));
    ltn_op_free(op);
    rig_assert_echo(&rig); /* the cancel has arrived before it */
    assert_int_equal(0, server_number(&rig, "handlers_withdrawn"));
    assert_ok(ltn_server_stop(rig.server));
    assert_ok(ltn_server_wait(rig.server, RIG_LONG_MS));
    assert_ok(ltn_queue_drain(queue, events, &count, 8, sizeof events[0]));
    assert_int_equal(1, count);
    for (i = 0; i < count; ++i) assert_int_equal(LTN_EVENT_CLOSED, events[i].kind);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void closing_the_queue_fails_the_questions_inside(void **state)
{
    rig rig;
    ltn_queue *queue = NULL;
    ltn_op *op;
    (void)state;
    assert_ok(ltn_queue_new(&queue, 0, NULL));
    start_with_request_queue(&rig, queue);
    op = rig_submit(&rig, "queued", RIG_LONG_MS);
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_ok(ltn_queue_close(queue));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_status(LTN_ERR_HANDLER, ltn_op_status(op));
    ltn_op_free(op);
    /* The server goes on; what can reach nobody is refused. */
    handler_error_reads(&rig, "queued", "request processing failed");
    rig_assert_echo(&rig);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void stop_waits_for_running_requests_only_as_long_as_it_was_told(void **state)
{
    int drains;
    (void)state;
    for (drains = 0; drains < 2; ++drains) {
        rig rig;
        ltn_op *held = NULL;
        ltn_op *op;
        ltn_runtime *runtime = NULL;
        assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
        rig_make_on(&rig, runtime);
        if (drains) assert_ok(ltn_server_set(rig.server, "drain_timeout_ms", "10000", NULL));
        assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &held, NULL, NULL));
        rig_run(&rig);
        op = rig_submit(&rig, "held", RIG_LONG_MS);
        await_held(&held);
        assert_ok(ltn_server_stop(rig.server));
        if (drains) {
            assert_status(LTN_ERR_PENDING, ltn_server_wait(rig.server, 30));
            assert_status(LTN_ERR_PENDING, ltn_op_status(held));
            assert_ok(ltn_op_complete(held, NULL, 0, NULL));
            assert_ok(ltn_op_wait(op, RIG_LONG_MS));
            assert_ok(ltn_op_status(op));
            assert_ok(ltn_server_wait(rig.server, 5000));
        } else {
            assert_ok(ltn_server_wait(rig.server, RIG_LONG_MS));
            assert_status(LTN_ERR_SHUTDOWN, ltn_op_status(held));
            assert_status(LTN_ERR_STATE, ltn_op_complete(held, NULL, 0, NULL));
            assert_ok(ltn_op_wait(op, RIG_LONG_MS));
            assert_true(ltn_op_status(op) != LTN_OK);
        }
        ltn_op_free(held);
        ltn_op_free(op);
        rig_end(&rig);
    }
}

static void a_restarted_server_costs_the_next_call_one_dial(void **state)
{
    rig rig;
    ltn_server *again = NULL;
    uint64_t dials = 0;
    int round;
    (void)state;
    rig_start(&rig);
    rig_assert_echo(&rig);
    for (round = 1; round <= 3; ++round) {
        assert_ok(ltn_server_stop(rig.server));
        assert_ok(ltn_server_wait(rig.server, RIG_LONG_MS));
        ltn_server_free(rig.server);
        assert_ok(ltn_server_new(&again, rig.runtime, rig.server_signer, NULL));
        assert_ok(ltn_server_set(again, "listen", rig.address, NULL));
        assert_ok(ltn_server_handle(again, "echo", 0, rig_echo, NULL, NULL, NULL));
        assert_ok(ltn_server_start(again, NULL));
        rig.server = again;
        rig_assert_echo(&rig);
        assert_ok(ltn_client_stat(rig.client, &dials, "dials"));
        assert_int_equal(1 + round, dials);
    }
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_may_come_later_and_from_another_thread),
        cmocka_unit_test(a_peer_reads_a_plain_error_when_the_handler_fails_or_forgets),
        cmocka_unit_test(a_handler_for_all_else_takes_what_no_name_fits),
        cmocka_unit_test(an_answer_that_is_no_map_leaves_the_question_open),
        cmocka_unit_test(the_last_registration_of_a_name_wins_and_the_first_is_released),
        cmocka_unit_test(requests_may_come_through_a_queue),
        cmocka_unit_test(a_request_beyond_the_queue_is_answered_with_an_error),
        cmocka_unit_test(a_question_that_is_withdrawn_says_so_and_takes_no_answer),
        cmocka_unit_test(a_question_withdrawn_before_it_was_drained_is_never_heard_of),
        cmocka_unit_test(closing_the_queue_fails_the_questions_inside),
        cmocka_unit_test(stop_waits_for_running_requests_only_as_long_as_it_was_told),
        cmocka_unit_test(a_restarted_server_costs_the_next_call_one_dial),
    };
    return cmocka_run_group_tests_name("handlers", tests, NULL, NULL);
}
