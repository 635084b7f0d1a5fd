/* Where peers come from: what is listed, learned and blocked, and what a later run is told. */
#include "rig.h"

#include <string.h>

static ltn_source_list* picture(ltn_server* server)
{
    ltn_source_list* list = NULL;
    assert_ok(ltn_server_sources(server, &list, NULL));
    assert_non_null(list);
    return list;
}

/* The index of the row, -1 without. */
static int find(const ltn_source_list* list, int32_t kind, const char* prefix, ltn_source* row)
{
    size_t i;
    for (i = 0; i < ltn_source_list_count(list); ++i) {
        memset(row, 0, sizeof *row);
        row->size = sizeof *row;
        assert_ok(ltn_source_list_get(list, row, i));
        if (row->kind == kind && strcmp(row->prefix, prefix) == 0) return (int)i;
    }
    return -1;
}

static void hotkey_of(char out[LTN_HOTKEY_TEXT_SIZE], uint8_t number)
{
    uint8_t key[LTN_KEY_LEN];
    rig_key(key, number);
    assert_ok(ltn_hotkey_encode(out, LTN_HOTKEY_TEXT_SIZE, NULL, key));
}

static void who_proved_itself_and_what_is_listed_and_blocked_are_told(void** state)
{
    rig rig;
    ltn_source row;
    ltn_source_list* list;
    char hotkey[LTN_HOTKEY_TEXT_SIZE];
    (void)state;
    rig_start(&rig);
    list = picture(rig.server);
    assert_int_equal(0, ltn_source_list_count(list));
    ltn_source_list_free(list);
    assert_ok(
        ltn_server_set_sources(rig.server, "10.0.0.0/8 !203.0.113.0/24, !2001:db8::/32", NULL));
    rig_assert_echo(&rig);
    list = picture(rig.server);
    assert_int_equal(4, ltn_source_list_count(list));
    assert_true(find(list, LTN_SOURCE_LISTED, "10.0.0.0/8", &row) >= 0);
    assert_null(row.hotkey);
    assert_int_equal(-1, row.age_ms);
    assert_true(find(list, LTN_SOURCE_BLOCKED, "203.0.113.0/24", &row) >= 0);
    assert_true(find(list, LTN_SOURCE_BLOCKED, "2001:db8::/32", &row) >= 0);
    assert_true(find(list, LTN_SOURCE_LEARNED, "127.0.0.1/32", &row) >= 0);
    hotkey_of(hotkey, 2);
    assert_string_equal(hotkey, row.hotkey);
    assert_true(row.age_ms >= 0 && row.age_ms < RIG_LONG_MS);
    row.size = sizeof row;
    assert_status(LTN_ERR_OUT_OF_RANGE, ltn_source_list_get(list, &row, 4));
    row.size = 4;
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_source_list_get(list, &row, 0));
    ltn_source_list_free(list);
    rig_end(&rig);
}

static void a_blocked_source_is_not_heard_even_with_a_bypass(void** state)
{
    rig rig;
    uint64_t dropped = 0;
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_set_sources(rig.server, "bypass !127.0.0.0/8", NULL));
    assert_status(LTN_ERR_DEADLINE, rig_try(&rig, "echo", 300));
    assert_ok(ltn_server_stat(rig.server, &dropped, "dropped_source"));
    assert_true(dropped > 0);
    rig_end(&rig);
}

static void what_an_earlier_run_learned_is_known_from_the_start(void** state)
{
    rig rig;
    uint8_t key[LTN_KEY_LEN];
    ltn_source row;
    ltn_source_list* list;
    uint64_t hotkeys = 0;
    const int64_t day_ms = INT64_C(24) * 3600 * 1000;
    (void)state;
    rig_make(&rig);
    rig_key(key, 7);
    assert_ok(ltn_server_learn_source(rig.server, key, "192.0.2.7", 3 * day_ms, NULL));
    assert_ok(ltn_server_learn_source(rig.server, key, "192.0.2.7/32", 5 * day_ms, NULL));
    assert_ok(ltn_server_learn_source(rig.server, key, "192.0.2.8/32", 8 * day_ms, NULL));
    rig_run(&rig);
    assert_ok(ltn_server_stat(rig.server, &hotkeys, "roster_hotkeys"));
    assert_int_equal(1, hotkeys);
    rig_key(key, 8);
    assert_ok(ltn_server_learn_source(rig.server, key, "2001:db8:1:2::/64", 0, NULL));
    list = picture(rig.server);
    assert_int_equal(2, ltn_source_list_count(list));
    /* The later sight counts. */
    assert_true(find(list, LTN_SOURCE_LEARNED, "192.0.2.7/32", &row) >= 0);
    assert_true(row.age_ms >= 3 * day_ms && row.age_ms < 3 * day_ms + RIG_LONG_MS);
    assert_true(find(list, LTN_SOURCE_LEARNED, "2001:db8:1:2::/64", &row) >= 0);
    ltn_source_list_free(list);
    rig_end(&rig);
}

