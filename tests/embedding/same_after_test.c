/* What belongs to the host is the same before start and after closed. */
#define _GNU_SOURCE
#include "../abi/rig.h"

#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

struct host {
    int descriptors;
    int threads;
    sigset_t mask;
    struct sigaction handlers[64];
    mode_t umask_now;
    char folder[4096];
    char locale[256];
    char **variables;
    int rounding;
    int priority;
    struct rlimit limits[RLIM_NLIMITS];
};

static void look(struct host *host)
{
    int i;
    memset(host, 0, sizeof *host);
    host->descriptors = rig_open_descriptors();
    host->threads = rig_threads();
    (void)pthread_sigmask(SIG_SETMASK, NULL, &host->mask);
    for (i = 1; i < 64; ++i) (void)sigaction(i, NULL, &host->handlers[i]);
    host->umask_now = umask(0);
    (void)umask(host->umask_now);
    assert_non_null(getcwd(host->folder, sizeof host->folder));
    strncpy(host->locale, setlocale(LC_ALL, NULL), sizeof host->locale - 1);
    host->variables = environ;
    host->rounding = fegetround();
    host->priority = getpriority(PRIO_PROCESS, 0);
    for (i = 0; i < RLIM_NLIMITS; ++i) (void)getrlimit(i, &host->limits[i]);
}

static void assert_same(const struct host *before, const struct host *after)
{
    int i;
    assert_int_equal(before->descriptors, after->descriptors);
    assert_int_equal(before->threads, after->threads);
    assert_memory_equal(&before->mask, &after->mask, sizeof before->mask);
    for (i = 1; i < 64; ++i) {
        assert_ptr_equal(before->handlers[i].sa_handler, after->handlers[i].sa_handler);
        assert_int_equal(before->handlers[i].sa_flags, after->handlers[i].sa_flags);
    }
    assert_int_equal(before->umask_now, after->umask_now);
    assert_string_equal(before->folder, after->folder);
    assert_string_equal(before->locale, after->locale);
    assert_ptr_equal(before->variables, after->variables);
    assert_int_equal(before->rounding, after->rounding);
    assert_int_equal(before->priority, after->priority);
    assert_memory_equal(before->limits, after->limits, sizeof before->limits);
}

static void work(int drive)
{
    ltn_runtime *runtime = NULL;
    rig rig;
    int i;
    assert_ok(ltn_runtime_new(&runtime, drive, NULL));
    rig_start_on(&rig, runtime);
    for (i = 0; i < 5; ++i) rig_assert_echo(&rig);
    if (drive == LTN_DRIVE_HOST) {
        assert_ok(ltn_runtime_stop(runtime));
        while (ltn_runtime_wait(runtime, 0) == LTN_ERR_PENDING) {
            assert_ok(ltn_runtime_step(runtime, 100));
        }
    }
    rig_end(&rig);
}

/* The first pair of a process makes what stays for good, a pipe of the event loop's. */
static int warm_up(void **state)
{
    (void)state;
    work(LTN_DRIVE_THREAD);
    return 0;
}

static void a_host_finds_everything_as_it_was(void **state)
{
    struct host before;
    struct host after;
    int round;
    (void)state;
    look(&before);
    for (round = 0; round < 10; ++round) work(LTN_DRIVE_THREAD);
    look(&after);
    assert_same(&before, &after);
}

static void a_host_with_settings_of_its_own_keeps_them(void **state)
{
    struct host before;
    struct host after;
    sigset_t mask;
    (void)state;
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGUSR1);
    (void)sigaddset(&mask, SIGTERM);
    assert_int_equal(0, pthread_sigmask(SIG_BLOCK, &mask, NULL));
    (void)umask(027);
    (void)fesetround(FE_UPWARD);
    (void)setlocale(LC_ALL, "C.UTF-8");
    look(&before);
    work(LTN_DRIVE_THREAD);
    look(&after);
    (void)fesetround(FE_TONEAREST);
    assert_same(&before, &after);
}

static void *work_on_a_thread(void *data)
{
    struct host before;
    struct host after;
    sigset_t mask;
    (void)data;
    (void)sigfillset(&mask);
    (void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
    look(&before);
    work(LTN_DRIVE_THREAD);
    look(&after);
    assert_same(&before, &after);
    return NULL;
}

static void a_thread_that_starts_and_waits_keeps_its_signal_mask(void **state)
{
    pthread_t thread;
    (void)state;
    assert_int_equal(0, pthread_create(&thread, NULL, work_on_a_thread, NULL));
    assert_int_equal(0, pthread_join(thread, NULL));
}

/* Standard streams may be closed: what is opened instead is not written to. */
static void a_host_without_standard_streams_is_served(void **state)
{
    int saved[3];
    int i;
    (void)state;
    for (i = 0; i < 3; ++i) {
        saved[i] = fcntl(i, F_DUPFD, 100);
        (void)close(i);
    }
    work(LTN_DRIVE_THREAD);
    for (i = 0; i < 3; ++i) {
        (void)dup2(saved[i], i);
        (void)close(saved[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_finds_everything_as_it_was),
        cmocka_unit_test(a_host_with_settings_of_its_own_keeps_them),
        cmocka_unit_test(a_thread_that_starts_and_waits_keeps_its_signal_mask),
        cmocka_unit_test(a_host_without_standard_streams_is_served),
    };
    return cmocka_run_group_tests_name("same_after", tests, warm_up, NULL);
}
