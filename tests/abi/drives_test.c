/* The three drives: own thread (everywhere else), the host's loop, the virtual clock. */
#include "rig.h"

#include <poll.h>
#include <string.h>

static ltn_runtime *host_runtime(void)
{
    ltn_runtime *runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_HOST, NULL));
    return runtime;
}

static ltn_runtime *virtual_runtime(uint64_t seed)
{
    ltn_runtime *runtime = NULL;
    assert_ok(ltn_testing_runtime_new(&runtime, seed, NULL));
    return runtime;
}

/* A host without threads of ours: poll() on the descriptor until the deadline, then step. */
static void turn_host(ltn_runtime *runtime)
{
    struct pollfd look;
    int32_t fd = -1;
    int64_t ms = 0;
    assert_ok(ltn_runtime_descriptor(runtime, &fd));
    assert_ok(ltn_runtime_deadline_ms(runtime, &ms));
    look.fd = fd;
    look.events = POLLIN;
    look.revents = 0;
    (void)poll(&look, 1, ms < 0 || ms > 5000 ? 5000 : (int)ms);
    assert_ok(ltn_runtime_step(runtime, 0));
}

static void end_stepped(rig *rig, int host)
{
    const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
    assert_ok(ltn_runtime_stop(rig->runtime));
    while (ltn_runtime_wait(rig->runtime, 0) != LTN_OK && rig_now_ms() < end_ms) {
        if (host) turn_host(rig->runtime);
        else assert_ok(ltn_runtime_step(rig->runtime, 10));
    }
    assert_ok(ltn_runtime_step(rig->runtime, 0));
    rig_end(rig);
}

static void a_host_loop_drives_a_call_without_any_thread_of_ours(void **state)
{
    const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
    rig rig;
    ltn_op *op;
    int turns = 0;
    (void)state;
    rig_start_on(&rig, host_runtime());
    assert_int_equal(1, rig_threads());
    op = rig_submit(&rig, "echo", RIG_LONG_MS);
    while (ltn_op_status(op) == LTN_ERR_PENDING && rig_now_ms() < end_ms) {
        turn_host(rig.runtime);
        ++turns;
    }
    assert_ok(ltn_op_status(op));
    assert_true(turns < 500); /* it sleeps between, or the host's loop would spin */
    ltn_op_free(op);
    assert_int_equal(1, rig_threads());
    end_stepped(&rig, 1);
}

static void an_idle_host_loop_sleeps(void **state)
{
    const int64_t end_ms = rig_now_ms() + 300;
    rig rig;
    ltn_op *op;
    int turns = 0;
    (void)state;
    rig_start_on(&rig, host_runtime());
    op = rig_submit(&rig, "echo", RIG_LONG_MS);
    while (ltn_op_status(op) == LTN_ERR_PENDING) turn_host(rig.runtime);
    ltn_op_free(op);
    while (rig_now_ms() < end_ms) {
        int64_t ms = 0;
        int32_t fd = -1;
        assert_ok(ltn_runtime_deadline_ms(rig.runtime, &ms));
        assert_ok(ltn_runtime_descriptor(rig.runtime, &fd));
        if (ms < 0 || ms > end_ms - rig_now_ms()) ms = end_ms - rig_now_ms();
        if (ms > 0) (void)rig_readable(fd, (int)ms);
        assert_ok(ltn_runtime_step(rig.runtime, 0));
        ++turns;
    }
    assert_true(turns < 100);
    end_stepped(&rig, 1);
}

static void a_wait_that_only_an_upcall_could_end_says_so(void **state)
{
    rig rig;
    ltn_op *op;
    int host;
    (void)state;
    for (host = 0; host < 2; ++host) {
        rig_start_on(&rig, host ? host_runtime() : virtual_runtime(5));
        op = rig_submit(&rig, "echo", RIG_LONG_MS);
        /* The handler is an upcall, and upcalls run only in step. */
        assert_status(LTN_ERR_WOULD_DEADLOCK, ltn_op_wait(op, host ? RIG_LONG_MS : -1));
        while (ltn_op_status(op) == LTN_ERR_PENDING) assert_ok(ltn_runtime_step(rig.runtime, 1));
        assert_ok(ltn_op_status(op));
        ltn_op_free(op);
        end_stepped(&rig, host);
    }
}

