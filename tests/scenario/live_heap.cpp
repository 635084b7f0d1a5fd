#include "scenario/live_heap.h"

#include <malloc.h>

#include <atomic>

namespace {

std::atomic<int64_t> live{0};

}  // namespace

namespace ltn::scenario {

int64_t live_heap_bytes()
{
    return live.load(std::memory_order_relaxed);
}

}  // namespace ltn::scenario

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LTN_OTHER_ALLOCATOR 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define LTN_OTHER_ALLOCATOR 1
#endif

#ifndef LTN_OTHER_ALLOCATOR

// The executable's definitions stand before the C library's, for every library in the process.
extern "C" {

void* __libc_malloc(size_t len);
void* __libc_calloc(size_t count, size_t len);
void* __libc_realloc(void* memory, size_t len);
void* __libc_memalign(size_t alignment, size_t len);
void __libc_free(void* memory);

}  // extern "C"

namespace {

void* counted(void* memory)
{
    if (memory != nullptr) {
        live.fetch_add(static_cast<int64_t>(malloc_usable_size(memory)), std::memory_order_relaxed);
    }
    return memory;
}

void uncounted(void* memory)
{
    if (memory != nullptr) {
        live.fetch_sub(static_cast<int64_t>(malloc_usable_size(memory)), std::memory_order_relaxed);
    }
}

}  // namespace

extern "C" {

void* malloc(size_t len) noexcept
{
    return counted(__libc_malloc(len));
}

void* calloc(size_t count, size_t len) noexcept
{
    return counted(__libc_calloc(count, len));
}

void* realloc(void* memory, size_t len) noexcept
{
    const int64_t old_len =
        memory == nullptr ? 0 : static_cast<int64_t>(malloc_usable_size(memory));
    void* out = __libc_realloc(memory, len);
    if (out == nullptr && len != 0) return nullptr;
    live.fetch_sub(old_len, std::memory_order_relaxed);
    return counted(out);
}

void* memalign(size_t alignment, size_t len) noexcept
{
    return counted(__libc_memalign(alignment, len));
}

void* aligned_alloc(size_t alignment, size_t len) noexcept
{
    return counted(__libc_memalign(alignment, len));
}

int posix_memalign(void** out, size_t alignment, size_t len) noexcept
{
    *out = counted(__libc_memalign(alignment, len));
    return *out == nullptr ? 12 : 0;
}

void free(void* memory) noexcept
{
    uncounted(memory);
    __libc_free(memory);
}

}  // extern "C"

#endif