static void an_hour_old_machine_remembers_sources_of_days_ago(void** state)
{
    /* A virtual clock begins near 0: ages reach back to before it. */
    rig rig;
    ltn_runtime* runtime = NULL;
    uint8_t key[LTN_KEY_LEN];
    ltn_source row;
    ltn_source_list* list;
    const int64_t day_ms = INT64_C(24) * 3600 * 1000;
    (void)state;
    assert_ok(ltn_testing_runtime_new(&runtime, 1, NULL));
    rig_make_on(&rig, runtime);
    assert_ok(ltn_server_set(rig.server, "listen", "192.0.2.1:4433", NULL));
    rig_key(key, 7);
    assert_ok(ltn_server_learn_source(rig.server, key, "192.0.2.7", 6 * day_ms, NULL));
    assert_ok(ltn_server_start(rig.server, NULL));
    list = picture(rig.server);
    assert_true(find(list, LTN_SOURCE_LEARNED, "192.0.2.7/32", &row) >= 0);
    assert_true(row.age_ms >= 6 * day_ms);
    ltn_source_list_free(list);
    rig_end(&rig);
}

static void sources_that_cannot_be_learned_are_refused_by_name(void** state)
{
    rig rig;
    uint8_t key[LTN_KEY_LEN];
    ltn_error* error = ltn_error_new();
    (void)state;
    rig_make(&rig);
    rig_key(key, 7);
    assert_status(LTN_ERR_MALFORMED,
                  ltn_server_learn_source(rig.server, key, "10.0.0.0/8", 0, error));
    assert_non_null(strstr(ltn_error_text(error), "10.0.0.0/8"));
    assert_status(LTN_ERR_MALFORMED, ltn_server_learn_source(rig.server, key, "nowhere", 0, error));
    assert_status(LTN_ERR_INVALID_ARGUMENT,
                  ltn_server_learn_source(rig.server, key, "10.0.0.1", -1, error));
    ltn_error_free(error);
    rig_end(&rig);
}

static void a_roster_has_room_for_so_many_hotkeys_and_says_so(void** state)
{
    rig rig;
    uint8_t key[LTN_KEY_LEN] = {0};
    uint64_t hotkeys = 0;
    int i;
    (void)state;
    rig_start(&rig);
    for (i = 0; i < 4096; ++i) {
        key[0] = (uint8_t)i;
        key[1] = (uint8_t)(i >> 8);
        assert_ok(ltn_server_learn_source(rig.server, key, "192.0.2.7", 0, NULL));
    }
    key[2] = 1;
    assert_status(LTN_ERR_FULL, ltn_server_learn_source(rig.server, key, "192.0.2.7", 0, NULL));
    assert_ok(ltn_server_stat(rig.server, &hotkeys, "roster_hotkeys"));
    assert_int_equal(4096, hotkeys);
    rig_end(&rig);
}

static void no_picture_is_given_before_start_and_after_stop(void** state)
{
    rig rig;
    ltn_source_list* list = NULL;
    (void)state;
    rig_make(&rig);
    assert_status(LTN_ERR_STATE, ltn_server_sources(rig.server, &list, NULL));
    rig_run(&rig);
    assert_ok(ltn_server_stop(rig.server));
    assert_status(LTN_ERR_CLOSED, ltn_server_sources(rig.server, &list, NULL));
    assert_null(list);
    assert_int_equal(0, ltn_source_list_count(NULL));
    ltn_source_list_free(NULL);
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_server_sources(NULL, &list, NULL));
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_proved_itself_and_what_is_listed_and_blocked_are_told),
        cmocka_unit_test(a_blocked_source_is_not_heard_even_with_a_bypass),
        cmocka_unit_test(what_an_earlier_run_learned_is_known_from_the_start),
        cmocka_unit_test(an_hour_old_machine_remembers_sources_of_days_ago),
        cmocka_unit_test(sources_that_cannot_be_learned_are_refused_by_name),
        cmocka_unit_test(a_roster_has_room_for_so_many_hotkeys_and_says_so),
        cmocka_unit_test(no_picture_is_given_before_start_and_after_stop),
    };
    return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
