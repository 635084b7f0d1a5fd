/* The registry and admission through the public header. */
#include "rig.h"

#include <stdio.h>
#include <string.h>

static void hotkey_of(char out[LTN_HOTKEY_TEXT_SIZE], uint8_t number)
{
    uint8_t key[LTN_KEY_LEN];
    rig_key(key, number);
    assert_ok(ltn_hotkey_encode(out, LTN_HOTKEY_TEXT_SIZE, NULL, key));
}

static ltn_op* set_registry(const rig* rig, const ltn_registry_entry* entries, size_t count)
{
    ltn_op* op = NULL;
    assert_ok(ltn_client_registry_set(rig->client, &op, entries, count, sizeof entries[0], NULL));
    assert_int_equal(LTN_OP_REGISTRY, ltn_op_kind(op));
    return op;
}

static void every_entry_has_an_outcome_and_wrong_ones_cost_only_themselves(void** state)
{
    rig rig;
    char good[LTN_HOTKEY_TEXT_SIZE];
    char false_claim[LTN_HOTKEY_TEXT_SIZE];
    ltn_error* error = ltn_error_new();
    ltn_peer_list* peers = NULL;
    ltn_peer peer = {.size = sizeof peer};
    ltn_status outcome = LTN_OK;
    size_t ready = 0;
    ltn_call call;
    ltn_op* op;
    (void)state;
    rig_start(&rig);
    hotkey_of(good, 1);
    hotkey_of(false_claim, 7);
    {
        const ltn_registry_entry entries[] = {
            {good, rig.address},          {false_claim, rig.address}, {"5notakey", rig.address},
            {false_claim, "127.0.0.1:0"}, {good, "no port here"},     {NULL, rig.address},
        };
        op = set_registry(&rig, entries, sizeof entries / sizeof entries[0]);
        assert_ok(ltn_op_wait(op, RIG_LONG_MS));
        assert_ok(ltn_op_status(op));
        assert_ok(ltn_op_outcome(op, &outcome, 0, error));
        assert_ok(outcome);
        for (size_t i = 1; i < sizeof entries / sizeof entries[0]; ++i) {
            assert_ok(ltn_op_outcome(op, &outcome, i, error));
            assert_int_not_equal(LTN_OK, outcome);
            assert_true(strlen(ltn_error_text(error)) > 0);
        }
        assert_status(LTN_ERR_OUT_OF_RANGE, ltn_op_outcome(op, &outcome, 6, error));
    }
    ltn_op_free(op);

    assert_ok(ltn_client_peers(rig.client, &peers, NULL));
    for (size_t i = 0; i < ltn_peer_list_count(peers); ++i) {
        assert_ok(ltn_peer_list_get(peers, &peer, i));
        assert_true(strlen(peer.hotkey) > 0 && strlen(peer.address) > 0);
        ready += peer.state == LTN_PEER_READY;
    }
    assert_int_equal(1, ready);
    assert_status(LTN_ERR_OUT_OF_RANGE, ltn_peer_list_get(peers, &peer, 99));
    ltn_peer_list_free(peers);

    /* The registry knows the way now. */
    call = rig_call(&rig, "echo");
    call.address = NULL;
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    ltn_op_free(op);

    assert_ok(ltn_server_peers(rig.server, &peers, NULL));
    assert_int_equal(1, ltn_peer_list_count(peers));
    ltn_peer_list_free(peers);
    ltn_error_free(error);
    rig_end(&rig);
}

