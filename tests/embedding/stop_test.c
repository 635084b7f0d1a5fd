/* Everything is stopped from inside each kind of upcall: it ends, and nothing comes afterwards. */
#define _GNU_SOURCE
#include "../abi/rig.h"

#include <string.h>

#define ROUNDS 10

typedef struct scene {
    rig rig;
    int stopped; /* by the upcall, once */
    int kind;    /* of the event that stops */
    int started; /* the client */
} scene;

static void stop_once(scene *scene)
{
    if (__atomic_exchange_n(&scene->stopped, 1, __ATOMIC_SEQ_CST) != 0) return;
    (void)ltn_client_stop(scene->rig.client);
    (void)ltn_server_stop(scene->rig.server);
    (void)ltn_runtime_stop(scene->rig.runtime);
}

/* Early upcalls stop the client before it is started: then it stays that way. */
static void start(scene *scene)
{
    assert_ok(ltn_server_start(scene->rig.server, NULL));
    (void)ltn_server_address(scene->rig.server, scene->rig.address, sizeof scene->rig.address, NULL);
    scene->started = ltn_client_start(scene->rig.client, NULL) == LTN_OK;
}

/* The upcall came, and what it stopped closes by itself. */
static void assert_ends(scene *scene)
{
    assert_true(rig_reaches(&scene->stopped, 1));
    assert_ok(ltn_runtime_wait(scene->rig.runtime, RIG_LONG_MS));
    if (scene->started) assert_ok(ltn_client_wait(scene->rig.client, RIG_LONG_MS));
    assert_ok(ltn_server_wait(scene->rig.server, RIG_LONG_MS));
    rig_end(&scene->rig);
}

static void log_stops(int32_t level, const char *event, const char *fields, void *user_data)
{
    (void)level;
    (void)event;
    (void)fields;
    stop_once(user_data);
}

static void a_log_line_may_stop_everything(void **state)
{
    int round;
    (void)state;
    for (round = 0; round < ROUNDS; ++round) {
        ltn_runtime *runtime = NULL;
        scene scene;
        memset(&scene, 0, sizeof scene);
        assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
        assert_ok(ltn_runtime_set_log(runtime, LTN_LOG_DEBUG, log_stops, &scene, NULL));
        rig_make_on(&scene.rig, runtime);
        start(&scene);
        assert_ends(&scene);
    }
}

static void event_stops(const ltn_event *event, void *user_data)
{
    scene *mine = user_data;
    if (event->kind == mine->kind) stop_once(mine);
    if (event->kind == LTN_EVENT_QUESTION) ltn_op_free(event->op);
}

static void chunks_then_full(ltn_op *question, void *user_data)
{
    static const uint8_t chunk[65536];
    (void)user_data;
    while (ltn_op_send(question, chunk, sizeof chunk, 0, NULL) == LTN_OK) continue;
    ltn_op_free(question);
}

/* A pair whose client and server tell of their events by upcall. */
static void with_event(int kind, const char *type)
{
    int round;
    for (round = 0; round < ROUNDS; ++round) {
        ltn_op *op = NULL;
        ltn_call call;
        scene scene;
        memset(&scene, 0, sizeof scene);
        scene.kind = kind;
        rig_make(&scene.rig);
        assert_ok(ltn_client_deliver_upcall(scene.rig.client, event_stops, &scene, NULL));
        assert_ok(ltn_server_deliver_upcall(scene.rig.server, event_stops, &scene, NULL));
        assert_ok(ltn_server_handle(scene.rig.server, "asked", 1, NULL, NULL, NULL, NULL));
        assert_ok(ltn_server_handle_stream(scene.rig.server, "chunks", 0, chunks_then_full, NULL,
                                           NULL, NULL));
        start(&scene);
        call = rig_call(&scene.rig, type);
        if (strcmp(type, "chunks") == 0) {
            assert_ok(ltn_client_open(scene.rig.client, &op, &call, NULL));
        } else {
            assert_ok(ltn_client_call(scene.rig.client, &op, &call, NULL));
        }
        if (kind == LTN_EVENT_CLOSED) (void)ltn_client_stop(scene.rig.client);
        assert_ends(&scene);
        assert_true(ltn_op_status(op) != LTN_ERR_PENDING);
        ltn_op_free(op);
    }
}

static void the_end_of_a_call_may_stop_everything(void **state)
{
    (void)state;
    with_event(LTN_EVENT_OP_DONE, "echo");
}

static void a_question_may_stop_everything(void **state)
{
    (void)state;
    with_event(LTN_EVENT_QUESTION, "asked");
}

