/* Options that change while client and server run: what takes effect, on which loops, and what is refused. */
#include "crowd.h"

#include <string.h>

enum { HELD_MAX = 2 * CLIENTS };

/* Requests that their handler keeps. */
typedef struct holder {
    pthread_mutex_t mutex;
    ltn_op* held[HELD_MAX];
    int count;
} holder;

static void hold(ltn_op* question, void* user_data)
{
    holder* mine = user_data;
    pthread_mutex_lock(&mine->mutex);
    mine->held[mine->count] = question;
    __atomic_fetch_add(&mine->count, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&mine->mutex);
}

static void let_go(holder* mine)
{
    pthread_mutex_lock(&mine->mutex);
    while (mine->count > 0) rig_echo(mine->held[--mine->count], NULL);
    pthread_mutex_unlock(&mine->mutex);
}

static void start_holding(rig* rig, holder* mine)
{
    rig_start(rig);
    memset(mine, 0, sizeof *mine);
    pthread_mutex_init(&mine->mutex, NULL);
    assert_ok(ltn_server_handle(rig->server, "hold", 0, hold, mine, NULL, NULL));
}

static void end_ok(ltn_op* op)
{
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
}

static void a_raised_limit_of_a_peer_starts_the_requests_that_waited(void** state)
{
    rig rig;
    holder mine;
    ltn_op* first;
    ltn_op* second;
    uint64_t waiting = 0;
    const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
    (void)state;
    start_holding(&rig, &mine);
    assert_ok(ltn_server_set(rig.server, "max_requests_per_peer", "1", NULL));
    first = rig_submit(&rig, "hold", RIG_LONG_MS);
    assert_true(rig_reaches(&mine.count, 1));
    second = rig_submit(&rig, "hold", RIG_LONG_MS);
    while (waiting != 1 && rig_now_ms() < end_ms) {
        assert_ok(ltn_server_stat(rig.server, &waiting, "requests_waiting"));
    }
    assert_int_equal(1, waiting);
    assert_int_equal(1, rig_read(&mine.count));
    assert_ok(ltn_server_set(rig.server, "max_requests_per_peer", "2", NULL));
    assert_true(rig_reaches(&mine.count, 2));
    let_go(&mine);
    end_ok(first);
    end_ok(second);
    rig_end(&rig);
}

/* Which calls have ended, and why; and where the others are. */
static void tell_what_stalls(crowd* crowd, ltn_op** ops)
{
    static const char* const names[] = {"connections", "authenticated", "requests",
                                        "requests_waiting", "requests_in_flight"};
    ltn_error* error = ltn_error_new();
    size_t i;
    for (i = 0; i < HELD_MAX; ++i) {
        if (ltn_op_status(ops[i]) == LTN_ERR_PENDING) continue;
        (void)ltn_op_error(ops[i], error);
        print_message("call %d: %s\n", (int)i, ltn_error_text(error));
    }
    for (i = 0; i < sizeof names / sizeof *names; ++i) {
        print_message("%s %d\n", names[i], (int)server_stat(crowd, names[i]));
    }
    ltn_error_free(error);
}

static void a_change_counts_on_every_loop(void** state)
{
    static crowd crowd;
    static holder mine;
    static ltn_op* ops[HELD_MAX];
    int i;
    (void)state;
    memset(&crowd, 0, sizeof crowd);
    memset(&mine, 0, sizeof mine);
    pthread_mutex_init(&mine.mutex, NULL);
    make_server(&crowd, runtime_with_loops());
    assert_ok(ltn_server_set(crowd.server, "max_requests_per_peer", "1", NULL));
    assert_ok(ltn_server_handle(crowd.server, "hold", 0, hold, &mine, NULL, NULL));
    start_server(&crowd);
    add_clients(&crowd, CLIENTS, 0);
    start_clients(&crowd);
    for (i = 0; i < HELD_MAX; ++i) ops[i] = call_from(&crowd, i / 2, "hold");
    if (!rig_reaches(&mine.count, CLIENTS)) tell_what_stalls(&crowd, ops);
    assert_int_equal(CLIENTS, rig_read(&mine.count));
    /* 64 ports that all hash to one socket would be a wonder of 2^-63. */
    assert_ok(ltn_server_set(crowd.server, "max_requests_per_peer", "2", NULL));
    assert_true(rig_reaches(&mine.count, HELD_MAX));
    let_go(&mine);
    for (i = 0; i < HELD_MAX; ++i) end_ok(ops[i]);
    end_crowd(&crowd);
}

static void what_needs_a_restart_is_refused_by_name(void** state)
{
    rig rig;
    ltn_error* error = ltn_error_new();
    (void)state;
    rig_start(&rig);
    assert_status(LTN_ERR_STATE, ltn_server_set(rig.server, "listen", "127.0.0.1:0", error));
    assert_non_null(strstr(ltn_error_text(error), "listen"));
    assert_non_null(strstr(ltn_error_text(error), "restart"));
    assert_status(LTN_ERR_STATE, ltn_client_set(rig.client, "connect_timeout_ms", "5", error));
    assert_non_null(strstr(ltn_error_text(error), "connect_timeout_ms"));
    assert_non_null(strstr(ltn_error_text(error), "restart"));
    assert_status(LTN_ERR_UNKNOWN_OPTION, ltn_server_set(rig.server, "max_frogs", "1", error));
    assert_status(LTN_ERR_OUT_OF_RANGE, ltn_server_set(rig.server, "max_connections", "0", error));
    rig_assert_echo(&rig);
    ltn_error_free(error);
    rig_end(&rig);
}

