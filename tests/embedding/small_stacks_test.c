/* Hosts whose threads have 64 KiB of stack: what runs on the caller's thread must fit. */
#define _GNU_SOURCE
#include "../abi/rig.h"

#include <pthread.h>
#include <string.h>

#define STACK_BYTES (64 * 1024)
#define THREADS 16

static void on_small_stacks(void *(*body)(void *), void *data, int count)
{
    pthread_t threads[THREADS];
    pthread_attr_t attributes;
    int i;
    assert_int_equal(0, pthread_attr_init(&attributes));
    assert_int_equal(0, pthread_attr_setstacksize(&attributes, STACK_BYTES));
    for (i = 0; i < count; ++i) {
        assert_int_equal(0, pthread_create(&threads[i], &attributes, body, data));
    }
    for (i = 0; i < count; ++i) {
        void *failed = (void *)"not run";
        assert_int_equal(0, pthread_join(threads[i], &failed));
        assert_null(failed);
    }
    (void)pthread_attr_destroy(&attributes);
}

static void *life_of_a_pair(void *data)
{
    rig rig;
    int i;
    (void)data;
    rig_start(&rig);
    for (i = 0; i < 5; ++i) rig_assert_echo(&rig);
    rig_end(&rig);
    return NULL;
}

static void a_client_and_a_server_live_on_a_stack_of_64_kib(void **state)
{
    (void)state;
    on_small_stacks(life_of_a_pair, NULL, 8);
}

/* The thread that waits does the network work of the client: dial, TLS, signatures. Each is somebody
 * else: a hotkey has one connection. */
static void *dial_and_call(void *data)
{
    static uint8_t taken = 10;
    const rig *server = data;
    ltn_signer *signer = rig_signer(__atomic_add_fetch(&taken, 1, __ATOMIC_SEQ_CST));
    ltn_client *client = NULL;
    rig mine = *server;
    int i;
    assert_ok(ltn_client_new(&client, NULL, signer, NULL));
    assert_ok(ltn_client_start(client, NULL));
    mine.client = client;
    for (i = 0; i < 20; ++i) rig_assert_echo(&mine);
    assert_ok(ltn_client_stop(client));
    assert_ok(ltn_client_wait(client, RIG_LONG_MS));
    ltn_client_free(client);
    ltn_signer_free(signer);
    return NULL;
}

static void threads_of_64_kib_that_wait_carry_a_whole_connection(void **state)
{
    rig rig;
    (void)state;
    rig_make(&rig);
    assert_ok(ltn_server_set(rig.server, "max_unauthenticated_per_source", "100", NULL));
    rig_run(&rig);
    on_small_stacks(dial_and_call, &rig, THREADS);
    rig_end(&rig);
}

/* The host's own loop: everything, upcalls and the server's side of the handshake included, runs here. */
static void *drive_it_all(void *data)
{
    ltn_runtime *runtime = NULL;
    rig rig;
    ltn_op *op;
    (void)data;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_HOST, NULL));
    rig_start_on(&rig, runtime);
    op = rig_submit(&rig, "echo", RIG_LONG_MS);
    while (ltn_op_status(op) == LTN_ERR_PENDING) assert_ok(ltn_runtime_step(runtime, 100));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);
    assert_ok(ltn_runtime_stop(runtime));
    while (ltn_runtime_wait(runtime, 0) == LTN_ERR_PENDING) assert_ok(ltn_runtime_step(runtime, 100));
    rig_end(&rig);
    return NULL;
}

static void a_loop_driven_by_the_host_fits_a_stack_of_64_kib(void **state)
{
    (void)state;
    on_small_stacks(drive_it_all, NULL, 4);
}

static void *keys_and_settings(void *data)
{
    uint8_t seed[LTN_SEED_LEN];
    uint8_t key[LTN_KEY_LEN];
    uint8_t signature[LTN_SIGNATURE_LEN];
    char text[LTN_HOTKEY_TEXT_SIZE];
    ltn_config *config = NULL;
    ltn_signer *signer = rig_signer(4);
    (void)data;
    assert_ok(ltn_seed_generate(seed));
    assert_ok(ltn_signer_public_key(signer, key));
    assert_ok(ltn_hotkey_encode(text, sizeof text, NULL, key));
    assert_ok(ltn_hotkey_decode(key, text, 0, NULL));
    assert_ok(ltn_signer_sign(signer, signature, (const uint8_t *)"m", 1));
    assert_ok(ltn_signature_verify(key, (const uint8_t *)"m", 1, signature, sizeof signature));
    assert_ok(ltn_config_load(&config, NULL, NULL));
    assert_ok(ltn_config_check(config, NULL));
    ltn_config_free(config);
    ltn_signer_free(signer);
    return NULL;
}

static void keys_signatures_and_settings_fit_a_stack_of_64_kib(void **state)
{
    (void)state;
    on_small_stacks(keys_and_settings, NULL, THREADS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_and_a_server_live_on_a_stack_of_64_kib),
        cmocka_unit_test(threads_of_64_kib_that_wait_carry_a_whole_connection),
        cmocka_unit_test(a_loop_driven_by_the_host_fits_a_stack_of_64_kib),
        cmocka_unit_test(keys_signatures_and_settings_fit_a_stack_of_64_kib),
    };
    return cmocka_run_group_tests_name("small_stacks", tests, NULL, NULL);
}
