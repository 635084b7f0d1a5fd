/* How a server on several loops ends, begins again, and fails to begin. */
#include "crowd.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Stopping under load ---------------------------------------------------------------------- */

enum { CALLS_EACH = 40 };
static int outcome_of[CLIENTS * CALLS_EACH];

typedef struct load {
    crowd crowd;
    ltn_queue *questions;
    int held;                           /* questions given to us */
    ltn_op *left[CLIENTS * CALLS_EACH]; /* of them, not answered and not withdrawn yet */
    int left_count;
    int withdrawn;
    int server_closed;
    int client_closed;
    int after_closed;
    int submitted;
    int completed;
    int twice;
} load;

static void on_client_event(const ltn_event *event, void *user_data)
{
    load *mine = user_data;
    if (event->kind == LTN_EVENT_CLOSED) rig_count(&mine->client_closed);
    if (event->kind != LTN_EVENT_OP_DONE) return;
    if (__atomic_fetch_add(&outcome_of[event->tag], 1, __ATOMIC_SEQ_CST) != 0) {
        rig_count(&mine->twice);
    }
    rig_count(&mine->completed);
    ltn_op_free(event->op);
}

/* Every third question is left waiting, so that the stop finds some. */
static void take_question(load *load, ltn_op *question)
{
    rig_count(&load->held);
    if (rig_read(&load->held) % 3 == 0) {
        load->left[load->left_count++] = question;
        return;
    }
    (void)ltn_op_complete(question, NULL, 0, NULL);
    ltn_op_free(question);
}

static void take_withdrawal(load *load, const ltn_op *question)
{
    int i;
    for (i = 0; i < load->left_count; ++i) {
        if (load->left[i] != question) continue;
        ltn_op_free(load->left[i]);
        load->left[i] = load->left[--load->left_count];
        ++load->withdrawn;
        return;
    }
}

/* Answers what the server asks, until the server's last event. */
static void *answer_from_queue(void *user_data)
{
    load *mine = user_data;
    ltn_event events[32];
    size_t count = 0;
    size_t i;
    for (;;) {
        const ltn_status waited = ltn_queue_wait(mine->questions, RIG_LONG_MS);
        if (waited != LTN_OK) return NULL;
        if (ltn_queue_drain(mine->questions, events, &count, 32, sizeof events[0]) != LTN_OK) {
            return NULL;
        }
        for (i = 0; i < count; ++i) {
            if (rig_read(&mine->server_closed) != 0) rig_count(&mine->after_closed);
            if (events[i].kind == LTN_EVENT_CLOSED) rig_count(&mine->server_closed);
            if (events[i].kind == LTN_EVENT_WITHDRAWN) take_withdrawal(mine, events[i].op);
            if (events[i].kind == LTN_EVENT_QUESTION) take_question(mine, events[i].op);
        }
        if (rig_read(&mine->server_closed) != 0) return NULL;
    }
}

static void a_stop_under_load_leaves_no_accepted_operation_without_its_completion(void **state)
{
    static load load;
    crowd *crowd = &load.crowd;
    pthread_t answerer;
    int i;
    int n;
    (void)state;
    memset(&load, 0, sizeof load);
    memset(outcome_of, 0, sizeof outcome_of);
    assert_ok(ltn_queue_new(&load.questions, 4096, NULL));
    make_server(crowd, runtime_with_loops());
    assert_ok(ltn_server_deliver_queue(crowd->server, load.questions));
    assert_ok(ltn_server_handle(crowd->server, "slow", 0, NULL, NULL, NULL, NULL));
    start_server(crowd);
    add_clients(crowd, CLIENTS, 0);
    for (i = 0; i < CLIENTS; ++i) {
        assert_ok(ltn_client_deliver_upcall(crowd->clients[i], on_client_event, &load, NULL));
    }
    start_clients(crowd);
    assert_int_equal(0, pthread_create(&answerer, NULL, answer_from_queue, &load));
    for (n = 0; n < CALLS_EACH; ++n) {
        for (i = 0; i < CLIENTS; ++i) {
            ltn_op *op = NULL;
            ltn_call call;
            assert_ok(ltn_call_init(&call, sizeof call));
            call.peer = crowd->peer;
            call.address = crowd->address;
            call.type = "slow";
            call.type_len = 4;
            call.timeout_ms = RIG_LONG_MS;
            call.tag = (uint64_t)load.submitted;
            assert_ok(ltn_client_call(crowd->clients[i], &op, &call, NULL));
            ++load.submitted;
        }
        /* In the middle of it the server goes; the rest of the calls meet nobody. */
        if (n == CALLS_EACH / 2) {
            const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
            while (rig_read(&load.held) < CLIENTS && rig_now_ms() < end_ms) rig_nap_ms(1);
            assert_ok(ltn_server_stop(crowd->server));
        }
    }
    assert_ok(ltn_server_wait(crowd->server, RIG_LONG_MS));
    pthread_join(answerer, NULL);
    assert_int_equal(1, rig_read(&load.server_closed));
    assert_int_equal(0, rig_read(&load.after_closed));
    /* What was left waiting was withdrawn, each once. */
    assert_true(load.withdrawn > 0);
    assert_int_equal(0, load.left_count);
    assert_ok(ltn_runtime_stop(crowd->client_runtime));
    assert_ok(ltn_runtime_wait(crowd->client_runtime, RIG_LONG_MS));
    assert_int_equal(CLIENTS, rig_read(&load.client_closed));
    assert_int_equal(load.submitted, rig_read(&load.completed));
    assert_int_equal(0, rig_read(&load.twice));
    end_crowd(crowd);
    ltn_queue_free(load.questions);
}

/* ---- Restart ---------------------------------------------------------------------------------- */

