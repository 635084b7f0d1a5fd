/* Promises P1 to P5, each in a process of its own. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "rig.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIBRARY LTN_BUILD_DIR "/lib/libltn.so.0"
#define ALONE LTN_BUILD_DIR "/tests/abi/alone/"

/* Runs and gives the exit status; what it says is shown. */
static int run(char *const argv[])
{
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    assert_true(child > 0);
    assert_int_equal(child, waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int sanitized(void)
{
    return dlsym(RTLD_DEFAULT, "__asan_init") != NULL || dlsym(RTLD_DEFAULT, "__tsan_init") != NULL;
}

static void skip_because(const char *reason)
{
    printf("skipped: %s\n", reason);
    fflush(stdout);
    skip();
}

static void loading_changes_nothing_in_the_process_promise_P1(void **state)
{
    char *argv[] = {(char *)ALONE "loading", (char *)LIBRARY, NULL};
    (void)state;
    assert_int_equal(0, run(argv));
}

static void check_threads(const char *main_name, int expected)
{
    char path[64];
    char line[256];
    char name[64] = {0};
    unsigned long long blocked = 0;
    int found = 0;
    FILE *list = popen("ls /proc/$PPID/task", "r");
    assert_non_null(list);
    while (fgets(line, sizeof line, list) != NULL) {
        FILE *file;
        const int task = atoi(line);
        if (task == getpid()) continue;
        (void)snprintf(path, sizeof path, "/proc/self/task/%d/status", task);
        file = fopen(path, "r");
        if (file == NULL) continue; /* it has ended meanwhile */
        while (fgets(line, sizeof line, file) != NULL) {
            (void)sscanf(line, "Name: %63s", name);
            (void)sscanf(line, "SigBlk: %llx", &blocked);
        }
        fclose(file);
        if (strncmp(name, "ltn-", 4) != 0) continue; /* a sanitizer's own */
        ++found;
        assert_string_not_equal(main_name, name);
        /* All but the two that the C library keeps for itself, and the two that cannot be. */
        assert_true((blocked | (1ULL << 31) | (1ULL << 32) | (1ULL << 8) | (1ULL << 18)) ==
                    ~0ULL);
    }
    pclose(list);
    assert_int_equal(expected, found);
}

static void threads_live_from_start_to_closed_named_and_without_signals_promise_P2(void **state)
{
    rig rig;
    ltn_runtime *runtime = NULL;
    (void)state;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(&rig, runtime);
    check_threads("promises_test", 0);
    rig_run(&rig);
    rig_assert_echo(&rig);
    check_threads("promises_test", 1);
    assert_ok(ltn_runtime_stop(rig.runtime));
    assert_ok(ltn_runtime_wait(rig.runtime, RIG_LONG_MS));
    check_threads("promises_test", 0);
    rig_end(&rig);
}

static int pipe_signals;
static void count_signal(int number)
{
    (void)number;
    ++pipe_signals;
}

static void writing_to_a_peer_that_is_gone_raises_no_signal_promise_P2(void **state)
{
    struct sigaction action;
    rig rig;
    int i;
    (void)state;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_signal;
    assert_int_equal(0, sigaction(SIGPIPE, &action, NULL));
    rig_start(&rig);
    rig_assert_echo(&rig);
    assert_ok(ltn_server_stop(rig.server));
    assert_ok(ltn_server_wait(rig.server, RIG_LONG_MS));
    for (i = 0; i < 3; ++i) assert_true(rig_try(&rig, "echo", 100) != LTN_OK);
    rig_end(&rig);
    assert_int_equal(0, pipe_signals);
}

/* Sockets, epoll sets, timers and eventfds: what a loop and a queue hold. */
static int own_kinds_open(void)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    int count = 0;
    if (folder == NULL) return -1;
    while ((entry = readdir(folder)) != NULL) {
        char target[64] = {0};
        if (readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1) < 0) continue;
        count += strncmp(target, "socket:", 7) == 0 || strncmp(target, "anon_inode:", 11) == 0;
    }
    closedir(folder);
    return count;
}

