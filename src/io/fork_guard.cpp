#include "io/fork_guard.h"

#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

namespace ltn::io {

ForkGuard::ForkGuard() : owner_(getpid())
{
    const long page_len = sysconf(_SC_PAGESIZE);
    if (page_len <= 0) return;
    page_len_ = static_cast<size_t>(page_len);
    void* page =
        mmap(nullptr, page_len_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return;
    if (madvise(page, page_len_, MADV_WIPEONFORK) != 0) {
        munmap(page, page_len_);
        return;
    }
    page_ = static_cast<volatile unsigned char*>(page);
    *page_ = 1;
}

ForkGuard::~ForkGuard()
{
    if (page_ != nullptr) munmap(const_cast<unsigned char*>(page_), page_len_);
}

bool ForkGuard::forked_by_pid() const
{
    return getpid() != owner_;
}

}  // namespace ltn::io
