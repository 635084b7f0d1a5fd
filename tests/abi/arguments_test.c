/* Every exported function with what it must refuse: NULL, unknown names, values out of range. */
#include "rig.h"

#include <string.h>

#define refused(expression) assert_status(LTN_ERR_INVALID_ARGUMENT, expression)

static void every_object_has_a_free_that_accepts_null_promise_R5(void **state)
{
    (void)state;
    ltn_error_free(NULL);
    ltn_error_clear(NULL);
    ltn_bytes_free(NULL);
    ltn_signer_free(NULL);
    ltn_runtime_free(NULL);
    ltn_queue_free(NULL);
    ltn_op_free(NULL);
    ltn_client_free(NULL);
    ltn_server_free(NULL);
}

static void null_is_refused_by_every_function_promise_E2(void **state)
{
    uint8_t key[LTN_KEY_LEN];
    uint8_t signature[LTN_SIGNATURE_LEN] = {0};
    uint8_t seed[LTN_SEED_LEN] = {0};
    char text[8];
    const char *got = NULL;
    const uint8_t *data = NULL;
    size_t len = 0;
    int64_t number = 0;
    uint64_t count = 0;
    int32_t fd = -1;
    ltn_event event;
    ltn_op *op = NULL;
    ltn_bytes *bytes = NULL;
    ltn_signer *signer = rig_signer(1);
    ltn_runtime *runtime = NULL;
    ltn_queue *queue = NULL;
    ltn_client *client = NULL;
    ltn_server *server = NULL;
    ltn_call call;
    ltn_peer_list *peers = NULL;
    ltn_peer peer;
    ltn_status outcome = LTN_OK;
    (void)state;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    assert_ok(ltn_queue_new(&queue, 0, NULL));
    assert_ok(ltn_client_new(&client, runtime, signer, NULL));
    assert_ok(ltn_server_new(&server, runtime, signer, NULL));
    rig_key(key, 1);
    assert_ok(ltn_call_init(&call, sizeof call));

    refused(ltn_constant(NULL, "LTN_OK"));
    refused(ltn_constant(&number, NULL));
    refused(ltn_constant(&number, "LTN_NO_SUCH"));
    refused(ltn_error_status(NULL));
    assert_string_equal("", ltn_error_text(NULL));
    assert_int_equal(LTN_CATEGORY_LOCAL, ltn_error_category(NULL));
    assert_int_equal(0, ltn_error_retriable(NULL));

    refused(ltn_bytes_new(NULL, seed, 1));
    refused(ltn_bytes_new(&bytes, NULL, 1));
    refused(ltn_bytes_lend(NULL, seed, 1, NULL, NULL));
    refused(ltn_bytes_lend(&bytes, NULL, 1, NULL, NULL));
    assert_null(ltn_bytes_data(NULL));
    assert_int_equal(0, ltn_bytes_len(NULL));
    assert_null(ltn_bytes_retain(NULL));

    refused(ltn_seed_generate(NULL));
    refused(ltn_hotkey_encode(NULL, 64, NULL, key));
    refused(ltn_hotkey_encode(text, sizeof text, NULL, NULL));
    refused(ltn_hotkey_decode(NULL, "5", 0, NULL));
    refused(ltn_hotkey_decode(key, NULL, 0, NULL));
    refused(ltn_hotkey_decode(key, "5", 0x80, NULL));
    refused(ltn_signature_verify(NULL, seed, 1, signature, sizeof signature));
    refused(ltn_signature_verify(key, NULL, 1, signature, sizeof signature));
    refused(ltn_signature_verify(key, seed, 1, NULL, sizeof signature));
    refused(ltn_key_file_write(NULL, seed, 0, NULL));
    refused(ltn_key_file_write("x", NULL, 0, NULL));
    refused(ltn_key_file_write("x", seed, 0x80, NULL));

    refused(ltn_signer_new_seed(NULL, seed, NULL));
    {
        ltn_signer *none = signer;
        refused(ltn_signer_new_seed(&none, NULL, NULL));
        assert_null(none);
    }
    refused(ltn_signer_new_key_file(NULL, "x", NULL));
    refused(ltn_signer_new_callback(NULL, key, rig_echo, NULL, NULL, NULL));
    refused(ltn_signer_new_queue(NULL, key, queue, 0, NULL));
    refused(ltn_signer_public_key(NULL, key));
    refused(ltn_signer_public_key(signer, NULL));

    refused(ltn_runtime_new(NULL, LTN_DRIVE_THREAD, NULL));
    refused(ltn_runtime_set(NULL, "spin_us", "0", NULL));
    refused(ltn_runtime_set(runtime, NULL, "0", NULL));
    refused(ltn_runtime_set(runtime, "spin_us", NULL, NULL));
    refused(ltn_runtime_set_log(NULL, LTN_LOG_INFO, NULL, NULL, NULL));
    refused(ltn_runtime_set_log(runtime, 0, NULL, NULL, NULL));
    refused(ltn_runtime_set_log(runtime, 5, NULL, NULL, NULL));
    refused(ltn_runtime_descriptor(NULL, &fd));
    refused(ltn_runtime_descriptor(runtime, NULL));
    refused(ltn_runtime_deadline_ms(NULL, &number));
    refused(ltn_runtime_deadline_ms(runtime, NULL));
    refused(ltn_runtime_step(NULL, 0));
    refused(ltn_runtime_stop(NULL));
    refused(ltn_runtime_wait(NULL, 0));
    refused(ltn_testing_runtime_new(NULL, 0, NULL));
    refused(ltn_testing_runtime_now_ns(NULL, &count));
    refused(ltn_testing_runtime_now_ns(runtime, NULL));
    refused(ltn_testing_runtime_set_loss(NULL, 0));

    refused(ltn_queue_new(NULL, 0, NULL));
    refused(ltn_queue_descriptor(NULL, &fd));
    refused(ltn_queue_descriptor(queue, NULL));
    refused(ltn_queue_drain(NULL, &event, &len, 1, sizeof event));
    refused(ltn_queue_drain(queue, NULL, &len, 1, sizeof event));
    refused(ltn_queue_drain(queue, &event, NULL, 1, sizeof event));
    refused(ltn_queue_drain(queue, &event, &len, 1, 8));
    refused(ltn_queue_wait(NULL, 0));
    refused(ltn_queue_close(NULL));

    refused(ltn_op_wait(NULL, 0));
    refused(ltn_op_status(NULL));
    refused(ltn_op_error(NULL, NULL));
    assert_int_equal(0, ltn_op_kind(NULL));
    assert_int_equal(0, ltn_op_tag(NULL));
    assert_null(ltn_op_user_data(NULL));
    refused(ltn_op_data(NULL, &data, &len));
    refused(ltn_op_data_retain(NULL, &bytes));
    refused(ltn_op_number(NULL, &number, LTN_DETAIL_RTT_NS));
    refused(ltn_op_text(NULL, &got, &len, LTN_DETAIL_TYPE));
    refused(ltn_op_peer(NULL, key));
    refused(ltn_op_cancel(NULL));
    refused(ltn_op_complete(NULL, NULL, 0, NULL));
    refused(ltn_op_complete_bytes(NULL, NULL, NULL));
    refused(ltn_op_fail(NULL, NULL));
    refused(ltn_op_read(NULL, &bytes, 0));
    refused(ltn_op_send(NULL, seed, 1, 0, NULL));
    refused(ltn_op_end(NULL, NULL));
    refused(ltn_op_send_bytes(NULL, NULL, 0, NULL));
    refused(ltn_op_outcome(NULL, &outcome, 0, NULL));

    refused(ltn_call_init(NULL, sizeof call));
    refused(ltn_call_init(&call, sizeof call - 1));
    refused(ltn_client_new(NULL, runtime, signer, NULL));
    ltn_client_free(client);
    refused(ltn_client_new(&client, runtime, NULL, NULL));
    assert_null(client);
    refused(ltn_server_new(NULL, runtime, signer, NULL));
    ltn_server_free(server);
    refused(ltn_server_new(&server, runtime, NULL, NULL));
    assert_null(server);
    refused(ltn_client_set(NULL, "max_calls", "1", NULL));
    refused(ltn_client_deliver_queue(NULL, queue));
    refused(ltn_client_start(NULL, NULL));
    refused(ltn_client_call(NULL, &op, &call, NULL));
    refused(ltn_client_connect(NULL, &op, &call, NULL));
    refused(ltn_client_open(NULL, &op, &call, NULL));
    refused(ltn_client_registry_set(NULL, &op, NULL, 0, sizeof(ltn_registry_entry), NULL));
    refused(ltn_client_peers(NULL, &peers, NULL));
    assert_int_equal(0, ltn_peer_list_count(NULL));
    refused(ltn_peer_list_get(NULL, &peer, 0));
    refused(ltn_client_stat(NULL, &count, "calls_ok"));
    refused(ltn_client_stop(NULL));
    refused(ltn_client_wait(NULL, 0));
    refused(ltn_server_set(NULL, "listen", "1", NULL));
    refused(ltn_server_deliver_queue(NULL, queue));
    refused(ltn_server_deliver_upcall(NULL, NULL, NULL, NULL));
    refused(ltn_server_handle(NULL, "x", 0, rig_echo, NULL, NULL, NULL));
    refused(ltn_server_handle_stream(NULL, "x", 0, rig_echo, NULL, NULL, NULL));
    refused(ltn_server_unhandle(NULL, "x"));
    refused(ltn_server_set_permits(NULL, NULL, 0, NULL));
    refused(ltn_server_resolve_permits(NULL, 0, rig_echo, NULL, NULL, NULL));
    refused(ltn_server_set_sources(NULL, "bypass", NULL));
    refused(ltn_server_resolve_sources(NULL, 0, rig_echo, NULL, NULL, NULL));
    refused(ltn_server_learn_source(NULL, NULL, "x", 0, NULL));
    refused(ltn_server_connection_stats(NULL, NULL, NULL));
    refused(ltn_client_connection_stats(NULL, NULL, NULL));
    refused(ltn_text_map_get(NULL, NULL, NULL, 0));
    refused(ltn_source_list_get(NULL, NULL, 0));
    refused(ltn_server_observe(NULL, NULL, NULL, NULL));
    refused(ltn_server_peers(NULL, &peers, NULL));
    refused(ltn_server_sweep(NULL, &count, 0));
    refused(ltn_server_start(NULL, NULL));
    refused(ltn_server_address(NULL, text, sizeof text, NULL));
    refused(ltn_server_stat(NULL, &count, "requests"));
    refused(ltn_server_stop(NULL));
    refused(ltn_server_wait(NULL, 0));
    ltn_signer_free(signer);
    ltn_queue_free(queue);
    ltn_runtime_free(runtime);
}

