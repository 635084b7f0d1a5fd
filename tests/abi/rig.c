#include "rig.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void rig_assert_status(ltn_status expected, ltn_status came, const char *expression,
                       const char *file, int line)
{
    if (expected == came) return;
    print_error("%s: expected %s (%d), came %s (%d)\n", expression, ltn_status_name(expected),
                expected, ltn_status_name(came), came);
    _fail(file, line);
}

size_t rig_map(uint8_t out[8], uint16_t number)
{
    out[0] = 0x81;
    out[1] = 0xa1;
    out[2] = 'n';
    if (number < 128) {
        out[3] = (uint8_t)number;
        return 4;
    }
    out[3] = 0xcd;
    out[4] = (uint8_t)(number >> 8);
    out[5] = (uint8_t)number;
    return 6;
}

ltn_signer *rig_signer(uint8_t number)
{
    uint8_t seed[LTN_SEED_LEN];
    ltn_signer *signer = NULL;
    memset(seed, number, sizeof seed);
    assert_ok(ltn_signer_new_seed(&signer, seed, NULL));
    return signer;
}

void rig_key(uint8_t key[LTN_KEY_LEN], uint8_t number)
{
    ltn_signer *signer = rig_signer(number);
    assert_ok(ltn_signer_public_key(signer, key));
    ltn_signer_free(signer);
}

void rig_sign_now(ltn_op *question, void *number)
{
    uint8_t seed[LTN_SEED_LEN];
    uint8_t signature[LTN_SIGNATURE_LEN];
    const uint8_t *message = NULL;
    size_t message_len = 0;
    ltn_signer *signer = NULL;
    memset(seed, (int)(uintptr_t)number, sizeof seed);
    if (ltn_signer_new_seed(&signer, seed, NULL) == LTN_OK &&
        ltn_op_data(question, &message, &message_len) == LTN_OK &&
        ltn_signer_sign(signer, signature, message, message_len) == LTN_OK) {
        (void)ltn_op_complete(question, signature, sizeof signature, NULL);
    }
    ltn_signer_free(signer);
    ltn_op_free(question);
}

ltn_signer *rig_callback_signer(uint8_t number, ltn_question_fn sign, void *user_data,
                                ltn_destroy_fn destroy)
{
    uint8_t key[LTN_KEY_LEN];
    ltn_signer *signer = NULL;
    rig_key(key, number);
    assert_ok(ltn_signer_new_callback(&signer, key, sign, user_data, destroy, NULL));
    return signer;
}

void rig_count(void *counter) { __atomic_fetch_add((int *)counter, 1, __ATOMIC_SEQ_CST); }
int rig_read(int *counter) { return __atomic_load_n(counter, __ATOMIC_SEQ_CST); }

int rig_reaches(int *counter, int value)
{
    const int64_t end_ms = rig_now_ms() + RIG_LONG_MS;
    while (rig_read(counter) < value && rig_now_ms() < end_ms) rig_nap_ms(1);
    return rig_read(counter) == value;
}

void rig_echo(ltn_op *question, void *user_data)
{
    const uint8_t *data = NULL;
    size_t len = 0;
    (void)user_data;
    (void)ltn_op_data(question, &data, &len);
    (void)ltn_op_complete(question, data, len, NULL);
    ltn_op_free(question);
}

void rig_make_on(rig *rig, ltn_runtime *runtime)
{
    memset(rig, 0, sizeof *rig);
    rig->runtime = runtime;
    rig->server_signer = rig_signer(1);
    rig->client_signer = rig_signer(2);
    assert_ok(ltn_signer_public_key(rig->server_signer, rig->peer));
    assert_ok(ltn_server_new(&rig->server, runtime, rig->server_signer, NULL));
    /* Tests connect more often in a minute than a peer has reason to. */
    assert_ok(ltn_server_set(rig->server, "max_handshake_attempts_per_minute", "100000", NULL));
    assert_ok(ltn_server_handle(rig->server, "echo", 0, rig_echo, NULL, NULL, NULL));
    assert_ok(ltn_client_new(&rig->client, runtime, rig->client_signer, NULL));
}

void rig_run(rig *rig)
{
    ltn_error *error = ltn_error_new();
    if (ltn_server_start(rig->server, error) != LTN_OK) fail_msg("%s", ltn_error_text(error));
    assert_ok(ltn_server_address(rig->server, rig->address, sizeof rig->address, NULL));
    if (ltn_client_start(rig->client, error) != LTN_OK) fail_msg("%s", ltn_error_text(error));
    ltn_error_free(error);
}