/* In the child: what was made before says FORKED, goes without harm; new handles work. */
static int child_of_a_running_parent(rig *mine, ltn_op *held, ltn_queue *queue, int before)
{
    ltn_error *error = ltn_error_new();
    ltn_op *op = NULL;
    ltn_client *none = NULL;
    ltn_call call;
    uint64_t value = 0;
    char text[64];
    size_t count = 0;
    ltn_event event;
    rig fresh;
    memset(&call, 0, sizeof call);
    (void)ltn_call_init(&call, sizeof call);
    call.peer = mine->peer;
    call.address = mine->address;
    call.type = "echo";
    call.type_len = 4;
#define forked(expression) \
    if ((expression) != LTN_ERR_FORKED) return __LINE__ % 200 + 1
    forked(ltn_client_call(mine->client, &op, &call, error));
    if (ltn_error_status(error) != LTN_ERR_FORKED) return 201;
    forked(ltn_client_stop(mine->client));
    forked(ltn_client_wait(mine->client, -1));
    forked(ltn_client_stat(mine->client, &value, "calls_ok"));
    forked(ltn_server_stop(mine->server));
    forked(ltn_server_address(mine->server, text, sizeof text, NULL));
    forked(ltn_runtime_stop(mine->runtime));
    forked(ltn_runtime_wait(mine->runtime, -1));
    forked(ltn_op_wait(held, -1));
    forked(ltn_op_status(held));
    forked(ltn_op_cancel(held));
    forked(ltn_queue_wait(queue, -1));
    forked(ltn_queue_drain(queue, &event, &count, 1, sizeof event));
    forked(ltn_client_new(&none, mine->runtime, mine->client_signer, error));
#undef forked
    ltn_op_free(held);
    ltn_queue_free(queue);
    ltn_client_free(mine->client);
    ltn_server_free(mine->server);
    ltn_runtime_free(mine->runtime);
    if (own_kinds_open() != 0) return 202;
    rig_start(&fresh);
    rig_assert_echo(&fresh);
    rig_end(&fresh);
    if (own_kinds_open() != 0) return 203;
    /* libuv's fork handler, set by the first loop of a process, makes a pipe of the child's own. */
    if (rig_open_descriptors() > before + 2) return 204;
    ltn_error_free(error);
    return 0;
}

static void hold(ltn_op *question, void *place)
{
    __atomic_store_n((ltn_op **)place, question, __ATOMIC_SEQ_CST);
}

static void a_forked_child_is_told_so_and_the_parent_notices_nothing_promise_P3(void **state)
{
    const int before = rig_open_descriptors();
    rig rig;
    ltn_op *question = NULL;
    ltn_op *held;
    ltn_queue *queue = NULL;
    int32_t fd = -1;
    int round;
    int i;
    (void)state;
    if (dlsym(RTLD_DEFAULT, "__tsan_init") != NULL) {
        skip_because("ThreadSanitizer has no threads in forked children");
    }
    assert_ok(ltn_queue_new(&queue, 0, NULL));
    assert_ok(ltn_queue_descriptor(queue, &fd));
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "held", 0, hold, &question, NULL, NULL));
    rig_assert_echo(&rig);
    held = rig_submit(&rig, "held", -1);
    for (round = 0; round < 10; ++round) {
        int status = -1;
        pid_t child = fork();
        if (child == 0) _exit(child_of_a_running_parent(&rig, held, queue, before));
        assert_true(child > 0);
        for (i = 0; i < 10; ++i) rig_assert_echo(&rig);
        assert_int_equal(child, waitpid(child, &status, 0));
        assert_true(WIFEXITED(status));
        assert_int_equal(0, WEXITSTATUS(status));
    }
    for (i = 0; i < 100; ++i) rig_assert_echo(&rig);
    assert_status(LTN_ERR_PENDING, ltn_op_status(held));
    ltn_op_free(held);
    rig_end(&rig);
    ltn_op_free(question);
    ltn_queue_free(queue);
    assert_int_equal(before, rig_open_descriptors());
}

