/* P1: loading changes nothing in the process. loading LIBRARY */
#define _GNU_SOURCE
#include "wire.h"

#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

extern char **environ;

struct state {
    int threads;
    int descriptors;
    struct sigaction handlers[64];
    sigset_t mask;
    mode_t umask_now;
    char locale[256];
    size_t variables;
    struct rlimit limits[16];
};

static void look(struct state *state)
{
    int i;
    memset(state, 0, sizeof *state);
    state->threads = wire_entries("/proc/self/task");
    state->descriptors = wire_entries("/proc/self/fd");
    for (i = 1; i < 64; ++i) (void)sigaction(i, NULL, &state->handlers[i]);
    (void)sigprocmask(SIG_SETMASK, NULL, &state->mask);
    state->umask_now = umask(0);
    (void)umask(state->umask_now);
    strncpy(state->locale, setlocale(LC_ALL, NULL), sizeof state->locale - 1);
    while (environ[state->variables] != NULL) ++state->variables;
    for (i = 0; i < 16; ++i) (void)getrlimit(i, &state->limits[i]);
}

int main(int argc, char **argv)
{
    static struct state before;
    static struct state after;
    int i;
    MUST(argc == 2);
    look(&before);
    MUST(dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) != NULL);
    look(&after);
    MUST(before.threads == after.threads);
    MUST(before.descriptors == after.descriptors);
    for (i = 1; i < 64; ++i) {
        MUST(before.handlers[i].sa_handler == after.handlers[i].sa_handler);
        MUST(before.handlers[i].sa_flags == after.handlers[i].sa_flags);
    }
    MUST(memcmp(&before.mask, &after.mask, sizeof before.mask) == 0);
    MUST(before.umask_now == after.umask_now);
    MUST(strcmp(before.locale, after.locale) == 0);
    MUST(before.variables == after.variables);
    MUST(memcmp(before.limits, after.limits, sizeof before.limits) == 0);
    return 0;
}
