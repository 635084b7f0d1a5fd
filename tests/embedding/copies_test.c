/* Two copies of the library in one process, as two plug-ins bring them. */
#define _GNU_SOURCE
#include "../abi/alone/wire.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/ltn-embedding-XXXXXX";
static char copy_path[64];

static int make_copy(void **state)
{
    char command[600];
    (void)state;
    if (mkdtemp(folder) == NULL) return -1;
    (void)snprintf(copy_path, sizeof copy_path, "%s/libother.so", folder);
    (void)snprintf(command, sizeof command, "cp -L '%s' '%s'", LTN_LIBRARY, copy_path);
    return system(command);
}

static int remove_copy(void **state)
{
    (void)state;
    (void)unlink(copy_path);
    (void)rmdir(folder);
    return 0;
}

struct side {
    struct wire wire;
    int calls;
};

static void *call_away(void *data)
{
    struct side *side = data;
    wire_calls(&side->wire, side->calls);
    return NULL;
}

/* Both at the same time, each with a server and a client of its own. */
static void run_both(struct side *first, struct side *second)
{
    pthread_t threads[2];
    int round;
    assert_true(first->wire.ltn_client_new != second->wire.ltn_client_new);
    for (round = 0; round < 3; ++round) {
        assert_int_equal(0, pthread_create(&threads[0], NULL, call_away, first));
        assert_int_equal(0, pthread_create(&threads[1], NULL, call_away, second));
        assert_int_equal(0, pthread_join(threads[0], NULL));
        assert_int_equal(0, pthread_join(threads[1], NULL));
    }
}

/* A client of one copy calls the server of the other: they agree on the wire and on nothing else. */
static void call_across(const struct wire *serving, const struct wire *calling)
{
    uint8_t seed[LTN_SEED_LEN] = {9};
    uint8_t peer[LTN_KEY_LEN];
    char address[64];
    ltn_signer *theirs = NULL;
    ltn_signer *ours = NULL;
    ltn_server *server = NULL;
    ltn_client *client = NULL;
    ltn_op *op = NULL;
    ltn_call call;
    MUST(serving->ltn_signer_new_seed(&theirs, seed, NULL) == LTN_OK);
    MUST(serving->ltn_signer_public_key(theirs, peer) == LTN_OK);
    MUST(serving->ltn_server_new(&server, NULL, theirs, NULL) == LTN_OK);
    MUST(serving->ltn_server_handle(server, "echo", 0, wire_echo, (void *)(size_t)serving, NULL,
                                    NULL) == LTN_OK);
    MUST(serving->ltn_server_start(server, NULL) == LTN_OK);
    MUST(serving->ltn_server_address(server, address, sizeof address, NULL) == LTN_OK);
    MUST(calling->ltn_signer_new_seed(&ours, seed, NULL) == LTN_OK);
    MUST(calling->ltn_client_new(&client, NULL, ours, NULL) == LTN_OK);
    MUST(calling->ltn_client_start(client, NULL) == LTN_OK);
    MUST(calling->ltn_call_init(&call, sizeof call) == LTN_OK);
    call.peer = peer;
    call.address = address;
    call.type = "echo";
    call.type_len = 4;
    call.timeout_ms = 20000;
    MUST(calling->ltn_client_call(client, &op, &call, NULL) == LTN_OK);
    MUST(calling->ltn_op_wait(op, 30000) == LTN_OK);
    MUST(calling->ltn_op_status(op) == LTN_OK);
    calling->ltn_op_free(op);
    calling->ltn_client_free(client);
    calling->ltn_signer_free(ours);
    serving->ltn_server_free(server);
    serving->ltn_signer_free(theirs);
}

static void load(struct side *side, void *library)
{
    if (library == NULL) fail_msg("%s", dlerror());
    wire_load(&side->wire, library);
    side->calls = 20;
}

static void two_local_copies_work_at_the_same_time_and_talk_to_each_other(void **state)
{
    static struct side first;
    static struct side second;
    (void)state;
    load(&first, dlopen(LTN_LIBRARY, RTLD_NOW | RTLD_LOCAL));
    load(&second, dlopen(copy_path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND));
    run_both(&first, &second);
    call_across(&first.wire, &second.wire);
    call_across(&second.wire, &first.wire);
}

/* The name space has a C library of its own: nothing at all is shared but the kernel. */
static void a_copy_in_a_name_space_of_its_own_works_beside_the_first(void **state)
{
    static struct side first;
    static struct side apart;
    void *library = dlmopen(LM_ID_NEWLM, LTN_LIBRARY, RTLD_NOW);
    (void)state;
    load(&first, dlopen(LTN_LIBRARY, RTLD_NOW | RTLD_LOCAL));
    load(&apart, library);
    run_both(&first, &apart);
    call_across(&first.wire, &apart.wire);
    call_across(&apart.wire, &first.wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_local_copies_work_at_the_same_time_and_talk_to_each_other),
        cmocka_unit_test(a_copy_in_a_name_space_of_its_own_works_beside_the_first),
    };
    return cmocka_run_group_tests_name("copies", tests, make_copy, remove_copy);
}