static void a_call_with_holes_is_refused_before_anything_leaves(void **state)
{
    static const uint8_t array[] = {0x90};
    static uint8_t large[2000] = {0x81, 0xa1, 'b', 0xc5, 0x07, 0xca};
    rig rig;
    ltn_op *op = NULL;
    ltn_error *error = ltn_error_new();
    uint64_t value = 0;
    ltn_call call;
    ltn_runtime *runtime = NULL;
    (void)state;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(&rig, runtime);
    assert_ok(ltn_client_set(rig.client, "max_frame_payload_bytes", "1048576", NULL));
    rig_run(&rig);
#define bad(expected, change)                                                                   \
    call = rig_call(&rig, "echo");                                                              \
    change;                                                                                     \
    ltn_error_clear(error);                                                                     \
    assert_status(expected, ltn_client_call(rig.client, &op, &call, error));                    \
    assert_status(expected, ltn_error_status(error));                                           \
    assert_true(strlen(ltn_error_text(error)) > 0);                                             \
    assert_null(op)
    bad(LTN_ERR_INVALID_ARGUMENT, call.size = 0);
    bad(LTN_ERR_INVALID_ARGUMENT, call.size = sizeof call - 16);
    bad(LTN_ERR_INVALID_ARGUMENT, call.flags = 1);
    bad(LTN_ERR_INVALID_ARGUMENT, call.peer = NULL);
    bad(LTN_ERR_INVALID_ARGUMENT, call.type = NULL);
    bad(LTN_ERR_INVALID_ARGUMENT, call.data_len = 1);
    bad(LTN_ERR_INVALID_ARGUMENT, call.type = "\xff\xfe"; call.type_len = 2);
    bad(LTN_ERR_MALFORMED, call.data = array; call.data_len = sizeof array);
    bad(LTN_ERR_MALFORMED, call.data = large; call.data_len = 1000);
#undef bad
    call = rig_call(&rig, "echo");
    call.address = "no port here";
    assert_true(ltn_client_call(rig.client, &op, &call, error) != LTN_OK);
    assert_null(op);
    refused(ltn_client_call(rig.client, NULL, &call, NULL));
    refused(ltn_client_call(rig.client, &op, NULL, NULL));
    refused(ltn_client_stat(rig.client, NULL, "calls_ok"));
    refused(ltn_client_stat(rig.client, &value, NULL));
    assert_status(LTN_ERR_UNKNOWN_OPTION, ltn_client_stat(rig.client, &value, "nothing"));
    assert_status(LTN_ERR_UNKNOWN_OPTION, ltn_server_stat(rig.server, &value, "nothing"));
    assert_ok(ltn_client_stat(rig.client, &value, "dials"));
    assert_int_equal(0, value);
    ltn_error_free(error);
    rig_end(&rig);
}

