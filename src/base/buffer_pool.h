// Large buffers, used again instead of given back to the system: a fresh megabyte costs 256 page
// faults, more than decrypting it. Bounded in number and bytes; what is over goes back.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace ltn {

class BufferPool : public std::enable_shared_from_this<BufferPool> {
public:
    // Smaller ones are the allocator's business: it keeps them itself.
    static constexpr size_t kBufferLenMin = 64 * 1024;
    static constexpr size_t kBuffersMax = 16;
    static constexpr size_t kBytesMax = 16 << 20;

    static std::shared_ptr<BufferPool> create() { return std::make_shared<BufferPool>(); }
    BufferPool() { kept_.reserve(kBuffersMax); }

    // An empty buffer, with room for `len` bytes when one of that size is at hand; otherwise without.
    // Any thread.
    Bytes take(size_t len);
    // Keeps the memory of `bytes` if it is worth keeping. Any thread.
    void give(Bytes&& bytes);

    // Shared bytes whose memory comes back here when the last owner lets go.
    SharedBytes share(Bytes&& bytes);
    SharedBytes copy(ByteView bytes);

private:
    // A few moves of pointers stand under it and nothing that blocks or allocates: spinning is enough.
    class Guard {
    public:
        explicit Guard(std::atomic_flag& flag) : flag_(flag)
        {
            while (flag_.test_and_set(std::memory_order_acquire)) {
            }
        }
        ~Guard() { flag_.clear(std::memory_order_release); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        std::atomic_flag& flag_;
    };

    std::atomic_flag busy_;
    std::vector<Bytes> kept_;
    size_t kept_bytes_ = 0;
};

}  // namespace ltn
