/* Hosts that fork at awkward moments (the promise itself is tested in tests/abi/promises_test.c). */
#define _GNU_SOURCE
#include "../abi/rig.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_child_is_well(pid_t child)
{
    int status = -1;
    assert_true(child > 0);
    assert_int_equal(child, waitpid(child, &status, 0));
    if (WIFSIGNALED(status)) fail_msg("the child was ended by signal %d", WTERMSIG(status));
    assert_int_equal(0, WEXITSTATUS(status));
}

static int works_here(void)
{
    rig fresh;
    rig_start(&fresh);
    rig_assert_echo(&fresh);
    rig_end(&fresh);
    return 0;
}

static void a_child_of_a_host_that_used_nothing_yet_uses_the_library(void **state)
{
    pid_t child = fork();
    (void)state;
    if (child == 0) exit(works_here());
    assert_child_is_well(child);
}

static int started_in_the_child(rig *made)
{
    if (ltn_server_start(made->server, NULL) != LTN_ERR_FORKED) return 1;
    if (ltn_client_start(made->client, NULL) != LTN_ERR_FORKED) return 2;
    ltn_client_free(made->client);
    ltn_server_free(made->server);
    ltn_runtime_free(made->runtime);
    return works_here();
}

static void handles_made_before_the_fork_start_in_the_parent_alone(void **state)
{
    rig rig;
    pid_t child;
    (void)state;
    rig_make(&rig);
    child = fork();
    if (child == 0) exit(started_in_the_child(&rig));
    assert_child_is_well(child);
    rig_run(&rig);
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void a_fork_after_everything_was_closed_leaves_both_sides_free_to_start_again(void **state)
{
    pid_t child;
    (void)state;
    (void)works_here();
    child = fork();
    if (child == 0) exit(works_here());
    (void)works_here();
    assert_child_is_well(child);
}

static void run_a_program(ltn_op *question, void *place)
{
    const pid_t child = fork();
    int status = -1;
    if (child == 0) {
        (void)execlp("true", "true", (char *)NULL);
        _exit(127);
    }
    (void)waitpid(child, &status, 0);
    *(int *)place = status;
    rig_echo(question, NULL);
}

static void a_handler_may_run_a_program(void **state)
{
    int status = -1;
    rig rig;
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "run", 0, run_a_program, &status, NULL, NULL));
    assert_ok(rig_try(&rig, "run", RIG_LONG_MS));
    assert_int_equal(0, status);
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void fork_here(ltn_op *question, void *place)
{
    const pid_t child = fork();
    if (child == 0) {
        ltn_op_free(question);
        _exit(works_here());
    }
    *(pid_t *)place = child;
    rig_echo(question, NULL);
}

static void a_child_forked_inside_a_handler_starts_over_by_itself(void **state)
{
    pid_t child = -1;
    rig rig;
    (void)state;
    rig_start(&rig);
    assert_ok(ltn_server_handle(rig.server, "fork", 0, fork_here, &child, NULL, NULL));
    assert_ok(rig_try(&rig, "fork", RIG_LONG_MS));
    assert_child_is_well(child);
    rig_assert_echo(&rig);
    rig_end(&rig);
}

static void a_program_that_is_executed_inherits_no_descriptor_of_ours(void **state)
{
    char line[256];
    int ours = 0;
    ltn_queue *queue = NULL;
    int32_t fd = -1;
    rig rig;
    FILE *list;
    (void)state;
    assert_ok(ltn_queue_new(&queue, 0, NULL));
    assert_ok(ltn_queue_descriptor(queue, &fd));
    rig_start(&rig);
    rig_assert_echo(&rig);
    list = popen("ls -l /proc/self/fd", "r");
    assert_non_null(list);
    while (fgets(line, sizeof line, list) != NULL) {
        ours += strstr(line, "socket:") != NULL || strstr(line, "anon_inode:") != NULL;
    }
    (void)pclose(list);
    rig_end(&rig);
    ltn_queue_free(queue);
    assert_int_equal(0, ours);
}

static void *call_on(void *data)
{
    rig *mine = data;
    int i;
    for (i = 0; i < 200; ++i) rig_assert_echo(mine);
    return NULL;
}

static void forks_while_other_threads_call_harm_nobody(void **state)
{
    pthread_t threads[4];
    rig rig;
    int i;
    (void)state;
    rig_start(&rig);
    for (i = 0; i < 4; ++i) {
        assert_int_equal(0, pthread_create(&threads[i], NULL, call_on, &rig));
    }
    for (i = 0; i < 20; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            /* Held by a thread that is not here: nothing may wait for it. */
            (void)alarm(30);
            if (ltn_client_stop(rig.client) != LTN_ERR_FORKED) _exit(1);
            ltn_client_free(rig.client);
            ltn_server_free(rig.server);
            ltn_runtime_free(rig.runtime);
            _exit(0);
        }
        assert_child_is_well(child);
    }
    for (i = 0; i < 4; ++i) assert_int_equal(0, pthread_join(threads[i], NULL));
    rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_of_a_host_that_used_nothing_yet_uses_the_library),
        cmocka_unit_test(handles_made_before_the_fork_start_in_the_parent_alone),
        cmocka_unit_test(a_fork_after_everything_was_closed_leaves_both_sides_free_to_start_again),
        cmocka_unit_test(a_handler_may_run_a_program),
        cmocka_unit_test(a_child_forked_inside_a_handler_starts_over_by_itself),
        cmocka_unit_test(a_program_that_is_executed_inherits_no_descriptor_of_ours),
        cmocka_unit_test(forks_while_other_threads_call_harm_nobody),
    };
    return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
