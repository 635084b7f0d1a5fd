#include "quic/memory.h"

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace ltn::quic {

namespace {

// In front of every block; 16 bytes keep the alignment of malloc.
struct alignas(16) Header {
    uint64_t len;
    uint64_t size_class;
};

constexpr size_t kSmallest = 64;
constexpr unsigned kSmallestBits = 6, kStepBits = 3;
constexpr size_t kLargest = 32 * 1024;

struct SizeClass {
    size_t number;
    size_t room;
};

SizeClass class_of(size_t len)
{
    if (len <= kSmallest) return {0, kSmallest};
    const size_t last = len - 1;
    const unsigned bits = static_cast<unsigned>(std::bit_width(last)) - 1;
    const size_t step = last >> (bits - kStepBits);  // 8 to 15
    return {((bits - kSmallestBits) << kStepBits) + step - 7, (step + 1) << (bits - kStepBits)};
}

constexpr uint64_t kLarge = 255;

// A sanitizer must see every block come and go, or it cannot tell use after free.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPassThrough = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kPassThrough = true;
#else
constexpr bool kPassThrough = false;
#endif
#else
constexpr bool kPassThrough = false;
#endif

Memory& of(void* user_data)
{
    return *static_cast<Memory*>(user_data);
}

}  // namespace

Memory::Memory()
{
    mem_.user_data = this;
    mem_.malloc = [](size_t len, void* self) { return of(self).allocate(len); };
    mem_.free = [](void* block, void* self) { of(self).release(block); };
    mem_.calloc = [](size_t count, size_t len, void* self) -> void* {
        if (len != 0 && count > SIZE_MAX / len) return nullptr;
        void* block = of(self).allocate(count * len);
        if (block != nullptr) std::memset(block, 0, count * len);
        return block;
    };
    mem_.realloc = [](void* block, size_t len, void* self) { return of(self).resize(block, len); };
}

Memory::~Memory()
{
    for (Free* list : free_) {
        while (list != nullptr) {
            Free* next = list->next;
            std::free(reinterpret_cast<Header*>(list) - 1);
            list = next;
        }
    }
}

void* Memory::allocate(size_t len)
{
    const bool large = kPassThrough || len > kLargest;
    const auto [size_class, class_room] = large ? SizeClass{0, len} : class_of(len);
    if (!large && free_[size_class] != nullptr) {
        Free* block = free_[size_class];
        free_[size_class] = block->next;
        kept_ -= class_room;
        (reinterpret_cast<Header*>(block) - 1)->len = len;
        return block;
    }
    auto* header = static_cast<Header*>(std::malloc(sizeof(Header) + class_room));
    if (header == nullptr) return nullptr;
    *header = {len, large ? kLarge : size_class};
    return header + 1;
}

void Memory::release(void* block)
{
    if (block == nullptr) return;
    Header* header = static_cast<Header*>(block) - 1;
    const size_t room =
        header->size_class == kLarge ? 0 : class_of(static_cast<size_t>(header->len)).room;
    if (header->size_class == kLarge || kept_ + room > kKeptMax) {
        std::free(header);
        return;
    }
    auto* free = static_cast<Free*>(block);
    free->next = free_[header->size_class];
    free_[header->size_class] = free;
    kept_ += room;
}

void* Memory::resize(void* block, size_t len)
{
    void* moved = allocate(len);
    if (moved == nullptr || block == nullptr) return moved;
    size_t old = static_cast<size_t>((static_cast<Header*>(block) - 1)->len);
    std::memcpy(moved, block, old < len ? old : len);
    release(block);
    return moved;
}

}  // namespace ltn::quic
