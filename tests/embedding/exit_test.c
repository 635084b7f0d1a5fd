/* Hosts that end without stopping anything: the process goes at once, with the status that it chose. */
#define _GNU_SOURCE
#include "../abi/rig.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHOSEN 42

/* Runs `body` in a process of its own and waits for its end; a hang is ended by SIGALRM and seen. */
static void assert_leaves(void (*body)(void))
{
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        (void)alarm(30);
        body();
        _exit(99);
    }
    assert_true(child > 0);
    assert_int_equal(child, waitpid(child, &status, 0));
    if (WIFSIGNALED(status)) fail_msg("ended by signal %d", WTERMSIG(status));
    assert_int_equal(CHOSEN, WEXITSTATUS(status));
}

static void leave_with_a_running_pair(void)
{
    rig rig;
    rig_start(&rig);
    rig_assert_echo(&rig);
    exit(CHOSEN);
}

static void exit_with_a_running_client_and_server_just_leaves(void **state)
{
    (void)state;
    assert_leaves(leave_with_a_running_pair);
}

static void keep(ltn_op *question, void *place) { *(ltn_op **)place = question; }

static void leave_with_everything_open(void)
{
    static ltn_op *question;
    rig rig;
    int i;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "held", 0, keep, &question, NULL, NULL));
    rig_assert_echo(&rig);
    for (i = 0; i < 100; ++i) (void)rig_submit(&rig, "held", -1);
    exit(CHOSEN);
}

static void exit_with_a_hundred_calls_under_way_just_leaves(void **state)
{
    (void)state;
    assert_leaves(leave_with_everything_open);
}

static void leave_from_a_handler(ltn_op *question, void *user_data)
{
    (void)question;
    (void)user_data;
    exit(CHOSEN);
}

static void be_ended_by_a_handler(void)
{
    rig rig;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "leave", 0, leave_from_a_handler, NULL, NULL, NULL));
    (void)rig_try(&rig, "leave", -1);
}

static void exit_inside_a_handler_just_leaves(void **state)
{
    (void)state;
    assert_leaves(be_ended_by_a_handler);
}

static rig at_exit_rig;
static void end_it_late(void) { rig_end(&at_exit_rig); }

static void tidy_up_at_exit(void)
{
    assert_int_equal(0, atexit(end_it_late));
    rig_start(&at_exit_rig);
    rig_assert_echo(&at_exit_rig);
    exit(CHOSEN);
}

static void a_host_may_stop_and_free_in_its_atexit_function(void **state)
{
    (void)state;
    assert_leaves(tidy_up_at_exit);
}

static void *call_until_the_end(void *data)
{
    for (;;) rig_assert_echo(data);
    return NULL;
}

static void leave_while_others_call(void)
{
    static rig shared;
    pthread_t threads[4];
    int i;
    rig_start(&shared);
    for (i = 0; i < 4; ++i) {
        assert_int_equal(0, pthread_create(&threads[i], NULL, call_until_the_end, &shared));
    }
    for (i = 0; i < 20; ++i) rig_assert_echo(&shared);
    exit(CHOSEN);
}

static void exit_while_other_threads_wait_for_calls_just_leaves(void **state)
{
    int round;
    (void)state;
    for (round = 0; round < 10; ++round) assert_leaves(leave_while_others_call);
}

static void *end_the_process(void *data)
{
    rig_assert_echo(data);
    exit(CHOSEN);
}

static void lose_the_main_thread(void)
{
    static rig shared;
    pthread_t thread;
    rig_start(&shared);
    assert_int_equal(0, pthread_create(&thread, NULL, end_the_process, &shared));
    pthread_exit(NULL);
}

static void the_main_thread_may_end_before_the_others(void **state)
{
    (void)state;
    assert_leaves(lose_the_main_thread);
}

static void be_terminated(void)
{
    struct sigaction action;
    rig rig;
    memset(&action, 0, sizeof action);
    action.sa_handler = _exit;
    assert_int_equal(0, sigaction(SIGTERM, &action, NULL));
    rig_start(&rig);
    rig_assert_echo(&rig);
    (void)kill(getpid(), SIGTERM);
    for (;;) (void)pause();
}

static void a_signal_of_the_host_reaches_the_host_and_not_our_threads(void **state)
{
    int status = -1;
    const pid_t child = fork();
    (void)state;
    if (child == 0) {
        (void)alarm(30);
        be_terminated();
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    assert_int_equal(SIGTERM, WEXITSTATUS(status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_with_a_running_client_and_server_just_leaves),
        cmocka_unit_test(exit_with_a_hundred_calls_under_way_just_leaves),
        cmocka_unit_test(exit_inside_a_handler_just_leaves),
        cmocka_unit_test(a_host_may_stop_and_free_in_its_atexit_function),
        cmocka_unit_test(exit_while_other_threads_wait_for_calls_just_leaves),
        cmocka_unit_test(the_main_thread_may_end_before_the_others),
        cmocka_unit_test(a_signal_of_the_host_reaches_the_host_and_not_our_threads),
    };
    return cmocka_run_group_tests_name("exit", tests, NULL, NULL);
}
