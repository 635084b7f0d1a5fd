/* Several loops behind one port: who serves whom, what is shared, and how it all ends. */
#include "rig.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENTS 64
#define LOOPS "2"

/* Seen of one peer by the handler, on whatever thread. */
typedef struct peer_seen {
    uint8_t key[LTN_KEY_LEN];
    pthread_t thread;
    int calls;
    int elsewhere; /* calls on another thread than the first */
    int inside;
    int overlaps;
} peer_seen;

typedef struct crowd {
    ltn_runtime* server_runtime;
    ltn_runtime* client_runtime;
    ltn_signer* server_signer;
    ltn_signer* signers[CLIENTS];
    ltn_server* server;
    ltn_client* clients[CLIENTS];
    int count;
    uint8_t peer[LTN_KEY_LEN];
    char address[64];
    peer_seen seen[CLIENTS];
} crowd;

static ltn_runtime* runtime_with_loops(void)
{
    ltn_runtime* runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    assert_ok(ltn_runtime_set(runtime, "loops", LOOPS, NULL));
    return runtime;
}

static void make_server(crowd* crowd, ltn_runtime* runtime)
{
    crowd->server_runtime = runtime;
    crowd->server_signer = rig_signer(1);
    assert_ok(ltn_signer_public_key(crowd->server_signer, crowd->peer));
    assert_ok(ltn_server_new(&crowd->server, runtime, crowd->server_signer, NULL));
    assert_ok(ltn_server_set(crowd->server, "max_handshake_attempts_per_minute", "100000", NULL));
    assert_ok(ltn_server_set(crowd->server, "max_unauthenticated_per_source", "1024", NULL));
    assert_ok(ltn_server_handle(crowd->server, "echo", 0, rig_echo, NULL, NULL, NULL));
}

static void start_server(crowd* crowd)
{
    assert_ok(ltn_server_start(crowd->server, NULL));
    assert_ok(ltn_server_address(crowd->server, crowd->address, sizeof crowd->address, NULL));
}

/* Client i signs with `key_of(i)`. */
static void add_clients(crowd* crowd, int count, int same_key)
{
    int i;
    crowd->client_runtime = runtime_with_loops();
    for (i = 0; i < count; ++i) {
        crowd->signers[i] = rig_signer((uint8_t)(same_key ? 10 : 10 + i));
        assert_ok(ltn_signer_public_key(crowd->signers[i], crowd->seen[i].key));
        assert_ok(
            ltn_client_new(&crowd->clients[i], crowd->client_runtime, crowd->signers[i], NULL));
    }
    crowd->count = count;
}

static void start_clients(crowd* crowd)
{
    int i;
    for (i = 0; i < crowd->count; ++i) assert_ok(ltn_client_start(crowd->clients[i], NULL));
}

static void end_crowd(crowd* crowd)
{
    int i;
    assert_ok(ltn_runtime_stop(crowd->client_runtime));
    assert_ok(ltn_runtime_wait(crowd->client_runtime, RIG_LONG_MS));
    assert_ok(ltn_runtime_stop(crowd->server_runtime));
    assert_ok(ltn_runtime_wait(crowd->server_runtime, RIG_LONG_MS));
    for (i = 0; i < crowd->count; ++i) {
        ltn_client_free(crowd->clients[i]);
        ltn_signer_free(crowd->signers[i]);
    }
    ltn_server_free(crowd->server);
    ltn_signer_free(crowd->server_signer);
    ltn_runtime_free(crowd->client_runtime);
    ltn_runtime_free(crowd->server_runtime);
}

static ltn_op* call_from(crowd* crowd, int client, const char* type)
{
    ltn_op* op = NULL;
    ltn_call call;
    assert_ok(ltn_call_init(&call, sizeof call));
    call.peer = crowd->peer;
    call.address = crowd->address;
    call.type = type;
    call.type_len = strlen(type);
    call.timeout_ms = RIG_LONG_MS;
    assert_ok(ltn_client_call(crowd->clients[client], &op, &call, NULL));
    return op;
}

/* One call from each client, all under way at once. Returns how many succeeded. */
static int round_of_calls(crowd* crowd, const char* type)
{
    ltn_op* ops[CLIENTS];
    int succeeded = 0;
    int i;
    for (i = 0; i < crowd->count; ++i) ops[i] = call_from(crowd, i, type);
    for (i = 0; i < crowd->count; ++i) {
        assert_ok(ltn_op_wait(ops[i], RIG_LONG_MS));
        succeeded += ltn_op_status(ops[i]) == LTN_OK;
        ltn_op_free(ops[i]);
    }
    return succeeded;
}

static uint64_t server_stat(crowd* crowd, const char* name)
{
    uint64_t value = 0;
    assert_ok(ltn_server_stat(crowd->server, &value, name));
    return value;
}

static int stat_reaches(crowd* crowd, const char* name, uint64_t value)
{
    const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
    while (server_stat(crowd, name) != value && rig_now_ms() < end_ms) rig_nap_ms(1);
    return server_stat(crowd, name) == value;
}

