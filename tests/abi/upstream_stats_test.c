/* The original's statistics: the names it gives them, with texts as values. */
#include "rig.h"

#include <string.h>

/* NULL without such a name. */
static const char* value_of(const ltn_text_map* map, const char* name)
{
    size_t i;
    for (i = 0; i < ltn_text_map_count(map); ++i) {
        const char* key = NULL;
        const char* value = NULL;
        assert_ok(ltn_text_map_get(map, &key, &value, i));
        if (strcmp(key, name) == 0) return value;
    }
    return NULL;
}

static ltn_text_map* of_client(const rig* rig)
{
    ltn_text_map* map = NULL;
    assert_ok(ltn_client_connection_stats(rig->client, &map, NULL));
    return map;
}

static ltn_text_map* of_server(const rig* rig)
{
    ltn_text_map* map = NULL;
    assert_ok(ltn_server_connection_stats(rig->server, &map, NULL));
    return map;
}

static void both_totals_are_the_text_0_before_anything_is_connected(void** state)
{
    rig rig;
    ltn_runtime* runtime = NULL;
    ltn_text_map* map;
    int started;
    (void)state;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(&rig, runtime);
    for (started = 0; started < 2; ++started) {
        map = of_client(&rig);
        assert_int_equal(2, ltn_text_map_count(map));
        assert_string_equal("0", value_of(map, "total_connections"));
        assert_string_equal("0", value_of(map, "active_miners"));
        ltn_text_map_free(map);
        map = of_server(&rig);
        assert_int_equal(2, ltn_text_map_count(map));
        assert_string_equal("0", value_of(map, "total_connections"));
        assert_string_equal("0", value_of(map, "verified_connections"));
        ltn_text_map_free(map);
        if (started == 0) rig_run(&rig);
    }
    rig_end(&rig);
}

static void connected_peers_are_told_by_address_and_by_hotkey(void** state)
{
    rig rig;
    char name[128] = "connection_";
    uint8_t key[LTN_KEY_LEN];
    ltn_text_map* map;
    const char* first = NULL;
    const char* value = NULL;
    (void)state;
    rig_start(&rig);
    rig_assert_echo(&rig);
    map = of_client(&rig);
    assert_int_equal(3, ltn_text_map_count(map));
    assert_string_equal("1", value_of(map, "total_connections"));
    assert_string_equal("1", value_of(map, "active_miners"));
    strcat(name, rig.address);
    assert_string_equal("active", value_of(map, name));
    /* In the order of the names. */
    assert_ok(ltn_text_map_get(map, &first, &value, 0));
    assert_string_equal("active_miners", first);
    assert_status(LTN_ERR_OUT_OF_RANGE, ltn_text_map_get(map, &first, &value, 3));
    ltn_text_map_free(map);

    map = of_server(&rig);
    assert_int_equal(3, ltn_text_map_count(map));
    assert_string_equal("1", value_of(map, "total_connections"));
    assert_string_equal("1", value_of(map, "verified_connections"));
    rig_key(key, 2);
    strcpy(name, "connection_");
    assert_ok(ltn_hotkey_encode(name + strlen(name), LTN_HOTKEY_TEXT_SIZE, NULL, key));
    assert_non_null(value_of(map, name));
    assert_true(strspn(value_of(map, name), "0123456789") == strlen(value_of(map, name)));
    ltn_text_map_free(map);
    rig_end(&rig);
}

static void a_registered_peer_that_refuses_is_told_as_closed_with_the_reason(void** state)
{
    rig rig;
    char hotkey[LTN_HOTKEY_TEXT_SIZE];
    char name[128] = "connection_";
    uint8_t key[LTN_KEY_LEN];
    ltn_registry_entry entry;
    ltn_op* op = NULL;
    ltn_text_map* map;
    (void)state;
    rig_start(&rig);
    /* The server there has another key. */
    rig_key(key, 9);
    assert_ok(ltn_hotkey_encode(hotkey, sizeof hotkey, NULL, key));
    entry.hotkey = hotkey;
    entry.address = rig.address;
    assert_ok(ltn_client_registry_set(rig.client, &op, &entry, 1, sizeof entry, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    ltn_op_free(op);
    map = of_client(&rig);
    strcat(name, rig.address);
    assert_non_null(value_of(map, name));
    assert_int_equal(0, strncmp(value_of(map, name), "closed(", 7));
    assert_string_equal("0", value_of(map, "active_miners"));
    assert_string_equal("1", value_of(map, "total_connections"));
    ltn_text_map_free(map);
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_totals_are_the_text_0_before_anything_is_connected),
        cmocka_unit_test(connected_peers_are_told_by_address_and_by_hotkey),
        cmocka_unit_test(a_registered_peer_that_refuses_is_told_as_closed_with_the_reason),
    };
    return cmocka_run_group_tests_name("upstream_stats", tests, NULL, NULL);
}