static void a_call_without_address_for_a_stranger_says_that_none_is_registered(void** state)
{
    rig rig;
    ltn_error* error = ltn_error_new();
    ltn_call call;
    ltn_op* op = NULL;
    (void)state;
    rig_start(&rig);
    call = rig_call(&rig, "echo");
    call.address = NULL;
    assert_ok(ltn_client_call(rig.client, &op, &call, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_status(LTN_ERR_RESOLVE, ltn_op_status(op));
    assert_ok(ltn_op_error(op, error));
    assert_non_null(strstr(ltn_error_text(error), "no address is registered"));
    ltn_op_free(op);
    ltn_error_free(error);
    rig_end(&rig);
}

static void an_update_under_way_when_the_client_stops_still_ends_promise_R1(void** state)
{
    rig rig;
    char good[LTN_HOTKEY_TEXT_SIZE];
    ltn_op* op;
    (void)state;
    rig_start(&rig);
    hotkey_of(good, 1);
    {
        const ltn_registry_entry entries[] = {{good, "127.0.0.1:9"}};
        op = set_registry(&rig, entries, 1);
    }
    assert_ok(ltn_client_stop(rig.client));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_status(LTN_ERR_SHUTDOWN, ltn_op_status(op));
    ltn_op_free(op);
    rig_end(&rig);
}

static void answer_permits(ltn_op* question, void* user_data)
{
    uint8_t keys[2 * LTN_KEY_LEN];
    int* asked = user_data;
    assert_int_equal(LTN_OP_PERMITS, ltn_op_kind(question));
    rig_key(keys, 2);
    rig_key(keys + LTN_KEY_LEN, 3);
    assert_status(LTN_ERR_MALFORMED, ltn_op_complete(question, keys, 31, NULL));
    assert_ok(ltn_op_complete(question, keys, sizeof keys, NULL));
    ltn_op_free(question);
    __atomic_fetch_add(asked, 1, __ATOMIC_SEQ_CST);
}

static void only_permitted_keys_are_admitted(void** state)
{
    rig rig;
    int asked = 0;
    uint8_t other[LTN_KEY_LEN];
    ltn_runtime* runtime = NULL;
    (void)state;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(&rig, runtime);
    assert_ok(ltn_server_set(rig.server, "require_validator_permit", "true", NULL));
    assert_ok(ltn_server_resolve_permits(rig.server, 0, answer_permits, &asked, NULL, NULL));
    rig_run(&rig);
    assert_true(rig_reaches(&asked, 1));
    rig_assert_echo(&rig);
    /* Taken away: the connected one keeps its grace, a new one is not let in. */
    rig_key(other, 9);
    assert_ok(ltn_server_set_permits(rig.server, other, 1, NULL));
    assert_status(LTN_ERR_STATE,
                  ltn_server_resolve_permits(rig.server, 0, answer_permits, &asked, NULL, NULL));
    rig_end(&rig);
}

static void sources_that_are_no_addresses_are_refused_by_name(void** state)
{
    rig rig;
    ltn_error* error = ltn_error_new();
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_set_sources(rig.server, "127.0.0.1, 10.0.0.0/8\n2001:db8::/32", error));
    assert_ok(ltn_server_set_sources(rig.server, "bypass", error));
    assert_ok(ltn_server_set_sources(rig.server, "", error));
    assert_status(LTN_ERR_MALFORMED, ltn_server_set_sources(rig.server, "10.0.0.0/33", error));
    assert_non_null(strstr(ltn_error_text(error), "10.0.0.0/33"));
    assert_status(LTN_ERR_MALFORMED, ltn_server_set_sources(rig.server, "bypass 10.0.0.1", error));
    ltn_error_free(error);
    rig_end(&rig);
}

typedef struct seen {
    int count;
    char hotkey[LTN_HOTKEY_TEXT_SIZE];
} seen;

static void note(const uint8_t key[LTN_KEY_LEN], const char* hotkey, const char* address,
                 void* user_data)
{
    seen* mine = user_data;
    (void)key;
    assert_non_null(strstr(address, "127.0.0.1:"));
    snprintf(mine->hotkey, sizeof mine->hotkey, "%s", hotkey);
    __atomic_fetch_add(&mine->count, 1, __ATOMIC_SEQ_CST);
}

static void an_observer_hears_of_every_accepted_handshake(void** state)
{
    rig rig;
    seen mine = {0, ""};
    char expected[LTN_HOTKEY_TEXT_SIZE];
    ltn_runtime* runtime = NULL;
    (void)state;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(&rig, runtime);
    assert_ok(ltn_server_observe(rig.server, note, &mine, NULL));
    rig_run(&rig);
    rig_assert_echo(&rig);
    assert_true(rig_reaches(&mine.count, 1));
    hotkey_of(expected, 2);
    assert_string_equal(expected, mine.hotkey);
    rig_end(&rig);
}

static void a_sweep_closes_who_sent_nothing(void** state)
{
    rig rig;
    uint64_t count = 0;
    (void)state;
    rig_start(&rig);
    rig_assert_echo(&rig);
    assert_ok(ltn_server_sweep(rig.server, &count, 3600000));
    assert_int_equal(0, count);
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_server_sweep(rig.server, &count, -1));
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_has_an_outcome_and_wrong_ones_cost_only_themselves),
        cmocka_unit_test(a_call_without_address_for_a_stranger_says_that_none_is_registered),
        cmocka_unit_test(an_update_under_way_when_the_client_stops_still_ends_promise_R1),
        cmocka_unit_test(only_permitted_keys_are_admitted),
        cmocka_unit_test(sources_that_are_no_addresses_are_refused_by_name),
        cmocka_unit_test(an_observer_hears_of_every_accepted_handshake),
        cmocka_unit_test(a_sweep_closes_who_sent_nothing),
    };
    return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