static void a_wait_steps_a_runtime_whose_peer_lives_elsewhere(void **state)
{
    rig other;
    rig mine;
    int i;
    (void)state;
    rig_start(&other);
    rig_start_on(&mine, host_runtime());
    strcpy(mine.address, other.address);
    for (i = 0; i < 5; ++i) rig_assert_echo(&mine);
    end_stepped(&mine, 1);
    rig_end(&other);
}

static void drives_refuse_what_is_not_theirs(void **state)
{
    rig rig;
    ltn_runtime *runtime = NULL;
    int32_t fd = -1;
    int64_t ms = 0;
    uint64_t ns = 0;
    (void)state;
    rig_start(&rig);
    assert_status(LTN_ERR_STATE, ltn_runtime_descriptor(rig.runtime, &fd));
    assert_status(LTN_ERR_STATE, ltn_runtime_deadline_ms(rig.runtime, &ms));
    assert_status(LTN_ERR_STATE, ltn_runtime_step(rig.runtime, 0));
    assert_status(LTN_ERR_STATE, ltn_testing_runtime_now_ns(rig.runtime, &ns));
    assert_status(LTN_ERR_STATE, ltn_testing_runtime_set_loss(rig.runtime, 0));
    rig_end(&rig);
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_runtime_new(&runtime, LTN_DRIVE_VIRTUAL, NULL));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_runtime_new(&runtime, 99, NULL));
    assert_null(runtime);
}

typedef struct outcome {
    uint64_t ns[8];
    int64_t network_ns[8];
    uint64_t received;
} outcome;

static void virtual_run(uint64_t seed, uint32_t loss_ppm, outcome *out)
{
    rig rig;
    int i;
    memset(out, 0, sizeof *out);
    rig_start_on(&rig, virtual_runtime(seed));
    assert_ok(ltn_testing_runtime_set_loss(rig.runtime, loss_ppm));
    for (i = 0; i < 8; ++i) {
        ltn_op *op = rig_submit(&rig, "echo", 60000);
        while (ltn_op_status(op) == LTN_ERR_PENDING) assert_ok(ltn_runtime_step(rig.runtime, 1));
        assert_ok(ltn_op_status(op));
        assert_ok(ltn_testing_runtime_now_ns(rig.runtime, &out->ns[i]));
        assert_ok(ltn_op_number(op, &out->network_ns[i], LTN_DETAIL_NETWORK_NS));
        ltn_op_free(op);
    }
    assert_ok(ltn_server_stat(rig.server, &out->received, "datagrams_received"));
    assert_int_equal(1, rig_threads());
    end_stepped(&rig, 0);
}

static void the_same_seed_gives_the_same_run_also_with_loss(void **state)
{
    outcome first;
    outcome second;
    outcome third;
    (void)state;
    virtual_run(7, 200000, &first);
    virtual_run(7, 200000, &second);
    virtual_run(8, 200000, &third);
    assert_memory_equal(&first, &second, sizeof first);
    assert_memory_not_equal(&first, &third, sizeof first);
}

static void virtual_time_moves_only_when_stepped(void **state)
{
    rig rig;
    uint64_t before = 0;
    uint64_t after = 0;
    ltn_op *op;
    (void)state;
    rig_start_on(&rig, virtual_runtime(1));
    assert_ok(ltn_testing_runtime_now_ns(rig.runtime, &before));
    rig_nap_ms(5);
    assert_ok(ltn_testing_runtime_now_ns(rig.runtime, &after));
    assert_int_equal(before, after);
    assert_ok(ltn_runtime_step(rig.runtime, 1000));
    assert_ok(ltn_testing_runtime_now_ns(rig.runtime, &after));
    assert_int_equal(before + UINT64_C(1000000000), after);
    /* A lost peer costs virtual time, not real time. */
    assert_ok(ltn_testing_runtime_set_loss(rig.runtime, 1000000));
    op = rig_submit(&rig, "echo", 8000);
    assert_ok(ltn_op_wait(op, 600000));
    assert_status(LTN_ERR_DEADLINE, ltn_op_status(op));
    ltn_op_free(op);
    assert_ok(ltn_testing_runtime_now_ns(rig.runtime, &before));
    assert_int_equal(after + UINT64_C(8000000000), before);
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_testing_runtime_set_loss(rig.runtime, 1000001));
    end_stepped(&rig, 0);
}

