/* Create, configure, start, stop, closed, free: in every order that a host may find. */
#include "rig.h"

#include <pthread.h>
#include <string.h>

static ltn_runtime *thread_runtime(void)
{
    ltn_runtime *runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    return runtime;
}

static void free_order_never_matters_promise_L3(void **state)
{
    /* Which of runtime, client, server, signers, operation goes first, in all 120 orders. */
    int order;
    (void)state;
    for (order = 0; order < 120; ++order) {
        rig rig;
        ltn_op *op;
        int left[5] = {0, 1, 2, 3, 4};
        int rest = order;
        int count;
        rig_start(&rig);
        op = rig_submit(&rig, "echo", RIG_LONG_MS);
        if (order % 3 == 0) assert_ok(ltn_op_wait(op, RIG_LONG_MS));
        for (count = 5; count > 0; --count) {
            const int at = rest % count;
            const int which = left[at];
            rest /= count;
            left[at] = left[count - 1];
            if (which == 0) ltn_runtime_free(rig.runtime);
            if (which == 1) ltn_client_free(rig.client);
            if (which == 2) ltn_server_free(rig.server);
            if (which == 3) {
                ltn_signer_free(rig.client_signer);
                ltn_signer_free(rig.server_signer);
            }
            if (which == 4) ltn_op_free(op);
        }
    }
}

static void a_running_client_says_closed_once_its_runtime_was_freed(void **state)
{
    rig rig;
    ltn_op *op = NULL;
    ltn_call call;
    (void)state;
    rig_start(&rig);
    rig_assert_echo(&rig);
    ltn_runtime_free(rig.runtime);
    rig.runtime = NULL;
    call = rig_call(&rig, "echo");
    assert_status(LTN_ERR_CLOSED, ltn_client_call(rig.client, &op, &call, NULL));
    assert_ok(ltn_client_wait(rig.client, RIG_LONG_MS));
    assert_ok(ltn_server_wait(rig.server, RIG_LONG_MS));
    rig_end(&rig);
}

static void starting_twice_is_an_error_and_harms_nothing(void **state)
{
    rig rig;
    ltn_error *error = ltn_error_new();
    (void)state;
    rig_start(&rig);
    assert_status(LTN_ERR_STATE, ltn_client_start(rig.client, error));
    assert_status(LTN_ERR_STATE, ltn_error_status(error));
    assert_status(LTN_ERR_STATE, ltn_server_start(rig.server, error));
    assert_status(LTN_ERR_STATE, ltn_client_set(rig.client, "wire_2", "false", error));
    assert_status(LTN_ERR_STATE, ltn_server_set(rig.server, "listen", "127.0.0.1:0", error));
    assert_status(LTN_ERR_STATE, ltn_runtime_set(rig.runtime, "spin_us", "0", error));
    rig_assert_echo(&rig);
    ltn_error_free(error);
    rig_end(&rig);
}

static void stop_is_idempotent_and_a_closed_handle_says_closed_promise_L1(void **state)
{
    rig rig;
    ltn_op *op = NULL;
    ltn_error *error = ltn_error_new();
    ltn_queue *queue = NULL;
    uint64_t value = 0;
    int destroyed = 0;
    ltn_call call;
    int i;
    (void)state;
    rig_start(&rig);
    rig_assert_echo(&rig);
    assert_ok(ltn_queue_new(&queue, 0, NULL));
    for (i = 0; i < 3; ++i) {
        assert_ok(ltn_client_stop(rig.client));
        assert_ok(ltn_server_stop(rig.server));
    }
    assert_ok(ltn_client_wait(rig.client, RIG_LONG_MS));
    assert_ok(ltn_server_wait(rig.server, RIG_LONG_MS));
    assert_ok(ltn_client_stop(rig.client));
    call = rig_call(&rig, "echo");
    assert_status(LTN_ERR_CLOSED, ltn_client_call(rig.client, &op, &call, error));
    assert_status(LTN_ERR_CLOSED, ltn_error_status(error));
    assert_status(LTN_ERR_CLOSED, ltn_client_connect(rig.client, &op, &call, error));
    assert_status(LTN_ERR_CLOSED, ltn_client_start(rig.client, error));
    assert_status(LTN_ERR_CLOSED, ltn_server_start(rig.server, error));
    ltn_error_clear(error);
    assert_status(LTN_ERR_CLOSED, ltn_client_set(rig.client, "max_calls", "5", error));
    assert_status(LTN_ERR_CLOSED, ltn_error_status(error));
    assert_status(LTN_ERR_CLOSED, ltn_server_set(rig.server, "drain_timeout_ms", "5", error));
    assert_status(LTN_ERR_CLOSED, ltn_client_deliver_queue(rig.client, queue));
    assert_status(LTN_ERR_CLOSED, ltn_server_deliver_queue(rig.server, queue));
    assert_status(LTN_ERR_CLOSED, ltn_server_handle(rig.server, "late", 0, rig_echo, &destroyed,
                                                    rig_count, error));
    assert_int_equal(1, rig_read(&destroyed));
    /* What was counted can still be read. */
    assert_ok(ltn_client_stat(rig.client, &value, "calls_ok"));
    assert_int_equal(1, value);
    assert_ok(ltn_server_stat(rig.server, &value, "requests"));
    assert_int_equal(1, value);
    ltn_queue_free(queue);
    ltn_error_free(error);
    rig_end(&rig);
}