void rig_start_on(rig *rig, ltn_runtime *runtime)
{
    rig_make_on(rig, runtime);
    rig_run(rig);
}

void rig_make(rig *rig)
{
    ltn_runtime *runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    rig_make_on(rig, runtime);
}

void rig_start(rig *rig)
{
    rig_make(rig);
    rig_run(rig);
}

void rig_end(rig *rig)
{
    if (rig->runtime != NULL) {
        assert_ok(ltn_runtime_stop(rig->runtime));
        assert_ok(ltn_runtime_wait(rig->runtime, RIG_LONG_MS));
    }
    ltn_client_free(rig->client);
    ltn_server_free(rig->server);
    ltn_signer_free(rig->client_signer);
    ltn_signer_free(rig->server_signer);
    ltn_runtime_free(rig->runtime);
    memset(rig, 0, sizeof *rig);
}

ltn_call rig_call(const rig *rig, const char *type)
{
    ltn_call call;
    assert_ok(ltn_call_init(&call, sizeof call));
    call.peer = rig->peer;
    call.address = rig->address;
    call.type = type;
    call.type_len = type == NULL ? 0 : strlen(type);
    call.timeout_ms = RIG_LONG_MS;
    return call;
}

ltn_op *rig_submit(const rig *rig, const char *type, int64_t timeout_ms)
{
    ltn_op *op = NULL;
    ltn_call call = rig_call(rig, type);
    call.timeout_ms = timeout_ms;
    assert_ok(ltn_client_call(rig->client, &op, &call, NULL));
    return op;
}

ltn_status rig_try(const rig *rig, const char *type, int64_t timeout_ms)
{
    ltn_op *op = rig_submit(rig, type, timeout_ms);
    ltn_status status;
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    status = ltn_op_status(op);
    ltn_op_free(op);
    return status;
}

void rig_assert_echo(const rig *rig)
{
    static uint16_t counter = 0;
    uint8_t map[8];
    const uint8_t *answer = NULL;
    size_t answer_len = 0;
    ltn_op *op = NULL;
    ltn_call call = rig_call(rig, "echo");
    call.data = map;
    call.data_len = rig_map(map, __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED));
    assert_ok(ltn_client_call(rig->client, &op, &call, NULL));
    assert_ok(ltn_op_wait(op, RIG_LONG_MS));
    assert_ok(ltn_op_status(op));
    assert_ok(ltn_op_data(op, &answer, &answer_len));
    assert_int_equal(call.data_len, answer_len);
    assert_memory_equal(map, answer, answer_len);
    ltn_op_free(op);
}

static int count_entries(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;
    if (folder == NULL) return -1;
    while (readdir(folder) != NULL) ++count;
    closedir(folder);
    return count - 2;
}

/* Without the one that looks. */
int rig_open_descriptors(void) { return count_entries("/proc/self/fd") - 1; }

#if defined(__SANITIZE_THREAD__)
/* libuv closes by plain system calls, which the sanitizer does not see: a number that is used again by
 * another thread then looks like a race on the descriptor. */
const char *__tsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void)
{
    return "race:ltn::io::list_rings\nrace:uv__platform_invalidate_fd\n";
}

/* From the first thread on the sanitizer has one of its own. */
int rig_threads(void)
{
    static int own = 0;
    const int count = count_entries("/proc/self/task");
    if (own == 0 && count > 1) {
        char name[32] = {0};
        FILE *file = popen("cat /proc/$PPID/task/*/comm | grep -c '^ltn-'", "r");
        if (file != NULL) {
            own = fgets(name, sizeof name, file) != NULL && atoi(name) == count - 2;
            (void)pclose(file);
        }
    }
    return count - own;
}
#else
int rig_threads(void) { return count_entries("/proc/self/task"); }
#endif

void rig_nap_ms(int ms)
{
    struct timespec span;
    span.tv_sec = ms / 1000;
    span.tv_nsec = (long)(ms % 1000) * 1000000;
    nanosleep(&span, NULL);
}

int64_t rig_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int rig_readable(int fd, int timeout_ms)
{
    struct pollfd look;
    look.fd = fd;
    look.events = POLLIN;
    look.revents = 0;
    return poll(&look, 1, timeout_ms) == 1 && (look.revents & POLLIN) != 0;
}