static void leave_unanswered(ltn_op *question, void *user_data)
{
    ltn_op **kept = user_data;
    *kept = question;
}

static void virtual_time_goes_on_while_a_client_dials_a_server_whose_signer_is_asked(void **state)
{
    rig rig;
    ltn_op *question = NULL;
    ltn_op *op;
    uint64_t before = 0;
    uint64_t after = 0;
    (void)state;
    rig_make_on(&rig, virtual_runtime(9));
    ltn_server_free(rig.server);
    ltn_signer_free(rig.server_signer);
    rig.server = NULL;
    rig.server_signer = rig_callback_signer(1, leave_unanswered, &question, NULL);
    assert_ok(ltn_server_new(&rig.server, rig.runtime, rig.server_signer, NULL));
    rig_run(&rig);
    assert_ok(ltn_testing_runtime_now_ns(rig.runtime, &before));
    op = rig_submit(&rig, "echo", 8000);
    assert_ok(ltn_runtime_step(rig.runtime, 20));
    assert_ok(ltn_testing_runtime_now_ns(rig.runtime, &after));
    assert_int_equal(before + UINT64_C(20000000), after);
    assert_non_null(question);
    ltn_op_free(question);
    ltn_op_cancel(op);
    ltn_op_free(op);
    end_stepped(&rig, 0);
}

static void step_in_upcall(ltn_op *question, void *user_data)
{
    rig *mine = user_data;
    if (ltn_runtime_step(mine->runtime, 0) == LTN_ERR_WOULD_DEADLOCK) mine->address[0] = 'x';
    rig_echo(question, NULL);
}

static void stepping_inside_an_upcall_is_refused(void **state)
{
    rig rig;
    ltn_op *op;
    (void)state;
    rig_start_on(&rig, virtual_runtime(2));
    assert_ok(ltn_server_handle(rig.server, "nested", 0, step_in_upcall, &rig, NULL, NULL));
    op = rig_submit(&rig, "nested", 5000);
    while (ltn_op_status(op) == LTN_ERR_PENDING) assert_ok(ltn_runtime_step(rig.runtime, 1));
    assert_ok(ltn_op_status(op));
    assert_int_equal('x', rig.address[0]);
    ltn_op_free(op);
    end_stepped(&rig, 0);
}

static void freeing_a_stepped_runtime_without_another_step_leaves_nothing(void **state)
{
    const int descriptors = rig_open_descriptors();
    int host;
    int order;
    (void)state;
    for (host = 0; host < 2; ++host) {
        for (order = 0; order < 2; ++order) {
            rig rig;
            ltn_op *op;
            rig_start_on(&rig, host ? host_runtime() : virtual_runtime(3));
            op = rig_submit(&rig, "echo", 5000);
            assert_ok(ltn_runtime_step(rig.runtime, 1));
            if (order == 0) ltn_runtime_free(rig.runtime);
            ltn_client_free(rig.client);
            ltn_server_free(rig.server);
            ltn_op_free(op);
            if (order == 1) ltn_runtime_free(rig.runtime);
            ltn_signer_free(rig.client_signer);
            ltn_signer_free(rig.server_signer);
        }
    }
    assert_int_equal(descriptors, rig_open_descriptors());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_loop_drives_a_call_without_any_thread_of_ours),
        cmocka_unit_test(an_idle_host_loop_sleeps),
        cmocka_unit_test(a_wait_that_only_an_upcall_could_end_says_so),
        cmocka_unit_test(a_wait_steps_a_runtime_whose_peer_lives_elsewhere),
        cmocka_unit_test(drives_refuse_what_is_not_theirs),
        cmocka_unit_test(the_same_seed_gives_the_same_run_also_with_loss),
        cmocka_unit_test(virtual_time_moves_only_when_stepped),
        cmocka_unit_test(virtual_time_goes_on_while_a_client_dials_a_server_whose_signer_is_asked),
        cmocka_unit_test(stepping_inside_an_upcall_is_refused),
        cmocka_unit_test(freeing_a_stepped_runtime_without_another_step_leaves_nothing),
    };
    return cmocka_run_group_tests_name("drives", tests, NULL, NULL);
}