static void only_names_of_ours_are_exported_promise_P4(void **state)
{
    char line[512];
    int names = 0;
    FILE *list = popen("nm -D --defined-only " LIBRARY " 2>&1", "r");
    (void)state;
    assert_non_null(list);
    while (fgets(line, sizeof line, list) != NULL) {
        char address[64];
        char type[8];
        char name[256];
        if (sscanf(line, "%63s %7s %255s", address, type, name) != 3) continue;
        if (strcmp(type, "A") == 0) continue; /* the version node */
        if (sanitized() && strncmp(name, "ltn_", 4) != 0) continue;
        if (strncmp(name, "ltn_", 4) != 0) print_error("exported: %s\n", name);
        assert_int_equal(0, strncmp(name, "ltn_", 4));
        ++names;
    }
    assert_int_equal(0, pclose(list));
    assert_true(names > 80);
}

static int copy_file(const char *from, const char *to)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "cp -L '%s' '%s'", from, to);
    return system(command);
}

static void copies_and_other_tls_libraries_do_not_interfere_promise_P4(void **state)
{
    static const char *const names[] = {"libcrypto.so.3", "libssl.so.3", "libuv.so.1"};
    char folder[] = "/tmp/ltn-copies-XXXXXX";
    char copy[64];
    char *argv[8] = {(char *)ALONE "copies", (char *)LIBRARY, copy};
    int at = 3;
    int status;
    size_t i;
    (void)state;
    if (sanitized()) skip_because("a sanitizer watches one copy of a library");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(copy, sizeof copy, "%s/libother.so", folder);
    assert_int_equal(0, copy_file(LIBRARY, copy));
    for (i = 0; i < sizeof names / sizeof names[0]; ++i) {
        void *there = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (there != NULL) argv[at++] = (char *)names[i];
    }
    argv[at] = NULL;
    status = run(argv);
    (void)unlink(copy);
    (void)rmdir(folder);
    assert_int_equal(0, status);
}

static void node_with_its_own_libuv_does_not_interfere_promise_P4(void **state)
{
    char script[] = "process.exit(require(process.argv[1]).call(process.argv[2]) === 3 ? 0 : 1)";
    char *argv[] = {(char *)"node", (char *)"-e", script, (char *)ALONE "node_addon.node",
                    (char *)LIBRARY, NULL};
    (void)state;
    if (sanitized()) skip_because("node is not built with a sanitizer");
    if (access(argv[3], R_OK) != 0) skip_because("no node headers");
    if (system("node --version >/dev/null 2>&1") != 0) skip_because("no node");
    assert_int_equal(0, run(argv));
}

static void the_library_is_never_unloaded_promise_P5(void **state)
{
    char *argv[] = {(char *)ALONE "unloading", (char *)LIBRARY, (char *)"100", NULL};
    (void)state;
    assert_int_equal(0, run(argv));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading_changes_nothing_in_the_process_promise_P1),
        cmocka_unit_test(threads_live_from_start_to_closed_named_and_without_signals_promise_P2),
        cmocka_unit_test(writing_to_a_peer_that_is_gone_raises_no_signal_promise_P2),
        cmocka_unit_test(a_forked_child_is_told_so_and_the_parent_notices_nothing_promise_P3),
        cmocka_unit_test(only_names_of_ours_are_exported_promise_P4),
        cmocka_unit_test(copies_and_other_tls_libraries_do_not_interfere_promise_P4),
        cmocka_unit_test(node_with_its_own_libuv_does_not_interfere_promise_P4),
        cmocka_unit_test(the_library_is_never_unloaded_promise_P5),
    };
    return cmocka_run_group_tests_name("promises", tests, NULL, NULL);
}
