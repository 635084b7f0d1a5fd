/* Hosts that free where their language lets go of things: in destroy functions, when a thread ends, in any
 * order, on a thread of their own. */
#define _GNU_SOURCE
#include "../abi/rig.h"

#include <pthread.h>
#include <string.h>

#define ROUNDS 20

typedef struct keeper {
    ltn_client *client;
    ltn_server *server;
    ltn_signer *signer;
    ltn_bytes *bytes;
    ltn_op *op;
    int gone;
} keeper;

static void free_all(void *user_data)
{
    keeper *mine = user_data;
    ltn_op_free(mine->op);
    ltn_bytes_free(mine->bytes);
    ltn_client_free(mine->client);
    ltn_server_free(mine->server);
    ltn_signer_free(mine->signer);
    rig_count(&mine->gone);
}

/* The last reference to a running client is held by the user data of a server's handler. */
static void the_destroy_function_of_one_frees_all_the_others(void **state)
{
    int round;
    (void)state;
    for (round = 0; round < ROUNDS; ++round) {
        const uint8_t chunk[4] = {1, 2, 3, 4};
        keeper keeper;
        rig rig;
        memset(&keeper, 0, sizeof keeper);
        rig_start(&rig);
        assert_ok(ltn_server_handle(rig.server, "held", 0, rig_echo, &keeper, free_all, NULL));
        rig_assert_echo(&rig);
        keeper.op = rig_submit(&rig, "echo", RIG_LONG_MS);
        keeper.client = rig.client;
        keeper.signer = rig.client_signer;
        assert_ok(ltn_bytes_new(&keeper.bytes, chunk, sizeof chunk));
        rig.client = NULL;
        rig.client_signer = NULL;
        assert_ok(ltn_server_unhandle(rig.server, "held"));
        assert_true(rig_reaches(&keeper.gone, 1));
        rig_end(&rig);
    }
}

static void a_server_goes_with_the_user_data_of_the_client_that_called_it(void **state)
{
    int round;
    (void)state;
    for (round = 0; round < ROUNDS; ++round) {
        uint8_t key[LTN_KEY_LEN];
        keeper keeper;
        ltn_signer *own = NULL;
        rig rig;
        memset(&keeper, 0, sizeof keeper);
        rig_start(&rig);
        keeper.server = rig.server;
        rig.server = NULL;
        rig_key(key, 5);
        assert_ok(ltn_signer_new_callback(&own, key, rig_sign_now, &keeper, free_all, NULL));
        ltn_signer_free(own);
        assert_true(rig_reaches(&keeper.gone, 1));
        rig_end(&rig);
    }
}

static pthread_key_t slot;

static void *leave_it_to_the_end_of_the_thread(void *data)
{
    assert_int_equal(0, pthread_setspecific(slot, data));
    return NULL;
}

static void what_a_thread_kept_is_freed_when_the_thread_ends(void **state)
{
    int round;
    (void)state;
    assert_int_equal(0, pthread_key_create(&slot, free_all));
    for (round = 0; round < ROUNDS; ++round) {
        pthread_t thread;
        keeper keeper;
        rig rig;
        memset(&keeper, 0, sizeof keeper);
        rig_start(&rig);
        keeper.op = rig_submit(&rig, "echo", RIG_LONG_MS);
        keeper.client = rig.client;
        keeper.server = rig.server;
        rig.client = NULL;
        rig.server = NULL;
        assert_int_equal(0, pthread_create(&thread, NULL, leave_it_to_the_end_of_the_thread,
                                           &keeper));
        assert_int_equal(0, pthread_join(thread, NULL));
        assert_int_equal(1, keeper.gone);
        rig_end(&rig);
    }
    (void)pthread_key_delete(slot);
}

typedef struct bin {
    pthread_mutex_t lock;
    ltn_op *ops[256];
    int count;
    int over;
} bin;

static void *collect(void *data)
{
    bin *bin = data;
    int over = 0;
    while (!over) {
        ltn_op *op = NULL;
        (void)pthread_mutex_lock(&bin->lock);
        over = bin->over && bin->count == 0;
        if (bin->count > 0) op = bin->ops[--bin->count];
        (void)pthread_mutex_unlock(&bin->lock);
        ltn_op_free(op);
    }
    return NULL;
}

/* As garbage collectors do: calls that have ended and calls that have not, last come first. */
static void calls_are_freed_by_another_thread_while_they_run(void **state)
{
    static bin bin = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;
    rig rig;
    int i;
    (void)state;
    rig_start(&rig);
    assert_int_equal(0, pthread_create(&thread, NULL, collect, &bin));
    for (i = 0; i < 5000; ++i) {
        ltn_op *op = rig_submit(&rig, "echo", RIG_LONG_MS);
        int put = 0;
        while (!put) {
            (void)pthread_mutex_lock(&bin.lock);
            put = bin.count < 256;
            if (put) bin.ops[bin.count++] = op;
            (void)pthread_mutex_unlock(&bin.lock);
        }
    }
    (void)pthread_mutex_lock(&bin.lock);
    bin.over = 1;
    (void)pthread_mutex_unlock(&bin.lock);
    assert_int_equal(0, pthread_join(thread, NULL));
    rig_assert_echo(&rig);
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_destroy_function_of_one_frees_all_the_others),
        cmocka_unit_test(a_server_goes_with_the_user_data_of_the_client_that_called_it),
        cmocka_unit_test(what_a_thread_kept_is_freed_when_the_thread_ends),
        cmocka_unit_test(calls_are_freed_by_another_thread_while_they_run),
    };
    return cmocka_run_group_tests_name("finalizer", tests, NULL, NULL);
}
