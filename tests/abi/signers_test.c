/* Signers that behave and signers that do not (promises S1, S2, R3). */
#include "rig.h"

#include <pthread.h>
#include <string.h>

typedef struct signer_case {
    ltn_question_fn sign;
    int destroyed;
    int asked;
    ltn_op *held;
} signer_case;

static signer_case now_case;

static ltn_runtime *thread_runtime(void)
{
    ltn_runtime *runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    return runtime;
}

static void replace_client_signer(rig *rig, ltn_signer *signer)
{
    ltn_client_free(rig->client);
    ltn_signer_free(rig->client_signer);
    rig->client_signer = signer;
    rig->client = NULL;
    assert_ok(ltn_client_new(&rig->client, rig->runtime, signer, NULL));
}

/* Signs with the seed of number 2, whatever user_data is. */
static void sign_as_two(ltn_op *question) { rig_sign_now(question, (void *)(uintptr_t)2); }

static void sign_and_count(ltn_op *question, void *user_data)
{
    signer_case *mine = user_data;
    rig_count(&mine->asked);
    sign_as_two(question);
}

static void count_destroyed(void *user_data) { rig_count(&((signer_case *)user_data)->destroyed); }

static void a_callback_that_signs_at_once_is_as_good_as_a_seed(void **state)
{
    rig rig;
    signer_case mine = now_case;
    (void)state;
    rig_make_on(&rig, thread_runtime());
    replace_client_signer(&rig, rig_callback_signer(2, sign_and_count, &mine, count_destroyed));
    rig_run(&rig);
    rig_assert_echo(&rig);
    assert_int_equal(2, rig_read(&mine.asked)); /* the self-test and one handshake */
    assert_int_equal(0, rig_read(&mine.destroyed));
    rig_end(&rig);
    assert_true(rig_reaches(&mine.destroyed, 1));
}

static void *sign_later(void *question)
{
    rig_nap_ms(20);
    sign_as_two(question);
    return NULL;
}

static void sign_on_another_thread(ltn_op *question, void *user_data)
{
    pthread_t thread;
    (void)user_data;
    if (pthread_create(&thread, NULL, sign_later, question) == 0) pthread_detach(thread);
}

