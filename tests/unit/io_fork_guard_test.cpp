// The page that tells a forked child from its parent.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include "io/fork_guard.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

bool refuse_wipe = false;

}  // namespace

extern "C" int madvise(void* address, size_t len, int advice) noexcept
{
    if (refuse_wipe && advice == MADV_WIPEONFORK) {
        errno = EINVAL;
        return -1;
    }
    return static_cast<int>(syscall(SYS_madvise, address, len, advice));
}

namespace {

using namespace ltn;
using namespace ltn::io;

int status_of_child(const ForkGuard& guard)
{
    const pid_t child = fork();
    if (child == 0) _exit(guard.forked() ? 42 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void child_knows_and_parent_notices_nothing(void**)
{
    ForkGuard guard;
    assert_false(guard.forked());
    assert_int_equal(status_of_child(guard), 42);
    assert_false(guard.forked());
}

void guard_made_in_the_child_is_the_childs_own(void**)
{
    const pid_t child = fork();
    if (child == 0) {
        ForkGuard guard;
        _exit(guard.forked() ? 1 : 42);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 42);
}

void kernel_without_the_page_compares_process_ids(void**)
{
    refuse_wipe = true;
    ForkGuard guard;
    refuse_wipe = false;
    assert_false(guard.by_page());
    assert_false(guard.forked());
    assert_int_equal(status_of_child(guard), 42);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(child_knows_and_parent_notices_nothing),
        cmocka_unit_test(guard_made_in_the_child_is_the_childs_own),
        cmocka_unit_test(kernel_without_the_page_compares_process_ids),
    };
    return cmocka_run_group_tests_name("io_fork_guard", tests, nullptr, nullptr);
}