static void a_handle_stopped_before_start_is_closed(void **state)
{
    rig rig;
    (void)state;
    rig_make_on(&rig, thread_runtime());
    assert_status(LTN_ERR_STATE, ltn_client_wait(rig.client, 0));
    assert_ok(ltn_client_stop(rig.client));
    assert_ok(ltn_server_stop(rig.server));
    assert_ok(ltn_client_wait(rig.client, 0));
    assert_ok(ltn_server_wait(rig.server, 0));
    assert_status(LTN_ERR_CLOSED, ltn_client_start(rig.client, NULL));
    assert_status(LTN_ERR_CLOSED, ltn_server_start(rig.server, NULL));
    rig_end(&rig);
}

static void a_handle_that_never_started_says_so(void **state)
{
    rig rig;
    ltn_op *op = NULL;
    uint64_t value = 0;
    char text[64];
    ltn_call call;
    (void)state;
    rig_make_on(&rig, thread_runtime());
    strcpy(rig.address, "127.0.0.1:1");
    call = rig_call(&rig, "echo");
    assert_status(LTN_ERR_STATE, ltn_client_call(rig.client, &op, &call, NULL));
    assert_status(LTN_ERR_STATE, ltn_client_stat(rig.client, &value, "calls_ok"));
    assert_status(LTN_ERR_STATE, ltn_server_address(rig.server, text, sizeof text, NULL));
    rig_end(&rig);
}

static void wait_before_stop_says_pending(void **state)
{
    rig rig;
    (void)state;
    rig_start(&rig);
    assert_status(LTN_ERR_PENDING, ltn_client_wait(rig.client, 5));
    assert_status(LTN_ERR_PENDING, ltn_server_wait(rig.server, 0));
    assert_status(LTN_ERR_PENDING, ltn_runtime_wait(rig.runtime, 5));
    rig_end(&rig);
}

static void private_runtimes_end_with_their_owner(void **state)
{
    const int threads = rig_threads();
    const int descriptors = rig_open_descriptors();
    rig rig;
    (void)state;
    rig_start_on(&rig, NULL);
    rig_assert_echo(&rig);
    assert_true(rig_threads() > threads);
    assert_ok(ltn_client_stop(rig.client));
    assert_ok(ltn_server_stop(rig.server));
    assert_ok(ltn_client_wait(rig.client, RIG_LONG_MS));
    assert_ok(ltn_server_wait(rig.server, RIG_LONG_MS));
    rig_end(&rig);
    assert_int_equal(threads, rig_threads());
    assert_int_equal(descriptors, rig_open_descriptors());
}

static void freeing_without_stopping_ends_everything_soon(void **state)
{
    const int threads = rig_threads();
    const int descriptors = rig_open_descriptors();
    const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
    rig rig;
    (void)state;
    rig_start_on(&rig, NULL);
    ltn_op_free(rig_submit(&rig, "echo", RIG_LONG_MS));
    rig_end(&rig);
    while ((rig_threads() > threads || rig_open_descriptors() > descriptors) &&
           rig_now_ms() < end_ms) {
        rig_nap_ms(5);
    }
    assert_int_equal(threads, rig_threads());
    assert_int_equal(descriptors, rig_open_descriptors());
}

static void a_runtime_serves_new_clients_after_it_was_quiet(void **state)
{
    rig first;
    rig second;
    (void)state;
    rig_start(&first);
    rig_assert_echo(&first);
    assert_ok(ltn_runtime_stop(first.runtime));
    assert_ok(ltn_runtime_wait(first.runtime, RIG_LONG_MS));
    rig_start_on(&second, first.runtime);
    first.runtime = NULL;
    rig_assert_echo(&second);
    rig_end(&second);
    rig_end(&first);
}

static void a_failed_start_may_be_tried_again(void **state)
{
    rig rig;
    ltn_server *second = NULL;
    ltn_error *error = ltn_error_new();
    char text[64];
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_new(&second, rig.runtime, rig.server_signer, NULL));
    assert_ok(ltn_server_set(second, "listen", rig.address, NULL));
    assert_status(LTN_ERR_IO, ltn_server_start(second, error));
    assert_non_null(strstr(ltn_error_text(error), rig.address));
    assert_ok(ltn_server_set(second, "listen", "127.0.0.1:0", NULL));
    assert_ok(ltn_server_start(second, error));
    assert_ok(ltn_server_address(second, text, sizeof text, NULL));
    ltn_server_free(second);
    ltn_error_free(error);
    rig_end(&rig);
}