static void a_request_above_the_frame_limit_is_refused_here(void **state)
{
    static uint8_t map[1100000];
    rig rig;
    ltn_op *op = NULL;
    ltn_call call;
    ltn_runtime *runtime = NULL;
    (void)state;
    map[0] = 0x81;
    map[1] = 0xa1;
    map[2] = 'b';
    map[3] = 0xc6;
    map[5] = (uint8_t)((sizeof map - 8) >> 16);
    map[6] = (uint8_t)((sizeof map - 8) >> 8);
    map[7] = (uint8_t)(sizeof map - 8);
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(&rig, runtime);
    assert_ok(ltn_client_set(rig.client, "max_frame_payload_bytes", "1048576", NULL));
    rig_run(&rig);
    call = rig_call(&rig, "echo");
    call.data = map;
    call.data_len = sizeof map;
    assert_status(LTN_ERR_TOO_LARGE, ltn_client_call(rig.client, &op, &call, NULL));
    assert_null(op);
    rig_end(&rig);
}

static void an_option_says_its_name_and_range_when_it_is_refused(void **state)
{
    ltn_signer *signer = rig_signer(1);
    ltn_runtime *runtime = NULL;
    ltn_client *client = NULL;
    ltn_server *server = NULL;
    ltn_error *error = ltn_error_new();
    (void)state;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    assert_ok(ltn_client_new(&client, runtime, signer, NULL));
    assert_ok(ltn_server_new(&server, runtime, signer, NULL));
    assert_status(LTN_ERR_UNKNOWN_OPTION, ltn_client_set(client, "max_frogs", "1", error));
    assert_non_null(strstr(ltn_error_text(error), "max_frogs"));
    assert_int_equal(LTN_CATEGORY_CONFIG, ltn_error_category(error));
    assert_status(LTN_ERR_UNKNOWN_OPTION, ltn_server_set(server, "", "1", error));
    assert_status(LTN_ERR_UNKNOWN_OPTION, ltn_runtime_set(runtime, "listen", "1", error));
    assert_status(LTN_ERR_OUT_OF_RANGE, ltn_client_set(client, "max_calls", "0", error));
    assert_non_null(strstr(ltn_error_text(error), "max_calls"));
    assert_status(LTN_ERR_OUT_OF_RANGE,
                  ltn_client_set(client, "connect_timeout_ms", "99999999999", error));
    assert_true(ltn_client_set(client, "max_calls", "many", error) != LTN_OK);
    assert_true(ltn_server_set(server, "listen", "nowhere", error) != LTN_OK);
    assert_true(ltn_server_set(server, "server_secret", "abcd", error) != LTN_OK);
    assert_null(strstr(ltn_error_text(error), "abcd"));
    assert_ok(ltn_client_set(client, "connect_timeout_secs", "2.5", error));
    assert_ok(ltn_client_set(client, "connect_timeout", "30s", error));
    assert_ok(ltn_runtime_set(runtime, "spin_us", "0", error));
    ltn_client_free(client);
    ltn_server_free(server);
    ltn_runtime_free(runtime);
    ltn_signer_free(signer);
    ltn_error_free(error);
}

