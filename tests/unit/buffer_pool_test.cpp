// Buffers that are used again.
#include "base/buffer_pool.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

using ltn::BufferPool;
using ltn::Bytes;
using ltn::SharedBytes;

namespace {

void a_large_buffer_given_back_is_used_again(void**)
{
    auto pool = BufferPool::create();
    Bytes first(1 << 20, 0x11);
    const uint8_t* memory = first.data();
    pool->give(std::move(first));
    const Bytes second = pool->take(1 << 20);
    assert_ptr_equal(second.data(), memory);
    assert_int_equal(second.size(), 0);
    assert_int_equal(pool->take(1 << 20).capacity(), 0);
}

void the_last_owner_of_shared_bytes_gives_them_back(void**)
{
    auto pool = BufferPool::create();
    SharedBytes shared = pool->share(Bytes(200'000, 0x22));
    const uint8_t* memory = shared.data();
    SharedBytes slice = shared.slice(10, 20);
    shared = SharedBytes();
    assert_int_equal(pool->take(200'000).capacity(), 0);
    slice = SharedBytes();
    assert_ptr_equal(pool->take(200'000).data(), memory);
}

void small_buffers_and_giants_are_left_to_the_allocator(void**)
{
    auto pool = BufferPool::create();
    pool->give(Bytes(1000));
    assert_int_equal(pool->take(1000).capacity(), 0);
    pool->give(Bytes(BufferPool::kBytesMax));
    assert_int_equal(pool->take(BufferPool::kBytesMax).capacity(), 0);
    // A dwarf does not get a giant's memory.
    pool->give(Bytes(4 << 20));
    assert_int_equal(pool->take(BufferPool::kBufferLenMin).capacity(), 0);
}

void what_is_kept_stays_within_its_bounds(void**)
{
    auto pool = BufferPool::create();
    for (int i = 0; i < 100; ++i) pool->give(Bytes(2 << 20));
    size_t kept = 0;
    while (pool->take(2 << 20).capacity() > 0) ++kept;
    assert_int_equal(kept, BufferPool::kBytesMax / (2 << 20));
}

void bytes_outlive_the_pool_owner(void**)
{
    auto pool = BufferPool::create();
    const SharedBytes shared = pool->copy(Bytes(100'000, 0x33));
    pool.reset();
    assert_int_equal(shared.size(), 100'000);
    assert_int_equal(shared.view()[99'999], 0x33);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_large_buffer_given_back_is_used_again),
        cmocka_unit_test(the_last_owner_of_shared_bytes_gives_them_back),
        cmocka_unit_test(small_buffers_and_giants_are_left_to_the_allocator),
        cmocka_unit_test(what_is_kept_stays_within_its_bounds),
        cmocka_unit_test(bytes_outlive_the_pool_owner),
    };
    return cmocka_run_group_tests_name("buffer_pool", tests, nullptr, nullptr);
}
