/* Queues: places, descriptor, order, closing, several feeders. */
#include "rig.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

static ltn_queue *make(size_t capacity)
{
    ltn_queue *queue = NULL;
    assert_ok(ltn_queue_new(&queue, capacity, NULL));
    return queue;
}

static size_t drain(ltn_queue *queue, ltn_event *events, size_t capacity)
{
    size_t count = 99;
    assert_ok(ltn_queue_drain(queue, events, &count, capacity, sizeof *events));
    return count;
}

static void next(ltn_queue *queue, ltn_event *event)
{
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_int_equal(1, drain(queue, event, 1));
    assert_int_equal(sizeof *event, event->size);
}

static void start_with_queue(rig *rig, ltn_queue *queue)
{
    ltn_runtime *runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(rig, runtime);
    assert_ok(ltn_client_deliver_queue(rig->client, queue));
    rig_run(rig);
}

static void every_accepted_call_completes_once_with_what_it_was_given_promise_R1(void **state)
{
    rig rig;
    ltn_queue *queue = make(0);
    ltn_event event;
    ltn_op *ops[10];
    int seen[10] = {0};
    int i;
    (void)state;
    start_with_queue(&rig, queue);
    for (i = 0; i < 10; ++i) {
        ltn_call call = rig_call(&rig, "echo");
        call.tag = 100 + (uint64_t)i;
        call.user_data = &seen[i];
        assert_ok(ltn_client_call(rig.client, &ops[i], &call, NULL));
    }
    for (i = 0; i < 10; ++i) {
        next(queue, &event);
        assert_int_equal(LTN_EVENT_OP_DONE, event.kind);
        assert_int_equal(LTN_OP_CALL, event.op_kind);
        assert_ok(event.status);
        assert_ok(ltn_op_status(event.op));
        assert_ptr_equal(rig.client, event.object);
        assert_ptr_equal(&seen[event.tag - 100], event.user_data);
        assert_ptr_equal(ops[event.tag - 100], event.op);
        ++seen[event.tag - 100];
        ltn_op_free(event.op);
    }
    for (i = 0; i < 10; ++i) assert_int_equal(1, seen[i]);
    assert_status(LTN_ERR_PENDING, ltn_queue_wait(queue, 0));
    assert_ok(ltn_client_stop(rig.client));
    next(queue, &event);
    assert_int_equal(LTN_EVENT_CLOSED, event.kind);
    assert_ptr_equal(rig.client, event.object);
    assert_null(event.op);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void a_full_queue_refuses_calls_and_loses_no_completion(void **state)
{
    rig rig;
    ltn_queue *queue = make(3);
    ltn_event events[8];
    ltn_op *op = NULL;
    ltn_error *error = ltn_error_new();
    ltn_call call;
    int i;
    (void)state;
    start_with_queue(&rig, queue);
    call = rig_call(&rig, "echo");
    for (i = 0; i < 3; ++i) assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    assert_status(LTN_ERR_FULL, ltn_client_call(rig.client, &op, &call, error));
    assert_null(op);
    assert_non_null(strstr(ltn_error_text(error), "queue is full"));
    for (i = 0; i < 3; ++i) {
        next(queue, &events[0]);
        assert_ok(events[0].status);
        ltn_op_free(events[0].op);
        /* A drained place is free again. */
        if (i == 0) assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    }
    next(queue, &events[0]);
    ltn_op_free(events[0].op);
    ltn_error_free(error);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void the_descriptor_is_readable_exactly_while_something_is_inside(void **state)
{
    rig rig;
    ltn_queue *queue = make(0);
    ltn_event event;
    int32_t fd = -1;
    int32_t again = -1;
    int i;
    (void)state;
    start_with_queue(&rig, queue);
    assert_ok(ltn_queue_descriptor(queue, &fd));
    assert_ok(ltn_queue_descriptor(queue, &again));
    assert_int_equal(fd, again);
    assert_false(rig_readable(fd, 0));
    for (i = 0; i < 2; ++i) (void)rig_submit(&rig, "echo", RIG_LONG_MS);
    assert_true(rig_readable(fd, RIG_LONG_MS));
    next(queue, &event);
    ltn_op_free(event.op);
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_true(rig_readable(fd, 0));
    next(queue, &event);
    ltn_op_free(event.op);
    assert_false(rig_readable(fd, 0));
    assert_int_equal(0, drain(queue, &event, 1));
    /* A freed call leaves nothing behind. */
    ltn_op_free(rig_submit(&rig, "echo", RIG_LONG_MS));
    rig_nap_ms(30);
    assert_false(rig_readable(fd, 0));
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void a_descriptor_asked_for_late_knows_what_is_inside(void **state)
{
    rig rig;
    ltn_queue *queue = make(0);
    ltn_event event;
    int32_t fd = -1;
    (void)state;
    start_with_queue(&rig, queue);
    (void)rig_submit(&rig, "echo", RIG_LONG_MS);
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_ok(ltn_queue_descriptor(queue, &fd));
    assert_true(rig_readable(fd, 0));
    next(queue, &event);
    ltn_op_free(event.op);
    assert_false(rig_readable(fd, 0));
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void a_closed_queue_says_so_and_calls_are_refused(void **state)
{
    rig rig;
    ltn_queue *queue = make(0);
    ltn_event event;
    ltn_op *op = NULL;
    ltn_call call;
    size_t count = 0;
    (void)state;
    start_with_queue(&rig, queue);
    assert_ok(ltn_queue_close(queue));
    assert_ok(ltn_queue_close(queue));
    assert_status(LTN_ERR_CLOSED, ltn_queue_wait(queue, -1));
    assert_status(LTN_ERR_CLOSED, ltn_queue_drain(queue, &event, &count, 1, sizeof event));
    call = rig_call(&rig, "echo");
    assert_true(ltn_client_call(rig.client, &op, &call, NULL) != LTN_OK);
    assert_null(op);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void *wait_long(void *queue)
{
    return (void *)(intptr_t)ltn_queue_wait(queue, RIG_LONG_MS);
}

static void closing_wakes_whoever_waits(void **state)
{
    int attached;
    (void)state;
    for (attached = 0; attached < 2; ++attached) {
        rig rig;
        ltn_queue *queue = make(0);
        pthread_t thread;
        void *came = NULL;
        const int64_t start_ms = rig_now_ms();
        if (attached) start_with_queue(&rig, queue);
        assert_int_equal(0, pthread_create(&thread, NULL, wait_long, queue));
        rig_nap_ms(20);
        assert_ok(ltn_queue_close(queue));
        pthread_join(thread, &came);
        assert_status(LTN_ERR_CLOSED, (ltn_status)(intptr_t)came);
        assert_true(rig_now_ms() - start_ms < RIG_LONG_MS / 2);
        if (attached) rig_end(&rig);
        ltn_queue_free(queue);
    }
}

static void one_queue_takes_events_of_two_runtimes(void **state)
{
    rig rigs[2];
    ltn_queue *queue = make(0);
    ltn_event event;
    int from[2] = {0, 0};
    int i;
    (void)state;
    start_with_queue(&rigs[0], queue);
    start_with_queue(&rigs[1], queue);
    for (i = 0; i < 20; ++i) (void)rig_submit(&rigs[i % 2], "echo", RIG_LONG_MS);
    for (i = 0; i < 20; ++i) {
        next(queue, &event);
        assert_ok(event.status);
        ++from[event.object == rigs[1].client];
        ltn_op_free(event.op);
    }
    assert_int_equal(10, from[0]);
    assert_int_equal(10, from[1]);
    rig_end(&rigs[0]);
    rig_end(&rigs[1]);
    ltn_queue_free(queue);
}

static void a_freed_queue_does_not_stop_the_client_that_fed_it(void **state)
{
    rig rig;
    ltn_queue *queue = make(0);
    ltn_op *op;
    (void)state;
    start_with_queue(&rig, queue);
    op = rig_submit(&rig, "echo", RIG_LONG_MS);
    ltn_queue_free(queue);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    rig_end(&rig);
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    ltn_queue *queue = make(1);
    ltn_queue *none = queue;
    ltn_event event;
    size_t count = 0;
    ltn_error *error = ltn_error_new();
    (void)state;
    assert_status(LTN_ERR_INVALID_ARGUMENT,
                  ltn_queue_drain(queue, &event, &count, 1, sizeof event - 1));
    assert_status(LTN_ERR_OUT_OF_RANGE, ltn_queue_new(&none, SIZE_MAX, error));
    assert_null(none);
    assert_non_null(strstr(ltn_error_text(error), "16777216"));
    ltn_error_free(error);
    ltn_queue_free(queue);
}

static void a_longer_event_of_a_newer_caller_is_filled_as_far_as_we_know(void **state)
{
    struct newer {
        ltn_event event;
        uint64_t unknown;
    } events[2];
    rig rig;
    ltn_queue *queue = make(0);
    size_t count = 0;
    int i;
    (void)state;
    start_with_queue(&rig, queue);
    for (i = 0; i < 2; ++i) {
        ltn_op *op = rig_submit(&rig, "echo", RIG_LONG_MS);
        assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    }
    memset(events, 0x55, sizeof events);
    assert_ok(ltn_queue_drain(queue, &events[0].event, &count, 2, sizeof events[0]));
    assert_int_equal(2, count);
    for (i = 0; i < 2; ++i) {
        assert_int_equal(sizeof(ltn_event), events[i].event.size);
        assert_int_equal(LTN_EVENT_OP_DONE, events[i].event.kind);
        ltn_op_free(events[i].event.op);
    }
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void waiting_on_an_idle_queue_does_not_burn_the_processor(void **state)
{
    rig rig;
    ltn_queue *queue = make(0);
    ltn_event event;
    clock_t before;
    (void)state;
    start_with_queue(&rig, queue);
    assert_ok(ltn_runtime_stop(rig.runtime));
    assert_ok(ltn_runtime_wait(rig.runtime, RIG_LONG_MS));
    assert_int_equal(1, drain(queue, &event, 1));
    before = clock();
    assert_status(LTN_ERR_PENDING, ltn_queue_wait(queue, 300));
    assert_true(clock() - before < CLOCKS_PER_SEC / 10);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void *sit_in_wait(void *given)
{
    ltn_event event;
    while (ltn_queue_wait(given, RIG_LONG_MS) == LTN_OK) drain(given, &event, 1);
    return NULL;
}

static void a_thread_that_waits_on_a_queue_does_not_hold_up_a_stop(void **state)
{
    rig rig;
    ltn_queue *queue = make(0);
    pthread_t thread;
    (void)state;
    start_with_queue(&rig, queue);
    assert_int_equal(0, pthread_create(&thread, NULL, sit_in_wait, queue));
    rig_end(&rig);
    ltn_queue_close(queue);
    pthread_join(thread, NULL);
    ltn_queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_accepted_call_completes_once_with_what_it_was_given_promise_R1),
        cmocka_unit_test(a_full_queue_refuses_calls_and_loses_no_completion),
        cmocka_unit_test(the_descriptor_is_readable_exactly_while_something_is_inside),
        cmocka_unit_test(a_descriptor_asked_for_late_knows_what_is_inside),
        cmocka_unit_test(a_closed_queue_says_so_and_calls_are_refused),
        cmocka_unit_test(closing_wakes_whoever_waits),
        cmocka_unit_test(one_queue_takes_events_of_two_runtimes),
        cmocka_unit_test(a_freed_queue_does_not_stop_the_client_that_fed_it),
        cmocka_unit_test(sizes_that_cannot_be_are_refused),
        cmocka_unit_test(a_longer_event_of_a_newer_caller_is_filled_as_far_as_we_know),
        cmocka_unit_test(waiting_on_an_idle_queue_does_not_burn_the_processor),
        cmocka_unit_test(a_thread_that_waits_on_a_queue_does_not_hold_up_a_stop),
    };
    return cmocka_run_group_tests_name("queues", tests, NULL, NULL);
}
