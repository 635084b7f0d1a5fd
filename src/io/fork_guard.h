// Tells whether this process is a forked child of the one that made the guard (promise P3). A page
// that the kernel wipes in the child: asking costs one load, where getpid() costs a system call.
#pragma once

#include <sys/types.h>

#include <memory>

namespace ltn::io {

class ForkGuard {
public:
    ForkGuard();
    ~ForkGuard();
    ForkGuard(const ForkGuard&) = delete;
    ForkGuard& operator=(const ForkGuard&) = delete;

    bool forked() const
    {
        if (page_ != nullptr) return *page_ == 0;
        return forked_by_pid();
    }
    // False: the kernel cannot wipe pages (before 4.14) and the process id is compared instead.
    bool by_page() const { return page_ != nullptr; }

private:
    bool forked_by_pid() const;

    volatile unsigned char* page_ = nullptr;
    size_t page_len_ = 0;
    pid_t owner_ = 0;
};

}  // namespace ltn::io