static void a_signature_may_come_later_and_from_another_thread(void **state)
{
    rig rig;
    (void)state;
    rig_make_on(&rig, thread_runtime());
    replace_client_signer(&rig, rig_callback_signer(2, sign_on_another_thread, NULL, NULL));
    rig_run(&rig);
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void refuse(ltn_op *question, void *user_data)
{
    (void)user_data;
    (void)ltn_op_fail(question, "the wallet is locked");
    ltn_op_free(question);
}

static void free_unanswered(ltn_op *question, void *user_data)
{
    (void)user_data;
    ltn_op_free(question);
}

static void answer_too_short(ltn_op *question, void *user_data)
{
    static const uint8_t bytes[63];
    (void)user_data;
    (void)ltn_op_complete(question, bytes, sizeof bytes, NULL);
    ltn_op_free(question);
}

static void sign_as_stranger(ltn_op *question, void *user_data)
{
    (void)user_data;
    rig_sign_now(question, (void *)(uintptr_t)3);
}

static void never_answer(ltn_op *question, void *user_data)
{
    signer_case *mine = user_data;
    ltn_op_free(__atomic_exchange_n(&mine->held, question, __ATOMIC_SEQ_CST));
}

/* A client whose signer fails its self-test: one event says why, CLOSED follows, calls end. */
static void start_fails_with(ltn_question_fn sign, ltn_status expected, const char *text)
{
    rig rig;
    signer_case mine = now_case;
    ltn_queue *queue = NULL;
    ltn_event event;
    size_t count = 0;
    ltn_op *op = NULL;
    ltn_error *error = ltn_error_new();
    ltn_call call;
    rig_make_on(&rig, thread_runtime());
    assert_ok(ltn_queue_new(&queue, 0, NULL));
    replace_client_signer(&rig, rig_callback_signer(2, sign, &mine, count_destroyed));
    assert_ok(ltn_client_deliver_queue(rig.client, queue));
    assert_ok(ltn_client_set(rig.client, "signer_timeout_ms", "100", NULL));
    rig_run(&rig);
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_ok(ltn_queue_drain(queue, &event, &count, 1, sizeof event));
    assert_int_equal(1, count);
    assert_int_equal(LTN_EVENT_SIGNER_FAILED, event.kind);
    assert_status(expected, event.status);
    assert_ptr_equal(rig.client, event.object);
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_ok(ltn_queue_drain(queue, &event, &count, 1, sizeof event));
    assert_int_equal(LTN_EVENT_CLOSED, event.kind);
    assert_ok(ltn_client_wait(rig.client, RIG_LONG_MS));
    call = rig_call(&rig, "echo");
    assert_status(expected, ltn_client_call(rig.client, &op, &call, error));
    assert_null(op);
    assert_int_equal(LTN_CATEGORY_SIGNING, ltn_error_category(error));
    assert_non_null(strstr(ltn_error_text(error), text));
    ltn_error_free(error);
    rig_end(&rig);
    ltn_op_free(mine.held);
    assert_true(rig_reaches(&mine.destroyed, 1));
    ltn_queue_free(queue);
}

static void a_signer_of_another_key_is_found_at_start_weakness_S20(void **state)
{
    (void)state;
    start_fails_with(sign_as_stranger, LTN_ERR_KEY_MISMATCH, "not good for");
}

static void a_signer_that_refuses_is_found_at_start(void **state)
{
    (void)state;
    start_fails_with(refuse, LTN_ERR_SIGNER, "the wallet is locked");
    start_fails_with(free_unanswered, LTN_ERR_SIGNER, "freed without an answer");
}

static void a_signature_of_the_wrong_size_is_found_at_start(void **state)
{
    (void)state;
    start_fails_with(answer_too_short, LTN_ERR_SIGNER, "64");
}

static void a_signer_that_never_answers_meets_its_deadline(void **state)
{
    (void)state;
    start_fails_with(never_answer, LTN_ERR_SIGNER_TIMEOUT, "no answer");
}

static void a_call_keeps_its_deadline_while_the_signer_is_being_tested(void **state)
{
    rig rig;
    signer_case mine = now_case;
    const int64_t start_ms = rig_now_ms();
    (void)state;
    rig_make_on(&rig, thread_runtime());
    replace_client_signer(&rig, rig_callback_signer(2, never_answer, &mine, NULL));
    rig_run(&rig);
    assert_status(LTN_ERR_DEADLINE, rig_try(&rig, "echo", 50));
    assert_true(rig_now_ms() - start_ms < 5000);
    rig_end(&rig);
    ltn_op_free(mine.held);
}

/* Passes the self-test, then turns bad. */
static void turn_bad(ltn_op *question, void *user_data)
{
    signer_case *mine = user_data;
    if (__atomic_fetch_add(&mine->asked, 1, __ATOMIC_SEQ_CST) == 0) {
        sign_as_two(question);
    } else {
        mine->sign(question, user_data);
    }
}

static void handshake_fails_with(ltn_question_fn sign, ltn_status expected)
{
    rig rig;
    signer_case mine = now_case;
    ltn_op *op;
    ltn_error *error = ltn_error_new();
    mine.sign = sign;
    rig_make_on(&rig, thread_runtime());
    replace_client_signer(&rig, rig_callback_signer(2, turn_bad, &mine, count_destroyed));
    assert_ok(ltn_client_set(rig.client, "signer_timeout_ms", "100", NULL));
    rig_run(&rig);
    op = rig_submit(&rig, "echo", RIG_LONG_MS);
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_error(op, error));
    assert_status(expected, ltn_op_status(op));
    assert_true(strlen(ltn_error_text(error)) > 0);
    if (mine.held != NULL) {
        uint8_t late[LTN_SIGNATURE_LEN] = {0};
        assert_true(ltn_op_status(mine.held) != LTN_ERR_PENDING);
        assert_status(LTN_ERR_STATE, ltn_op_complete(mine.held, late, sizeof late, NULL));
        assert_status(LTN_ERR_STATE, ltn_op_fail(mine.held, NULL));
    }
    ltn_op_free(op);
    ltn_op_free(mine.held);
    ltn_error_free(error);
    rig_end(&rig);
    assert_true(rig_reaches(&mine.destroyed, 1));
}

static void a_wrong_signature_never_leaves_the_process_promise_S2(void **state)
{
    (void)state;
    handshake_fails_with(sign_as_stranger, LTN_ERR_SIGNER);
}

static void a_signer_that_turns_silent_costs_the_call_its_deadline_only(void **state)
{
    (void)state;
    handshake_fails_with(never_answer, LTN_ERR_SIGNER_TIMEOUT);
}

static void a_signer_that_refuses_a_handshake_fails_the_call(void **state)
{
    (void)state;
    handshake_fails_with(refuse, LTN_ERR_SIGNER);
    handshake_fails_with(free_unanswered, LTN_ERR_SIGNER);
}

