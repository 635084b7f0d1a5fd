// The allocator that ngtcp2 uses: free lists by size, so that a connection in steady state asks the
// system for nothing. One per endpoint, which is one thread's.
#pragma once

#include <ngtcp2/ngtcp2.h>

#include <array>
#include <cstddef>

namespace ltn::quic {

class Memory {
public:
    Memory();
    ~Memory();
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    const ngtcp2_mem* get() const { return &mem_; }

    void* allocate(size_t len);
    void release(void* block);
    void* resize(void* block, size_t len);

private:
    // 64 bytes to 32 KiB, eight sizes to a doubling (steps of two cost 12 KB to a connection);
    // larger blocks go straight to the system.
    static constexpr size_t kClasses = 73;
    static constexpr size_t kKeptMax = 8 << 20;  // bytes on the free lists; more is given back

    struct Free {
        Free* next;
    };
    ngtcp2_mem mem_;
    std::array<Free*, kClasses> free_{};
    size_t kept_ = 0;
};

}  // namespace ltn::quic