static void a_change_against_a_rule_changes_nothing(void** state)
{
    rig rig;
    ltn_error* error = ltn_error_new();
    (void)state;
    rig_start(&rig);
    assert_status(LTN_ERR_CONFIG,
                  ltn_server_set(rig.server, "handler_timeout_ms", "150000", error));
    assert_non_null(strstr(ltn_error_text(error), "handler_timeout_secs"));
    assert_status(LTN_ERR_CONFIG,
                  ltn_client_set(rig.client, "max_stream_payload_bytes", "1", error));
    /* The refused value is not kept: the next change is judged without it. */
    assert_ok(ltn_server_set(rig.server, "max_connections", "5", error));
    assert_ok(ltn_client_set(rig.client, "max_calls", "5", error));
    rig_assert_echo(&rig);
    ltn_error_free(error);
    rig_end(&rig);
}

static void a_lowered_handler_timeout_counts_for_the_next_request(void** state)
{
    rig rig;
    holder mine;
    (void)state;
    start_holding(&rig, &mine);
    assert_ok(ltn_server_set(rig.server, "handler_timeout_secs", "0.05", NULL));
    assert_status(LTN_ERR_HANDLER, rig_try(&rig, "hold", RIG_LONG_MS));
    let_go(&mine);
    rig_end(&rig);
}

static void permits_can_be_required_while_serving(void** state)
{
    rig rig;
    uint8_t key[LTN_KEY_LEN];
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_set(rig.server, "require_validator_permit", "true", NULL));
    assert_status(LTN_ERR_HANDSHAKE_REJECTED, rig_try(&rig, "echo", RIG_LONG_MS));
    rig_key(key, 2);
    assert_ok(ltn_server_set_permits(rig.server, key, 1, NULL));
    assert_ok(rig_try(&rig, "echo", RIG_LONG_MS));
    rig_end(&rig);
}

static void a_client_takes_changes_too(void** state)
{
    rig rig;
    holder mine;
    ltn_op* op;
    (void)state;
    start_holding(&rig, &mine);
    assert_ok(ltn_client_set(rig.client, "max_calls", "1", NULL));
    op = rig_submit(&rig, "hold", RIG_LONG_MS);
    assert_true(rig_reaches(&mine.count, 1));
    assert_status(LTN_ERR_FULL, rig_try(&rig, "echo", RIG_LONG_MS));
    assert_ok(ltn_client_set(rig.client, "max_calls", "2", NULL));
    rig_assert_echo(&rig);
    let_go(&mine);
    end_ok(op);
    assert_ok(ltn_client_set(rig.client, "default_timeout_ms", "50", NULL));
    assert_status(LTN_ERR_DEADLINE, rig_try(&rig, "hold", 0));
    assert_true(rig_reaches(&mine.count, 1));
    let_go(&mine);
    rig_end(&rig);
}

static void lower_own_limit(ltn_op* question, void* server)
{
    if (ltn_server_set(server, "max_requests_per_peer", "7", NULL) == LTN_OK) {
        rig_echo(question, NULL);
    } else {
        (void)ltn_op_fail(question, "the change was refused");
        ltn_op_free(question);
    }
}

static void a_handler_may_change_a_limit(void** state)
{
    rig rig;
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "lower", 0, lower_own_limit, rig.server, NULL, NULL));
    assert_ok(rig_try(&rig, "lower", RIG_LONG_MS));
    rig_end(&rig);
}

typedef struct told {
    int64_t left_ns;
    int asked;
} told;

static void note_deadline(ltn_op* question, void* user_data)
{
    told* mine = user_data;
    if (ltn_op_number(question, &mine->left_ns, LTN_DETAIL_DEADLINE_NS) != LTN_OK) {
        mine->left_ns = -1;
    }
    (void)ltn_op_complete(question, NULL, 0, NULL);
    ltn_op_free(question);
    rig_count(&mine->asked);
}

static void stream_once(rig* rig, int64_t timeout_ms)
{
    ltn_call call = rig_call(rig, "stream");
    ltn_op* op = NULL;
    call.timeout_ms = timeout_ms;
    assert_ok(ltn_client_open(rig->client, &op, &call, NULL));
    end_ok(op);
}

static void a_streaming_handler_sees_how_long_its_caller_waits(void** state)
{
    rig rig;
    told mine = {0, 0};
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle_stream(rig.server, "stream", 0, note_deadline, &mine, NULL, NULL));
    stream_once(&rig, 15000);
    assert_true(mine.left_ns > 0);
    assert_true(mine.left_ns <= INT64_C(15000) * 1000000);
    stream_once(&rig, -1);
    assert_int_equal(2, rig_read(&mine.asked));
    assert_int_equal(-1, mine.left_ns);
    assert_ok(ltn_server_set(rig.server, "stream_total_timeout_ms", "9000", NULL));
    stream_once(&rig, -1);
    assert_true(mine.left_ns > 0);
    assert_true(mine.left_ns <= INT64_C(9000) * 1000000);
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_raised_limit_of_a_peer_starts_the_requests_that_waited),
        cmocka_unit_test(a_change_counts_on_every_loop),
        cmocka_unit_test(what_needs_a_restart_is_refused_by_name),
        cmocka_unit_test(a_change_against_a_rule_changes_nothing),
        cmocka_unit_test(a_lowered_handler_timeout_counts_for_the_next_request),
        cmocka_unit_test(permits_can_be_required_while_serving),
        cmocka_unit_test(a_client_takes_changes_too),
        cmocka_unit_test(a_handler_may_change_a_limit),
        cmocka_unit_test(a_streaming_handler_sees_how_long_its_caller_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
