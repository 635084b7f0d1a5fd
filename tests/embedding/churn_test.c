/* A host whose plug-ins come and go: thousands of threads, each loads the library, uses it and closes it. */
#define _GNU_SOURCE
#include "../abi/alone/wire.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS 2000
#define AT_ONCE 50
#define CALLING_EVERY 50

static pthread_barrier_t together;

struct turn {
    int number;
    int failed;
};

static void *come_and_go(void *data)
{
    struct turn *turn = data;
    struct wire wire;
    uint8_t seed[LTN_SEED_LEN];
    uint8_t key[LTN_KEY_LEN];
    ltn_signer *signer = NULL;
    void *library;
    /* All of a wave at the loader's door, the first one before anything is loaded. */
    (void)pthread_barrier_wait(&together);
    library = dlopen(LTN_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        turn->failed = 1;
        return NULL;
    }
    wire_load(&wire, library);
    memset(seed, turn->number & 0xff, sizeof seed);
    turn->failed = wire.ltn_signer_new_seed(&signer, seed, NULL) != LTN_OK ||
                   wire.ltn_signer_public_key(signer, key) != LTN_OK;
    wire.ltn_signer_free(signer);
    if (turn->number % CALLING_EVERY == 0) wire_calls(&wire, 2);
    if (dlclose(library) != 0) turn->failed = 1;
    return NULL;
}

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(1, fscanf(file, "%*d %ld", &pages));
    (void)fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void two_thousand_threads_load_use_and_close_the_library(void **state)
{
    static pthread_t threads[AT_ONCE];
    static struct turn turns[AT_ONCE];
    const int descriptors = wire_entries("/proc/self/fd");
    long settled_kib = 0;
    int done;
    int i;
    (void)state;
    assert_int_equal(0, pthread_barrier_init(&together, NULL, AT_ONCE));
    for (done = 0; done < THREADS; done += AT_ONCE) {
        for (i = 0; i < AT_ONCE; ++i) {
            turns[i] = (struct turn){done + i, 0};
            assert_int_equal(0, pthread_create(&threads[i], NULL, come_and_go, &turns[i]));
        }
        for (i = 0; i < AT_ONCE; ++i) {
            assert_int_equal(0, pthread_join(threads[i], NULL));
            assert_int_equal(0, turns[i].failed);
        }
        if (done == THREADS / 4) settled_kib = resident_kib();
    }
    assert_int_equal(1, wire_entries("/proc/self/task") - 2); /* "." and ".." are counted */
    assert_int_equal(descriptors, wire_entries("/proc/self/fd"));
    assert_in_range(resident_kib(), 1, settled_kib + 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_thousand_threads_load_use_and_close_the_library),
    };
    return cmocka_run_group_tests_name("churn", tests, NULL, NULL);
}