static void sign_twice(ltn_op *question, void *user_data)
{
    signer_case *mine = user_data;
    uint8_t signature[LTN_SIGNATURE_LEN];
    const uint8_t *message = NULL;
    size_t message_len = 0;
    ltn_signer *signer = rig_signer(2);
    assert_int_equal(LTN_OP_SIGN, ltn_op_kind(question));
    assert_ok(ltn_op_data(question, &message, &message_len));
    assert_ok(ltn_signer_sign(signer, signature, message, message_len));
    ltn_signer_free(signer);
    if (ltn_op_complete(question, signature, sizeof signature, NULL) == LTN_OK &&
        ltn_op_complete(question, signature, sizeof signature, NULL) == LTN_ERR_STATE &&
        ltn_op_fail(question, NULL) == LTN_ERR_STATE) {
        rig_count(&mine->asked);
    }
    ltn_op_free(question);
}

static void the_second_answer_to_one_question_is_refused_promise_S1(void **state)
{
    rig rig;
    signer_case mine = now_case;
    (void)state;
    rig_make_on(&rig, thread_runtime());
    replace_client_signer(&rig, rig_callback_signer(2, sign_twice, &mine, NULL));
    rig_run(&rig);
    rig_assert_echo(&rig);
    assert_int_equal(2, rig_read(&mine.asked));
    rig_end(&rig);
}

static void *serve_signatures(void *queue)
{
    ltn_event event;
    size_t count = 0;
    while (ltn_queue_wait(queue, -1) == LTN_OK) {
        while (ltn_queue_drain(queue, &event, &count, 1, sizeof event) == LTN_OK && count == 1) {
            if (event.kind != LTN_EVENT_QUESTION || event.op_kind != LTN_OP_SIGN) continue;
            if (event.tag != 42) ltn_op_free(event.op);
            else sign_as_two(event.op);
        }
    }
    return NULL;
}

static void questions_may_come_through_a_queue(void **state)
{
    rig rig;
    uint8_t key[LTN_KEY_LEN];
    ltn_queue *queue = NULL;
    ltn_signer *signer = NULL;
    pthread_t thread;
    (void)state;
    rig_make_on(&rig, thread_runtime());
    assert_ok(ltn_queue_new(&queue, 4, NULL));
    rig_key(key, 2);
    assert_ok(ltn_signer_new_queue(&signer, key, queue, 42, NULL));
    replace_client_signer(&rig, signer);
    assert_int_equal(0, pthread_create(&thread, NULL, serve_signatures, queue));
    rig_run(&rig);
    rig_assert_echo(&rig);
    rig_end(&rig);
    assert_ok(ltn_queue_close(queue));
    pthread_join(thread, NULL);
    ltn_queue_free(queue);
}

static void a_question_nobody_waits_for_is_withdrawn_through_its_queue(void **state)
{
    rig rig;
    uint8_t key[LTN_KEY_LEN];
    ltn_queue *queue = NULL;
    ltn_signer *signer = NULL;
    ltn_event event;
    ltn_op *held;
    size_t count = 0;
    (void)state;
    rig_make_on(&rig, thread_runtime());
    assert_ok(ltn_queue_new(&queue, 4, NULL));
    rig_key(key, 2);
    assert_ok(ltn_signer_new_queue(&signer, key, queue, 7, NULL));
    replace_client_signer(&rig, signer);
    assert_ok(ltn_client_set(rig.client, "signer_timeout_ms", "50", NULL));
    rig_run(&rig);
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_ok(ltn_queue_drain(queue, &event, &count, 1, sizeof event));
    assert_int_equal(LTN_EVENT_QUESTION, event.kind);
    assert_int_equal(7, event.tag);
    held = event.op;
    assert_ok(ltn_queue_wait(queue, RIG_LONG_MS));
    assert_ok(ltn_queue_drain(queue, &event, &count, 1, sizeof event));
    assert_int_equal(1, count);
    assert_int_equal(LTN_EVENT_WITHDRAWN, event.kind);
    assert_ptr_equal(held, event.op);
    assert_status(LTN_ERR_SIGNER_TIMEOUT, event.status);
    assert_status(LTN_ERR_SIGNER_TIMEOUT, ltn_op_status(held));
    ltn_op_free(held);
    rig_end(&rig);
    ltn_queue_free(queue);
}