static void options_that_contradict_each_other_fail_at_start(void **state)
{
    rig rig;
    ltn_error *error = ltn_error_new();
    (void)state;
    rig_make_on(&rig, thread_runtime());
    assert_ok(ltn_client_set(rig.client, "keep_alive_interval_ms", "5000", error));
    assert_ok(ltn_client_set(rig.client, "idle_timeout_ms", "5000", error));
    assert_status(LTN_ERR_CONFIG, ltn_client_start(rig.client, error));
    assert_int_equal(LTN_CATEGORY_CONFIG, ltn_error_category(error));
    assert_ok(ltn_client_set(rig.client, "idle_timeout_ms", "6000", error));
    assert_ok(ltn_client_start(rig.client, error));
    ltn_error_free(error);
    rig_end(&rig);
}

static void a_thousand_handles_may_come_and_go(void **state)
{
    const int descriptors = rig_open_descriptors();
    int i;
    (void)state;
    for (i = 0; i < 1000; ++i) {
        rig rig;
        ltn_queue *queue = NULL;
        assert_ok(ltn_queue_new(&queue, 0, NULL));
        rig_make_on(&rig, i % 2 == 0 ? NULL : thread_runtime());
        assert_ok(ltn_client_deliver_queue(rig.client, queue));
        rig_end(&rig);
        ltn_queue_free(queue);
    }
    assert_int_equal(descriptors, rig_open_descriptors());
    assert_int_equal(1, rig_threads());
}

static void two_hundred_starts_and_stops_leave_nothing(void **state)
{
    int threads = 0;
    int descriptors = 0;
    int i;
    (void)state;
    for (i = 0; i < 200; ++i) {
        rig rig;
        rig_start(&rig);
        if (i % 10 == 0) rig_assert_echo(&rig);
        rig_end(&rig);
        if (i == 0) {
            threads = rig_threads();
            descriptors = rig_open_descriptors();
        }
    }
    assert_int_equal(threads, rig_threads());
    assert_int_equal(descriptors, rig_open_descriptors());
}

struct caller {
    const rig *rig;
    int good;
};

static void *call_often(void *raw)
{
    struct caller *caller = raw;
    int i;
    for (i = 0; i < 100; ++i) {
        ltn_op *op = NULL;
        const ltn_call call = rig_call(caller->rig, "echo");
        if (ltn_client_call(caller->rig->client, &op, &call, NULL) != LTN_OK) break;
        if (ltn_op_wait(op, RIG_LONG_MS) == LTN_OK && ltn_op_status(op) == LTN_OK) ++caller->good;
        ltn_op_free(op);
    }
    return NULL;
}

static void eight_threads_call_through_one_client(void **state)
{
    rig rig;
    struct caller callers[8];
    pthread_t threads[8];
    int i;
    (void)state;
    rig_start(&rig);
    for (i = 0; i < 8; ++i) {
        callers[i].rig = &rig;
        callers[i].good = 0;
        assert_int_equal(0, pthread_create(&threads[i], NULL, call_often, &callers[i]));
    }
    for (i = 0; i < 8; ++i) {
        pthread_join(threads[i], NULL);
        assert_int_equal(100, callers[i].good);
    }
    rig_end(&rig);
}

static void *stop_it(void *runtime)
{
    return (void *)(intptr_t)ltn_runtime_stop(runtime);
}

static void stop_from_another_thread_while_eight_call_ends_every_call_once(void **state)
{
    rig rig;
    struct caller callers[8];
    pthread_t threads[8];
    pthread_t stopper;
    int i;
    (void)state;
    rig_start(&rig);
    rig_assert_echo(&rig);
    for (i = 0; i < 8; ++i) {
        callers[i].rig = &rig;
        callers[i].good = 0;
        assert_int_equal(0, pthread_create(&threads[i], NULL, call_often, &callers[i]));
    }
    assert_int_equal(0, pthread_create(&stopper, NULL, stop_it, rig.runtime));
    pthread_join(stopper, NULL);
    for (i = 0; i < 8; ++i) pthread_join(threads[i], NULL);
    assert_ok(ltn_runtime_wait(rig.runtime, RIG_LONG_MS));
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_handles_may_come_and_go),
        cmocka_unit_test(free_order_never_matters_promise_L3),
        cmocka_unit_test(a_running_client_says_closed_once_its_runtime_was_freed),
        cmocka_unit_test(starting_twice_is_an_error_and_harms_nothing),
        cmocka_unit_test(stop_is_idempotent_and_a_closed_handle_says_closed_promise_L1),
        cmocka_unit_test(a_handle_stopped_before_start_is_closed),
        cmocka_unit_test(a_handle_that_never_started_says_so),
        cmocka_unit_test(wait_before_stop_says_pending),
        cmocka_unit_test(a_failed_start_may_be_tried_again),
        cmocka_unit_test(options_that_contradict_each_other_fail_at_start),
        cmocka_unit_test(a_runtime_serves_new_clients_after_it_was_quiet),
        cmocka_unit_test(eight_threads_call_through_one_client),
        cmocka_unit_test(stop_from_another_thread_while_eight_call_ends_every_call_once),
        cmocka_unit_test(two_hundred_starts_and_stops_leave_nothing),
        cmocka_unit_test(private_runtimes_end_with_their_owner),
        cmocka_unit_test(freeing_without_stopping_ends_everything_soon),
    };
    return cmocka_run_group_tests_name("lifecycle", tests, NULL, NULL);
}
