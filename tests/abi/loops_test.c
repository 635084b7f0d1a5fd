/* Several loops behind one port: who serves whom, and what they share. */
#include "crowd.h"

#include <string.h>

static int stat_reaches(crowd *crowd, const char *name, uint64_t value)
{
    const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
    while (server_stat(crowd, name) != value && rig_now_ms() < end_ms) rig_nap_ms(1);
    return server_stat(crowd, name) == value;
}

static void note_thread(ltn_op *question, void *user_data)
{
    crowd *mine = user_data;
    uint8_t key[LTN_KEY_LEN];
    int i;
    if (ltn_op_peer(question, key) == LTN_OK) {
        for (i = 0; i < mine->count; ++i) {
            peer_seen *seen = &mine->seen[i];
            if (memcmp(seen->key, key, sizeof key) != 0) continue;
            if (__atomic_fetch_add(&seen->inside, 1, __ATOMIC_SEQ_CST) != 0) ++seen->overlaps;
            if (seen->calls == 0) seen->thread = pthread_self();
            if (!pthread_equal(seen->thread, pthread_self())) ++seen->elsewhere;
            ++seen->calls;
            __atomic_fetch_sub(&seen->inside, 1, __ATOMIC_SEQ_CST);
        }
    }
    rig_echo(question, NULL);
}

static void each_connection_is_served_by_one_thread_and_both_work(void **state)
{
    static crowd crowd;
    int threads[2] = {0, 0};
    int i;
    int round;
    (void)state;
    memset(&crowd, 0, sizeof crowd);
    make_server(&crowd, runtime_with_loops());
    assert_ok(ltn_server_handle(crowd.server, "whose", 0, note_thread, &crowd, NULL, NULL));
    start_server(&crowd);
    add_clients(&crowd, CLIENTS, 0);
    start_clients(&crowd);
    for (round = 0; round < 8; ++round) {
        assert_int_equal(CLIENTS, round_of_calls(&crowd, "whose"));
    }
    assert_int_equal(CLIENTS, server_stat(&crowd, "authenticated"));
    assert_int_equal(8 * CLIENTS, server_stat(&crowd, "requests"));
    end_crowd(&crowd);
    for (i = 0; i < CLIENTS; ++i) {
        assert_int_equal(8, crowd.seen[i].calls);
        assert_int_equal(0, crowd.seen[i].elsewhere);
        assert_int_equal(0, crowd.seen[i].overlaps);
        ++threads[pthread_equal(crowd.seen[i].thread, crowd.seen[0].thread) ? 0 : 1];
    }
    /* 64 ports that all hash to one socket would be a wonder of 2^-63. */
    assert_true(threads[0] > 0 && threads[1] > 0);
}

static void answer_other(ltn_op *question, void *user_data)
{
    rig_count(user_data);
    rig_echo(question, NULL);
}

static void a_handler_set_while_serving_counts_on_every_loop(void **state)
{
    static crowd crowd;
    int before = 0;
    int after = 0;
    int destroyed = 0;
    (void)state;
    memset(&crowd, 0, sizeof crowd);
    make_server(&crowd, runtime_with_loops());
    assert_ok(ltn_server_handle(crowd.server, "turn", 0, answer_other, &before, NULL, NULL));
    start_server(&crowd);
    add_clients(&crowd, 16, 0);
    start_clients(&crowd);
    assert_int_equal(16, round_of_calls(&crowd, "turn"));
    assert_ok(ltn_server_handle(crowd.server, "turn", 0, answer_other, &after, NULL, NULL));
    assert_int_equal(16, round_of_calls(&crowd, "turn"));
    assert_int_equal(16, rig_read(&before));
    assert_int_equal(16, rig_read(&after));
    /* What stands behind a handler is let go once, however many loops had it. */
    assert_ok(ltn_server_handle(crowd.server, "gone", 0, rig_echo, &destroyed, rig_count, NULL));
    assert_ok(ltn_server_unhandle(crowd.server, "gone"));
    assert_int_equal(1, rig_read(&destroyed));
    assert_int_equal(0, round_of_calls(&crowd, "gone"));
    end_crowd(&crowd);
}