static void a_readable_stream_may_stop_everything(void **state)
{
    (void)state;
    with_event(LTN_EVENT_READABLE, "chunks");
}

static void the_news_that_one_has_closed_may_stop_the_others(void **state)
{
    (void)state;
    with_event(LTN_EVENT_CLOSED, "echo");
}

static void question_stops(ltn_op *question, void *user_data)
{
    stop_once(user_data);
    rig_echo(question, NULL);
}

/* One of the functions that the host registers with a server. */
static void with_handler(void (*install)(scene *scene), int stream)
{
    int round;
    for (round = 0; round < ROUNDS; ++round) {
        ltn_op *op = NULL;
        ltn_call call;
        scene scene;
        memset(&scene, 0, sizeof scene);
        rig_make(&scene.rig);
        install(&scene);
        start(&scene);
        call = rig_call(&scene.rig, "stop");
        /* A resolver or a signer may have stopped it by now. */
        if (stream) {
            (void)ltn_client_open(scene.rig.client, &op, &call, NULL);
        } else {
            (void)ltn_client_call(scene.rig.client, &op, &call, NULL);
        }
        assert_ends(&scene);
        ltn_op_free(op);
    }
}

static void install_handler(scene *scene)
{
    assert_ok(ltn_server_handle(scene->rig.server, "stop", 0, question_stops, scene, NULL, NULL));
}

static void a_handler_may_stop_everything(void **state)
{
    (void)state;
    with_handler(install_handler, 0);
}

static void stream_stops(ltn_op *question, void *user_data)
{
    static const uint8_t chunk[16];
    (void)ltn_op_send(question, chunk, sizeof chunk, 0, NULL);
    stop_once(user_data);
    (void)ltn_op_send(question, chunk, sizeof chunk, 0, NULL);
    ltn_op_free(question);
}

static void install_stream(scene *scene)
{
    assert_ok(ltn_server_handle_stream(scene->rig.server, "stop", 0, stream_stops, scene, NULL,
                                       NULL));
}

static void a_handler_in_the_middle_of_its_stream_may_stop_everything(void **state)
{
    (void)state;
    with_handler(install_stream, 1);
}

static void sighting_stops(const uint8_t key[LTN_KEY_LEN], const char *hotkey, const char *address,
                           void *user_data)
{
    (void)key;
    (void)hotkey;
    (void)address;
    stop_once(user_data);
}

static void install_observer(scene *scene)
{
    assert_ok(ltn_server_observe(scene->rig.server, sighting_stops, scene, NULL));
}

static void an_observer_of_handshakes_may_stop_everything(void **state)
{
    (void)state;
    with_handler(install_observer, 0);
}

static void install_permits(scene *scene)
{
    assert_ok(ltn_server_set(scene->rig.server, "require_validator_permit", "true", NULL));
    assert_ok(ltn_server_resolve_permits(scene->rig.server, 0, question_stops, scene, NULL, NULL));
}

static void a_resolver_of_permits_may_stop_everything(void **state)
{
    (void)state;
    with_handler(install_permits, 0);
}

static void sign_and_stop(ltn_op *question, void *user_data)
{
    stop_once(user_data);
    rig_sign_now(question, (void *)2);
}

static void a_signer_may_stop_everything(void **state)
{
    int round;
    (void)state;
    for (round = 0; round < ROUNDS; ++round) {
        scene scene;
        memset(&scene, 0, sizeof scene);
        rig_make(&scene.rig);
        ltn_client_free(scene.rig.client);
        ltn_signer_free(scene.rig.client_signer);
        scene.rig.client_signer = rig_callback_signer(2, sign_and_stop, &scene, NULL);
        assert_ok(ltn_client_new(&scene.rig.client, scene.rig.runtime, scene.rig.client_signer,
                                 NULL));
        start(&scene);
        assert_ends(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_line_may_stop_everything),
        cmocka_unit_test(the_end_of_a_call_may_stop_everything),
        cmocka_unit_test(a_question_may_stop_everything),
        cmocka_unit_test(a_readable_stream_may_stop_everything),
        cmocka_unit_test(the_news_that_one_has_closed_may_stop_the_others),
        cmocka_unit_test(a_handler_may_stop_everything),
        cmocka_unit_test(a_handler_in_the_middle_of_its_stream_may_stop_everything),
        cmocka_unit_test(an_observer_of_handshakes_may_stop_everything),
        cmocka_unit_test(a_resolver_of_permits_may_stop_everything),
        cmocka_unit_test(a_signer_may_stop_everything),
    };
    return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
