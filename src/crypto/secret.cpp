// sodium_malloc already tolerates a refused mlock; what it does not tolerate is a refused mmap
// (address-space limits), hence the second way. A header before the block tells the two apart.
#include "crypto/secret.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace ltn::crypto {

namespace {

// Keeps the block aligned as malloc does, and has room for its length and its origin.
struct alignas(16) Header {
    size_t len = 0;
    bool fenced = false;
};

}  // namespace

void secret_wipe(void* memory, size_t len) noexcept
{
    if (len != 0) sodium_memzero(memory, len);
}

void* secret_alloc(size_t len)
{
    if (len > SIZE_MAX - sizeof(Header)) throw std::bad_alloc();
    const size_t total = sizeof(Header) + len;
    bool fenced = true;
    // A multiple of the alignment: sodium_malloc aligns the end of the block, not its start.
    const size_t rounded = (total + alignof(Header) - 1) / alignof(Header) * alignof(Header);
    void* block = sodium_malloc(rounded);
    if (block == nullptr) {
        fenced = false;
        block = std::malloc(rounded);
        if (block == nullptr) throw std::bad_alloc();
    }
    std::memset(block, 0, rounded);
    auto* header = new (block) Header{rounded, fenced};
    return header + 1;
}

void secret_free(void* memory) noexcept
{
    if (memory == nullptr) return;
    Header* header = static_cast<Header*>(memory) - 1;
    if (header->fenced) {
        sodium_free(header);  // wipes
        return;
    }
    secret_wipe(memory, header->len - sizeof(Header));
    std::free(header);
}

SecretBytes::SecretBytes(size_t len) : data_(static_cast<uint8_t*>(secret_alloc(len))), len_(len) {}

SecretBytes::~SecretBytes()
{
    secret_free(data_);
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), len_(std::exchange(other.len_, 0))
{
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept
{
    std::swap(data_, other.data_);
    std::swap(len_, other.len_);
    return *this;
}

}  // namespace ltn::crypto
