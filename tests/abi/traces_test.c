/* qlog and key log: nothing unless asked for, and then for our own eyes only. */
#include "rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct folder {
    char path[64];
    char before[4096];
} folder;

static void enter_folder(folder* mine)
{
    strcpy(mine->path, "/tmp/ltn-traces-XXXXXX");
    assert_non_null(getcwd(mine->before, sizeof mine->before));
    assert_non_null(mkdtemp(mine->path));
    assert_int_equal(0, chdir(mine->path));
}

/* Calls `look` with each name; returns how many there are. */
static int each_file(const char* path, void (*look)(const char* path, void* user_data),
                     void* user_data)
{
    DIR* open = opendir(path);
    struct dirent* entry;
    char name[512];
    int count = 0;
    assert_non_null(open);
    while ((entry = readdir(open)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        ++count;
        if (look != NULL) look(name, user_data);
    }
    closedir(open);
    return count;
}

static void delete_it(const char* path, void* user_data)
{
    (void)user_data;
    assert_int_equal(0, unlink(path));
}

static void leave_folder(const folder* mine)
{
    (void)each_file(mine->path, delete_it, NULL);
    assert_int_equal(0, chdir(mine->before));
    assert_int_equal(0, rmdir(mine->path));
}

static void is_private(const char* path)
{
    struct stat info;
    assert_int_equal(0, stat(path, &info));
    assert_int_equal(0600, info.st_mode & 0777);
}

static size_t read_file(const char* path, char* out, size_t size)
{
    FILE* file = fopen(path, "r");
    size_t len;
    assert_non_null(file);
    len = fread(out, 1, size - 1, file);
    out[len] = '\0';
    fclose(file);
    return len;
}

static void nothing_is_written_by_default(void** state)
{
    folder mine;
    rig rig;
    (void)state;
    enter_folder(&mine);
    rig_start(&rig);
    rig_assert_echo(&rig);
    rig_end(&rig);
    assert_int_equal(0, each_file(mine.path, NULL, NULL));
    leave_folder(&mine);
}

static void look_at_qlog(const char* path, void* user_data)
{
    static char text[1 << 16];
    int* roles = user_data;
    is_private(path);
    assert_true(read_file(path, text, sizeof text) > 0);
    assert_non_null(strstr(text, "qlog"));
    /* What was said is not in it. */
    assert_null(strstr(text, "spoken word"));
    if (strstr(path, "ltn-server-") != NULL) ++roles[0];
    if (strstr(path, "ltn-client-") != NULL) ++roles[1];
}

static void each_connection_has_a_qlog_for_its_owner_alone(void** state)
{
    folder mine;
    rig rig;
    int roles[2] = {0, 0};
    const mode_t mask = umask(0);
    (void)state;
    rig_make(&rig);
    enter_folder(&mine);
    assert_ok(ltn_server_set(rig.server, "qlog_dir", mine.path, NULL));
    assert_ok(ltn_client_set(rig.client, "qlog_dir", mine.path, NULL));
    rig_run(&rig);
    rig_assert_echo(&rig);
    rig_end(&rig);
    umask(mask);
    assert_int_equal(2, each_file(mine.path, look_at_qlog, roles));
    assert_int_equal(1, roles[0]);
    assert_int_equal(1, roles[1]);
    leave_folder(&mine);
}

static void note_warning(int32_t level, const char* event, const char* fields, void* user_data)
{
    if (strcmp(event, "key_log_on") != 0) return;
    assert_int_equal(LTN_LOG_WARNING, level);
    assert_non_null(strstr(fields, "keys.txt"));
    rig_count(user_data);
}

static void the_key_log_is_private_and_announced(void** state)
{
    static char text[1 << 16];
    folder mine;
    rig rig;
    int warned = 0;
    const mode_t mask = umask(0);
    (void)state;
    rig_make(&rig);
    enter_folder(&mine);
    assert_ok(ltn_runtime_set_log(rig.runtime, LTN_LOG_INFO, note_warning, &warned, NULL));
    assert_ok(ltn_server_set(rig.server, "key_log_file", "keys.txt", NULL));
    rig_run(&rig);
    rig_assert_echo(&rig);
    assert_true(rig_reaches(&warned, 1));
    rig_end(&rig);
    umask(mask);
    is_private("keys.txt");
    assert_true(read_file("keys.txt", text, sizeof text) > 0);
    assert_non_null(strstr(text, "CLIENT_TRAFFIC_SECRET_0 "));
    assert_int_equal('\n', text[strlen(text) - 1]);
    leave_folder(&mine);
}

static void refused(const char* option, const char* value, const char* said)
{
    rig rig;
    ltn_error* error = ltn_error_new();
    rig_make(&rig);
    assert_ok(ltn_server_set(rig.server, option, value, NULL));
    assert_ok(ltn_client_set(rig.client, option, value, NULL));
    assert_status(LTN_ERR_IO, ltn_server_start(rig.server, error));
    assert_non_null(strstr(ltn_error_text(error), option));
    assert_non_null(strstr(ltn_error_text(error), said));
    ltn_error_clear(error);
    assert_status(LTN_ERR_IO, ltn_client_start(rig.client, error));
    assert_non_null(strstr(ltn_error_text(error), option));
    ltn_error_free(error);
    rig_end(&rig);
}

static void a_place_that_others_could_read_is_refused_at_start(void** state)
{
    folder mine;
    int fd;
    (void)state;
    enter_folder(&mine);
    fd = open("public", O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(0, fchmod(fd, 0644));
    close(fd);
    assert_int_equal(0, symlink("elsewhere", "link"));
    refused("key_log_file", "public", "0644");
    refused("key_log_file", "link", "link");
    refused("key_log_file", "missing/keys", "missing/keys");
    refused("qlog_dir", "missing", "missing");
    refused("qlog_dir", "public", "folder");
    leave_folder(&mine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_written_by_default),
        cmocka_unit_test(each_connection_has_a_qlog_for_its_owner_alone),
        cmocka_unit_test(the_key_log_is_private_and_announced),
        cmocka_unit_test(a_place_that_others_could_read_is_refused_at_start),
    };
    return cmocka_run_group_tests_name("traces", tests, NULL, NULL);
}
