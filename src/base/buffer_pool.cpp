#include "base/buffer_pool.h"

#include <utility>

namespace ltn {

namespace {

// The owner behind shared bytes. Holds the pool, so that bytes may outlive whoever received them.
struct Pooled {
    Pooled(Bytes&& b, std::shared_ptr<BufferPool> p) : bytes(std::move(b)), pool(std::move(p)) {}
    ~Pooled() { pool->give(std::move(bytes)); }
    Pooled(const Pooled&) = delete;
    Pooled& operator=(const Pooled&) = delete;

    Bytes bytes;
    std::shared_ptr<BufferPool> pool;
};

}  // namespace

Bytes BufferPool::take(size_t len)
{
    if (len < kBufferLenMin) return {};
    const Guard guard(busy_);
    for (size_t i = kept_.size(); i-- > 0;) {
        // Not four times too large: a pool of giants must not be pinned by dwarfs.
        if (kept_[i].capacity() < len || kept_[i].capacity() / 4 > len) continue;
        Bytes found = std::move(kept_[i]);
        kept_[i] = std::move(kept_.back());
        kept_.pop_back();
        kept_bytes_ -= found.capacity();
        return found;
    }
    return {};
}

void BufferPool::give(Bytes&& bytes)
{
    const size_t capacity = bytes.capacity();
    if (capacity < kBufferLenMin || capacity > kBytesMax / 2) return;
    bytes.clear();
    Bytes dropped;  // freed outside the guard
    const Guard guard(busy_);
    if (kept_.size() >= kBuffersMax || kept_bytes_ + capacity > kBytesMax) {
        dropped = std::move(bytes);
        return;
    }
    kept_bytes_ += capacity;
    kept_.push_back(std::move(bytes));
}

SharedBytes BufferPool::share(Bytes&& bytes)
{
    if (bytes.capacity() < kBufferLenMin) return SharedBytes::take(std::move(bytes));
    auto owner = std::make_shared<Pooled>(std::move(bytes), shared_from_this());
    const ByteView view(owner->bytes);
    return SharedBytes::own(std::move(owner), view);
}

SharedBytes BufferPool::copy(ByteView bytes)
{
    Bytes room = take(bytes.size());
    room.assign(bytes.begin(), bytes.end());
    return share(std::move(room));
}

}  // namespace ltn
