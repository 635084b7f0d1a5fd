// Counts what operator new hands out in this program. Include once per executable.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace ltn::test {

inline size_t g_allocations = 0;

template <class Work>
size_t allocations_of(Work&& work)
{
    const size_t before = g_allocations;
    work();
    return g_allocations - before;
}

}  // namespace ltn::test

void* operator new(size_t size)
{
    ++ltn::test::g_allocations;
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void operator delete(void* memory) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, size_t) noexcept
{
    std::free(memory);
}
