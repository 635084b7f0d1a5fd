/* What the tests of the public header share: keys, one server that echoes, one client, and small checks
 * with a text. Uses nothing but the public header. */
#ifndef LTN_TESTS_ABI_RIG_H
#define LTN_TESTS_ABI_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ltn/lightning-testing.h>
#include <ltn/lightning.h>

/* Waits that should end at once; generous, since it only bounds a failure. */
#define RIG_LONG_MS 20000

#define assert_status(expected, expression)                                                     \
    rig_assert_status((expected), (expression), #expression, __FILE__, __LINE__)
#define assert_ok(expression) assert_status(LTN_OK, expression)
void rig_assert_status(ltn_status expected, ltn_status came, const char *expression,
                       const char *file, int line);

/* {"n": number}, a map of 4 or 7 bytes. Returns its length. */
size_t rig_map(uint8_t out[8], uint16_t number);

/* A signer that holds the secret made of one repeated byte. */
ltn_signer *rig_signer(uint8_t number);
void rig_key(uint8_t key[LTN_KEY_LEN], uint8_t number);

/* A callback signer for `number` whose function signs at once; `number` is its user_data. */
void rig_sign_now(ltn_op *question, void *number);
ltn_signer *rig_callback_signer(uint8_t number, ltn_question_fn sign, void *user_data,
                                ltn_destroy_fn destroy);

/* Destroy functions that count: user_data is an int (atomic increments). */
void rig_count(void *counter);
int rig_read(int *counter);
/* Waits until the counter has this value, at most RIG_LONG_MS. */
int rig_reaches(int *counter, int value);

/* Answers with what came. */
void rig_echo(ltn_op *question, void *user_data);

typedef struct rig {
    ltn_runtime *runtime;
    ltn_signer *server_signer;
    ltn_signer *client_signer;
    ltn_server *server;
    ltn_client *client;
    uint8_t peer[LTN_KEY_LEN];
    char address[64];
} rig;

/* A started pair on a runtime that it owns (thread drive): server 1 with `echo`, client 2. */
void rig_start(rig *rig);
/* The same on a runtime that is given (and becomes the rig's). */
void rig_start_on(rig *rig, ltn_runtime *runtime);
/* Only the handles, nothing started. */
void rig_make(rig *rig);
void rig_make_on(rig *rig, ltn_runtime *runtime);
void rig_run(rig *rig);
/* Stops, waits for quiet, frees. */
void rig_end(rig *rig);

/* A call to the rig's server, filled in. */
ltn_call rig_call(const rig *rig, const char *type);
ltn_op *rig_submit(const rig *rig, const char *type, int64_t timeout_ms);
/* Calls, waits and frees; the outcome. */
ltn_status rig_try(const rig *rig, const char *type, int64_t timeout_ms);
void rig_assert_echo(const rig *rig);

/* What this process holds. */
int rig_open_descriptors(void);
int rig_threads(void);
void rig_nap_ms(int ms);
int64_t rig_now_ms(void);
int rig_readable(int fd, int timeout_ms);

#endif