static void keys_that_would_prove_nothing_are_refused(void **state)
{
    static const char *bad_texts[] = {"", "5", "hello world",
                                      /* The identity point under prefix 42. */
                                      "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"};
    uint8_t key[LTN_KEY_LEN];
    uint8_t again[LTN_KEY_LEN];
    uint8_t not_canonical[LTN_KEY_LEN];
    char text[LTN_HOTKEY_TEXT_SIZE];
    ltn_error *error = ltn_error_new();
    ltn_signer *signer = NULL;
    size_t len = 0;
    size_t i;
    (void)state;
    for (i = 0; i < sizeof bad_texts / sizeof bad_texts[0]; ++i) {
        assert_status(LTN_ERR_BAD_KEY, ltn_hotkey_decode(key, bad_texts[i], 0, error));
        assert_true(strlen(ltn_error_text(error)) > 0);
    }
    /* p + something: decodes to a point elsewhere, but has two spellings. */
    memset(not_canonical, 0xff, sizeof not_canonical);
    not_canonical[31] = 0x7f;
    assert_status(LTN_ERR_BAD_KEY,
                  ltn_signer_new_callback(&signer, not_canonical, rig_echo, NULL, NULL, error));
    memset(not_canonical, 0, sizeof not_canonical);
    assert_status(LTN_ERR_BAD_KEY,
                  ltn_signer_new_callback(&signer, not_canonical, rig_echo, NULL, NULL, error));
    rig_key(key, 9);
    assert_ok(ltn_hotkey_encode(text, sizeof text, &len, key));
    assert_int_equal(strlen(text), len);
    assert_ok(ltn_hotkey_decode(again, text, 0, error));
    assert_memory_equal(key, again, sizeof key);
    len = 0;
    assert_status(LTN_ERR_OUT_OF_RANGE, ltn_hotkey_encode(text, 10, &len, key));
    assert_int_equal(48, len);
    ltn_error_free(error);
}

