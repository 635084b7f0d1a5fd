// Memory for secrets: locked and fenced where the system allows it, always wiped when it goes.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/bytes.h"

namespace ltn::crypto {

// Not removed by the optimiser, unlike memset before a free.
void secret_wipe(void* memory, size_t len) noexcept;

// Zeroed memory, fenced by guard pages and kept out of swap and core dumps. Locking is silently
// skipped when RLIMIT_MEMLOCK forbids it, and ordinary memory is used when mapping fails: a node
// that cannot lock a page must still be able to sign. Throws std::bad_alloc if there is none.
void* secret_alloc(size_t len);
void secret_free(void* memory) noexcept;

// A fixed number of secret bytes of run-time length (a key file, a phrase).
class SecretBytes {
public:
    SecretBytes() = default;
    explicit SecretBytes(size_t len);
    ~SecretBytes();
    SecretBytes(SecretBytes&& other) noexcept;
    SecretBytes& operator=(SecretBytes&& other) noexcept;
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;

    uint8_t* data() { return data_; }
    const uint8_t* data() const { return data_; }
    size_t size() const { return len_; }
    ByteView view() const { return {data_, len_}; }
    MutableBytes bytes() { return {data_, len_}; }
    std::string_view text() const { return as_text(view()); }
    // Forgets the tail; the memory is still wiped as a whole at the end.
    void truncate(size_t len) { len_ = len < len_ ? len : len_; }

private:
    uint8_t* data_ = nullptr;
    size_t len_ = 0;
};

// Secret bytes on the stack, wiped when the scope is left by any way.
template <size_t N>
class SecretArray {
public:
    SecretArray() = default;
    ~SecretArray() { secret_wipe(bytes_.data(), N); }
    SecretArray(const SecretArray&) = delete;
    SecretArray& operator=(const SecretArray&) = delete;

    std::array<uint8_t, N>& array() { return bytes_; }
    uint8_t* data() { return bytes_.data(); }
    const uint8_t* data() const { return bytes_.data(); }
    ByteView view() const { return bytes_; }
    MutableBytes bytes() { return bytes_; }

private:
    std::array<uint8_t, N> bytes_{};
};

}  // namespace ltn::crypto