static void note_thread(ltn_op* question, void* user_data)
{
    crowd* mine = user_data;
    uint8_t key[LTN_KEY_LEN];
    int i;
    if (ltn_op_peer(question, key) == LTN_OK) {
        for (i = 0; i < mine->count; ++i) {
            peer_seen* seen = &mine->seen[i];
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

static void each_connection_is_served_by_one_thread_and_both_work(void** state)
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

static void answer_other(ltn_op* question, void* user_data)
{
    rig_count(user_data);
    rig_echo(question, NULL);
}

static void a_handler_set_while_serving_counts_on_every_loop(void** state)
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

static void a_hotkey_has_one_connection_over_all_loops(void** state)
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
        ltn_op* op = call_from(&crowd, i, "echo");
        assert_ok(ltn_op_wait(op, RIG_LONG_MS));
        assert_ok(ltn_op_status(op));
        ltn_op_free(op);
        assert_true(stat_reaches(&crowd, "replaced", (uint64_t)i));
        assert_true(stat_reaches(&crowd, "authenticated", 1));
    }
    end_crowd(&crowd);
}

/* ---- Stopping under load ---------------------------------------------------------------------- */

enum { CALLS_EACH = 40 };
static int outcome_of[CLIENTS * CALLS_EACH];

typedef struct load {
    crowd crowd;
    ltn_queue* questions;
    int held;                           /* questions given to us */
    ltn_op* left[CLIENTS * CALLS_EACH]; /* of them, not answered and not withdrawn yet */
    int left_count;
    int withdrawn;
    int server_closed;
    int client_closed;
    int after_closed;
    int submitted;
    int completed;
    int twice;
} load;

static void on_client_event(const ltn_event* event, void* user_data)
{
    load* mine = user_data;
    if (event->kind == LTN_EVENT_CLOSED) rig_count(&mine->client_closed);
    if (event->kind != LTN_EVENT_OP_DONE) return;
    if (__atomic_fetch_add(&outcome_of[event->tag], 1, __ATOMIC_SEQ_CST) != 0) {
        rig_count(&mine->twice);
    }
    rig_count(&mine->completed);
    ltn_op_free(event->op);
}

/* Every third question is left waiting, so that the stop finds some. */
static void take_question(load* load, ltn_op* question)
{
    rig_count(&load->held);
    if (rig_read(&load->held) % 3 == 0) {
        load->left[load->left_count++] = question;
        return;
    }
    (void)ltn_op_complete(question, NULL, 0, NULL);
    ltn_op_free(question);
}

static void take_withdrawal(load* load, const ltn_op* question)
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
static void* answer_from_queue(void* user_data)
{
    load* mine = user_data;
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

static void a_stop_under_load_leaves_no_accepted_operation_without_its_completion(void** state)
{
    static load load;
    crowd* crowd = &load.crowd;
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
            ltn_op* op = NULL;
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

static void a_restarted_server_with_the_same_secret_ends_old_connections_at_once(void** state)
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
        ltn_op* op = call_from(&crowd, i, "echo");
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

/* ---- What is refused -------------------------------------------------------------------------- */

static void more_than_one_loop_needs_the_thread_drive(void** state)
{
    ltn_runtime* runtime = NULL;
    ltn_error* error = ltn_error_new();
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

static void on_server_event(const ltn_event* event, void* user_data)
{
    int* counts = user_data;
    if (event->kind == LTN_EVENT_SIGNER_FAILED) rig_count(&counts[0]);
    if (event->kind == LTN_EVENT_CLOSED) rig_count(&counts[1]);
}

static void sign_nonsense(ltn_op* question, void* user_data)
{
    const uint8_t nonsense[LTN_SIGNATURE_LEN] = {1};
    (void)user_data;
    (void)ltn_op_complete(question, nonsense, sizeof nonsense, NULL);
    ltn_op_free(question);
}

static void a_signer_that_fails_its_test_closes_all_loops_and_says_so_once(void** state)
{
    ltn_runtime* runtime = runtime_with_loops();
    ltn_signer* signer = rig_callback_signer(3, sign_nonsense, NULL, NULL);
    ltn_server* server = NULL;
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

static void a_taken_port_is_an_error_of_start_and_leaves_nothing_behind(void** state)
{
    static crowd crowd;
    ltn_runtime* runtime = runtime_with_loops();
    ltn_server* second = NULL;
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
        cmocka_unit_test(each_connection_is_served_by_one_thread_and_both_work),
        cmocka_unit_test(a_handler_set_while_serving_counts_on_every_loop),
        cmocka_unit_test(a_hotkey_has_one_connection_over_all_loops),
        cmocka_unit_test(a_stop_under_load_leaves_no_accepted_operation_without_its_completion),
        cmocka_unit_test(more_than_one_loop_needs_the_thread_drive),
        cmocka_unit_test(a_signer_that_fails_its_test_closes_all_loops_and_says_so_once),
        cmocka_unit_test(a_taken_port_is_an_error_of_start_and_leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("loops", tests, NULL, NULL);
}