static void a_hotkey_has_one_connection_over_all_loops(void **state)
{
    static crowd crowd;
    int i;
    (void)state;
    memset(&crowd, 0, sizeof crowd);
    make_server(&crowd, runtime_with_loops());
    start_server(&crowd);
    add_clients(&crowd, 16, 1);
    start_clients(&crowd);
    for (i = 0; i < crowd.count; ++i) {
        ltn_op *op = call_from(&crowd, i, "echo");
        assert_ok(ltn_op_wait(op, RIG_LONG_MS));
        assert_ok(ltn_op_status(op));
        ltn_op_free(op);
        assert_true(stat_reaches(&crowd, "replaced", (uint64_t)i));
        assert_true(stat_reaches(&crowd, "authenticated", 1));
    }
    end_crowd(&crowd);
}

/* ---- What is refused -------------------------------------------------------------------------- */

static void more_than_one_loop_needs_the_thread_drive(void **state)
{
    ltn_runtime *runtime = NULL;
    ltn_error *error = ltn_error_new();
    (void)state;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_HOST, NULL));
    assert_ok(ltn_runtime_set(runtime, "loops", "1", NULL));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_runtime_set(runtime, "loops", "2", error));
    assert_non_null(strstr(ltn_error_text(error), "option loops"));
    ltn_runtime_free(runtime);

    assert_ok(ltn_testing_runtime_new(&runtime, 1, NULL));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_runtime_set(runtime, "loops", "2", error));
    ltn_runtime_free(runtime);

    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    assert_status(LTN_ERR_OUT_OF_RANGE, ltn_runtime_set(runtime, "loops", "0", error));
    assert_status(LTN_ERR_OUT_OF_RANGE, ltn_runtime_set(runtime, "loops", "17", error));
    ltn_runtime_free(runtime);
    ltn_error_free(error);
}

/* ---- From one loop to another ---------------------------------------------------------------- */

enum { HOPS = 32 };

typedef struct relay {
    crowd crowd;
    int hops;
    int failed;
} relay;

static ltn_status hop(relay *mine, int client)
{
    ltn_op *op = NULL;
    ltn_call call;
    (void)ltn_call_init(&call, sizeof call);
    call.peer = mine->crowd.peer;
    call.address = mine->crowd.address;
    call.type = "echo";
    call.type_len = 4;
    call.timeout_ms = RIG_LONG_MS;
    call.tag = (uint64_t)client;
    return ltn_client_call(mine->crowd.clients[client], &op, &call, NULL);
}

/* Each answer makes the client on the other loop call. */
static void pass_on(const ltn_event *event, void *user_data)
{
    relay *mine = user_data;
    if (event->kind != LTN_EVENT_OP_DONE) return;
    if (ltn_op_status(event->op) != LTN_OK) rig_count(&mine->failed);
    ltn_op_free(event->op);
    rig_count(&mine->hops);
    if (rig_read(&mine->hops) < HOPS && hop(mine, event->tag == 0 ? 1 : 0) != LTN_OK) {
        rig_count(&mine->failed);
    }
}

static void a_call_made_in_an_upcall_of_another_loop_leaves_at_once(void **state)
{
    static relay relay;
    int i;
    (void)state;
    memset(&relay, 0, sizeof relay);
    make_server(&relay.crowd, runtime_with_loops());
    start_server(&relay.crowd);
    add_clients(&relay.crowd, 2, 0);
    for (i = 0; i < 2; ++i) {
        assert_ok(ltn_client_deliver_upcall(relay.crowd.clients[i], pass_on, &relay, NULL));
    }
    start_clients(&relay.crowd);
    assert_ok(hop(&relay, 0));
    assert_true(rig_reaches(&relay.hops, HOPS));
    assert_int_equal(0, rig_read(&relay.failed));
    end_crowd(&relay.crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_connection_is_served_by_one_thread_and_both_work),
        cmocka_unit_test(a_handler_set_while_serving_counts_on_every_loop),
        cmocka_unit_test(a_call_made_in_an_upcall_of_another_loop_leaves_at_once),
        cmocka_unit_test(a_hotkey_has_one_connection_over_all_loops),
        cmocka_unit_test(more_than_one_loop_needs_the_thread_drive),
    };
    return cmocka_run_group_tests_name("loops", tests, NULL, NULL);
}