static void errors_have_a_text_a_category_and_a_hint_promise_E1(void **state)
{
    rig rig;
    ltn_op *op = NULL;
    ltn_error *error = ltn_error_new();
    ltn_call call;
    uint8_t stranger[LTN_KEY_LEN];
    (void)state;
    assert_status(LTN_OK, ltn_error_status(error));
    assert_string_equal("", ltn_error_text(error));
    rig_start(&rig);
    /* Nobody listens there. */
    call = rig_call(&rig, "echo");
    call.address = "127.0.0.1:9";
    call.timeout_ms = 300;
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_true(ltn_op_status(op) != LTN_OK);
    assert_ok(ltn_op_error(op, error));
    assert_true(strlen(ltn_error_text(error)) > 10);
    ltn_op_free(op);
    /* Somebody else answers there. */
    rig_key(stranger, 99);
    call = rig_call(&rig, "echo");
    call.peer = stranger;
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_status(LTN_ERR_HOTKEY_MISMATCH, ltn_op_status(op));
    assert_ok(ltn_op_error(op, error));
    assert_int_equal(LTN_CATEGORY_HANDSHAKE, ltn_error_category(error));
    assert_int_equal(0, strncmp("handshake error: ", ltn_error_text(error), 17));
    assert_int_equal(0, ltn_error_retriable(error));
    ltn_op_free(op);
    /* A name that cannot be. */
    call = rig_call(&rig, "echo");
    call.address = "no-such-name.invalid:1";
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_status(LTN_ERR_RESOLVE, ltn_op_status(op));
    ltn_op_free(op);
    /* Success leaves an error as it is; clear empties it. */
    assert_ok(ltn_hotkey_decode(stranger, "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", 0,
                                error));
    assert_status(LTN_ERR_HOTKEY_MISMATCH, ltn_error_status(error));
    ltn_error_clear(error);
    assert_status(LTN_OK, ltn_error_status(error));
    ltn_error_free(error);
    rig_end(&rig);
}

static void the_library_says_what_it_is(void **state)
{
    int64_t value = 0;
    size_t i;
    (void)state;
    assert_string_equal(LTN_VERSION_TEXT, ltn_version());
    assert_int_equal(LTN_ABI_VERSION, ltn_abi_version());
    assert_string_equal("btlightning", ltn_wire_protocol());
    for (i = 0; ltn_component_name(i) != NULL; ++i) {
        assert_true(strlen(ltn_component_version(i)) > 0);
    }
    assert_true(i >= 4);
    assert_null(ltn_component_version(i));
    assert_null(ltn_constant_name(100000));
    assert_ok(ltn_constant(&value, "LTN_ERR_DEADLINE"));
    assert_int_equal(LTN_ERR_DEADLINE, value);
    assert_string_equal("deadline", ltn_status_name(LTN_ERR_DEADLINE));
    assert_string_equal("unknown", ltn_status_name(12345));
    assert_string_equal("handshake", ltn_category_name(LTN_CATEGORY_HANDSHAKE));
    assert_string_equal("unknown", ltn_category_name(-1));
    assert_int_equal(1, ltn_status_retriable(LTN_ERR_CONNECT_TIMEOUT));
    assert_int_equal(0, ltn_status_retriable(LTN_ERR_BAD_KEY));
    assert_int_equal(0, ltn_status_retriable(54321));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_object_has_a_free_that_accepts_null_promise_R5),
        cmocka_unit_test(null_is_refused_by_every_function_promise_E2),
        cmocka_unit_test(a_call_with_holes_is_refused_before_anything_leaves),
        cmocka_unit_test(a_request_above_the_frame_limit_is_refused_here),
        cmocka_unit_test(an_option_says_its_name_and_range_when_it_is_refused),
        cmocka_unit_test(keys_that_would_prove_nothing_are_refused),
        cmocka_unit_test(errors_have_a_text_a_category_and_a_hint_promise_E1),
        cmocka_unit_test(the_library_says_what_it_is),
    };
    return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
