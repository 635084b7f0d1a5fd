/* Configuration through the header: file, environment and code. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static int write_file(void** state)
{
    int fd;
    FILE* file;
    (void)state;
    (void)strcpy(path, "/tmp/ltn-config-XXXXXX");
    fd = mkstemp(path);
    if (fd < 0) return -1;
    file = fdopen(fd, "w");
    if (file == NULL) return -1;
    (void)fputs(
        "[server]\nidle_timeout_secs = 20\n[client]\nmax_calls = 10\n"
        "[runtime]\nspin_us = 0\n",
        file);
    return fclose(file);
}

static int remove_file(void** state)
{
    (void)state;
    return unlink(path);
}

static void settings_are_found_with_their_origin(void** state)
{
    ltn_config* config = NULL;
    const char* value = NULL;
    const char* origin = NULL;
    (void)state;
    assert_int_equal(0, setenv("LTN_CLIENT_MAX_CALLS", "11", 1));
    assert_ok(ltn_config_load(&config, path, NULL));
    assert_int_equal(0, unsetenv("LTN_CLIENT_MAX_CALLS"));
    assert_ok(ltn_config_get(config, &value, &origin, "server", "idle_timeout_ms"));
    assert_string_equal("20", value);
    assert_string_equal(":2", strchr(origin, ':'));
    assert_ok(ltn_config_get(config, &value, &origin, "client", "max_calls"));
    assert_string_equal("11", value);
    assert_string_equal("environment variable LTN_CLIENT_MAX_CALLS", origin);
    assert_status(LTN_ERR_EMPTY, ltn_config_get(config, NULL, NULL, "client", "idle_timeout"));
    assert_status(LTN_ERR_UNKNOWN_OPTION, ltn_config_get(config, NULL, NULL, "client", "x"));
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_config_get(config, NULL, NULL, "x", "x"));
    ltn_config_free(config);
}

static void start_names_the_line_that_breaks_a_rule_and_code_mends_it(void** state)
{
    rig rig;
    ltn_config* config = NULL;
    ltn_error* error = ltn_error_new();
    ltn_runtime* runtime = NULL;
    (void)state;
    assert_ok(ltn_config_load(&config, path, error));
    assert_status(LTN_ERR_CONFIG, ltn_config_check(config, error));
    assert_non_null(strstr(ltn_error_text(error), ":2)"));
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, error));
    rig_make_on(&rig, runtime);
    assert_ok(ltn_runtime_set_config(rig.runtime, config, error));
    assert_ok(ltn_client_set_config(rig.client, config, error));
    assert_ok(ltn_server_set(rig.server, "keep_alive_interval_secs", "19", error));
    assert_ok(ltn_server_set_config(rig.server, config, error));
    assert_status(LTN_ERR_CONFIG, ltn_server_start(rig.server, error));
    assert_non_null(strstr(ltn_error_text(error),
                           "handler_timeout_secs (30) must be less than idle_timeout_secs (20) "
                           "(idle_timeout_ms: /tmp/ltn-config-"));
    /* Code wins, also over a configuration that comes after it. */
    assert_ok(ltn_server_set(rig.server, "idle_timeout_secs", "150", error));
    assert_ok(ltn_server_set_config(rig.server, config, error));
    ltn_config_free(config);
    rig_run(&rig);
    rig_assert_echo(&rig);
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_client_set_config(rig.client, NULL, error));
    rig_end(&rig);
    ltn_error_free(error);
}

static void unreadable_file_is_named(void** state)
{
    ltn_config* config = (ltn_config*)1;
    ltn_error* error = ltn_error_new();
    (void)state;
    assert_status(LTN_ERR_IO, ltn_config_load(&config, "/nonexistent/ltn.toml", error));
    assert_null(config);
    assert_non_null(strstr(ltn_error_text(error), "/nonexistent/ltn.toml"));
    ltn_error_free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_found_with_their_origin),
        cmocka_unit_test(start_names_the_line_that_breaks_a_rule_and_code_mends_it),
        cmocka_unit_test(unreadable_file_is_named),
    };
    return cmocka_run_group_tests(tests, write_file, remove_file);
}