static void user_data_is_released_also_when_registration_fails_promise_R3(void **state)
{
    static const uint8_t identity[LTN_KEY_LEN];
    uint8_t key[LTN_KEY_LEN];
    signer_case mine = now_case;
    ltn_signer *signer = NULL;
    ltn_error *error = ltn_error_new();
    (void)state;
    rig_key(key, 2);
    assert_status(LTN_ERR_BAD_KEY, ltn_signer_new_callback(&signer, identity, sign_and_count, &mine,
                                                           count_destroyed, error));
    assert_int_equal(1, mine.destroyed);
    assert_null(signer);
    assert_status(LTN_ERR_INVALID_ARGUMENT,
                  ltn_signer_new_callback(&signer, key, NULL, &mine, count_destroyed, error));
    assert_status(LTN_ERR_INVALID_ARGUMENT,
                  ltn_signer_new_callback(NULL, key, sign_and_count, &mine, count_destroyed, error));
    assert_int_equal(3, mine.destroyed);
    assert_ok(ltn_signer_new_callback(&signer, key, sign_and_count, &mine, count_destroyed, error));
    ltn_signer_free(signer);
    assert_int_equal(4, mine.destroyed);
    ltn_error_free(error);
}

static void signing_on_request_needs_a_signer_that_holds_its_secret(void **state)
{
    uint8_t key[LTN_KEY_LEN];
    uint8_t signature[LTN_SIGNATURE_LEN];
    static const uint8_t message[] = "some text";
    static uint8_t huge[(1 << 20) + 1];
    ltn_signer *local = rig_signer(2);
    ltn_signer *asking = rig_callback_signer(2, refuse, NULL, NULL);
    (void)state;
    rig_key(key, 2);
    assert_ok(ltn_signer_sign(local, signature, message, sizeof message));
    assert_ok(ltn_signature_verify(key, message, sizeof message, signature, sizeof signature));
    signature[5] ^= 1;
    assert_status(LTN_ERR_BAD_SIGNATURE,
                  ltn_signature_verify(key, message, sizeof message, signature, sizeof signature));
    assert_ok(ltn_signer_sign(local, signature, NULL, 0));
    assert_ok(ltn_signature_verify(key, NULL, 0, signature, sizeof signature));
    assert_status(LTN_ERR_TOO_LARGE, ltn_signer_sign(local, signature, huge, sizeof huge));
    assert_status(LTN_ERR_UNSUPPORTED, ltn_signer_sign(asking, signature, message, sizeof message));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_signer_sign(NULL, signature, message, 1));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_signer_sign(local, NULL, message, 1));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_signer_sign(local, signature, NULL, 1));
    ltn_signer_free(local);
    ltn_signer_free(asking);
}

static void a_server_with_a_callback_signer_serves(void **state)
{
    rig rig;
    ltn_signer *signer;
    (void)state;
    rig_make_on(&rig, thread_runtime());
    ltn_server_free(rig.server);
    signer = rig_callback_signer(1, rig_sign_now, (void *)(uintptr_t)1, NULL);
    assert_ok(ltn_server_new(&rig.server, rig.runtime, signer, NULL));
    ltn_signer_free(signer);
    assert_ok(ltn_server_handle(rig.server, "echo", 0, rig_echo, NULL, NULL, NULL));
    rig_run(&rig);
    rig_assert_echo(&rig);
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_callback_that_signs_at_once_is_as_good_as_a_seed),
        cmocka_unit_test(a_signature_may_come_later_and_from_another_thread),
        cmocka_unit_test(a_signer_of_another_key_is_found_at_start_weakness_S20),
        cmocka_unit_test(a_signer_that_refuses_is_found_at_start),
        cmocka_unit_test(a_signature_of_the_wrong_size_is_found_at_start),
        cmocka_unit_test(a_signer_that_never_answers_meets_its_deadline),
        cmocka_unit_test(a_call_keeps_its_deadline_while_the_signer_is_being_tested),
        cmocka_unit_test(a_wrong_signature_never_leaves_the_process_promise_S2),
        cmocka_unit_test(a_signer_that_turns_silent_costs_the_call_its_deadline_only),
        cmocka_unit_test(a_signer_that_refuses_a_handshake_fails_the_call),
        cmocka_unit_test(the_second_answer_to_one_question_is_refused_promise_S1),
        cmocka_unit_test(questions_may_come_through_a_queue),
        cmocka_unit_test(a_question_nobody_waits_for_is_withdrawn_through_its_queue),
        cmocka_unit_test(user_data_is_released_also_when_registration_fails_promise_R3),
        cmocka_unit_test(signing_on_request_needs_a_signer_that_holds_its_secret),
        cmocka_unit_test(a_server_with_a_callback_signer_serves),
    };
    return cmocka_run_group_tests_name("signers", tests, NULL, NULL);
}