static const char secret[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/* A server in a process of its own, which writes its address to `fd` and waits to be killed. */
static void serve_until_killed(int fd)
{
    static crowd crowd;
    memset(&crowd, 0, sizeof crowd);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    make_server(&crowd, runtime_with_loops());
    assert_ok(ltn_server_set(crowd.server, "server_secret", secret, NULL));
    start_server(&crowd);
    if (write(fd, crowd.address, sizeof crowd.address) != sizeof crowd.address) _exit(1);
    for (;;) pause();
}

static void a_restarted_server_with_the_same_secret_ends_old_connections_at_once(void **state)
{
    static crowd crowd;
    int fds[2];
    pid_t child;
    int lost = 0;
    int i;
    (void)state;
    memset(&crowd, 0, sizeof crowd);
    assert_int_equal(0, pipe(fds));
    child = fork();
    if (child == 0) serve_until_killed(fds[1]);
    assert_true(child > 0);
    assert_int_equal(sizeof crowd.address, read(fds[0], crowd.address, sizeof crowd.address));
    rig_key(crowd.peer, 1);
    add_clients(&crowd, 16, 0);
    start_clients(&crowd);
    assert_int_equal(16, round_of_calls(&crowd, "echo"));

    /* No goodbye; only the secret survives. */
    assert_int_equal(0, kill(child, SIGKILL));
    assert_int_equal(child, waitpid(child, NULL, 0));
    make_server(&crowd, runtime_with_loops());
    assert_ok(ltn_server_set(crowd.server, "listen", crowd.address, NULL));
    assert_ok(ltn_server_set(crowd.server, "server_secret", secret, NULL));
    start_server(&crowd);

    /* The old connections would live for another 150 s; a call that meets the new server's reset ends
     * instead, and the next one dials. */
    for (i = 0; i < crowd.count; ++i) {
        ltn_op *op = call_from(&crowd, i, "echo");
        assert_ok(ltn_op_wait(op, RIG_LONG_MS));
        if (ltn_op_status(op) != LTN_OK) {
            assert_status(LTN_ERR_CONNECTION_LOST, ltn_op_status(op));
            ++lost;
        }
        ltn_op_free(op);
    }
    assert_int_equal(16, round_of_calls(&crowd, "echo"));
    assert_true(server_stat(&crowd, "stateless_resets_sent") >= 16);
    assert_true(lost <= 16);
    end_crowd(&crowd);
    close(fds[0]);
    close(fds[1]);
}

static void on_server_event(const ltn_event *event, void *user_data)
{
    int *counts = user_data;
    if (event->kind == LTN_EVENT_SIGNER_FAILED) rig_count(&counts[0]);
    if (event->kind == LTN_EVENT_CLOSED) rig_count(&counts[1]);
}

static void sign_nonsense(ltn_op *question, void *user_data)
{
    const uint8_t nonsense[LTN_SIGNATURE_LEN] = {1};
    (void)user_data;
    (void)ltn_op_complete(question, nonsense, sizeof nonsense, NULL);
    ltn_op_free(question);
}

static void a_signer_that_fails_its_test_closes_all_loops_and_says_so_once(void **state)
{
    ltn_runtime *runtime = runtime_with_loops();
    ltn_signer *signer = rig_callback_signer(3, sign_nonsense, NULL, NULL);
    ltn_server *server = NULL;
    int counts[2] = {0, 0};
    (void)state;
    assert_ok(ltn_server_new(&server, runtime, signer, NULL));
    assert_ok(ltn_server_deliver_upcall(server, on_server_event, counts, NULL));
    assert_ok(ltn_server_start(server, NULL));
    assert_ok(ltn_server_wait(server, RIG_LONG_MS));
    assert_ok(ltn_runtime_wait(runtime, RIG_LONG_MS));
    assert_int_equal(1, rig_read(&counts[0]));
    assert_int_equal(1, rig_read(&counts[1]));
    ltn_server_free(server);
    ltn_signer_free(signer);
    ltn_runtime_free(runtime);
}

static void a_taken_port_is_an_error_of_start_and_leaves_nothing_behind(void **state)
{
    static crowd crowd;
    ltn_runtime *runtime = runtime_with_loops();
    ltn_server *second = NULL;
    (void)state;
    memset(&crowd, 0, sizeof crowd);
    make_server(&crowd, runtime_with_loops());
    start_server(&crowd);
    assert_ok(ltn_server_new(&second, runtime, crowd.server_signer, NULL));
    assert_ok(ltn_server_set(second, "listen", crowd.address, NULL));
    assert_status(LTN_ERR_IO, ltn_server_start(second, NULL));
    assert_ok(ltn_runtime_wait(runtime, RIG_LONG_MS));
    /* With another address the same handle starts. */
    assert_ok(ltn_server_set(second, "listen", "127.0.0.1:0", NULL));
    assert_ok(ltn_server_start(second, NULL));
    assert_ok(ltn_runtime_stop(runtime));
    assert_ok(ltn_runtime_wait(runtime, RIG_LONG_MS));
    ltn_server_free(second);
    ltn_runtime_free(runtime);
    add_clients(&crowd, 2, 0);
    start_clients(&crowd);
    assert_int_equal(2, round_of_calls(&crowd, "echo"));
    end_crowd(&crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First: it forks, and the child wants a process without threads. */
        cmocka_unit_test(a_restarted_server_with_the_same_secret_ends_old_connections_at_once),
        cmocka_unit_test(a_stop_under_load_leaves_no_accepted_operation_without_its_completion),
        cmocka_unit_test(a_signer_that_fails_its_test_closes_all_loops_and_says_so_once),
        cmocka_unit_test(a_taken_port_is_an_error_of_start_and_leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("loops ends", tests, NULL, NULL);
}
