// Seals, opens and masks packets straight on wolfCrypt. ngtcp2 keeps these objects by its
// `native_handle`; the helper that comes with it would put an EVP context of 1,152 bytes there, and
// pay some 50 ns a packet for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "quic/tls/key_schedule.h"

struct Aes;

namespace ltn::quic::tls {

// A key of 32 bytes at most that becomes AES's schedule of about a kilobyte when it is first used:
// the keys of the next phase lie ready for the life of a connection, and few are ever used.
class ScheduledKey {
public:
    enum class Use : uint8_t { packets, headers };

    ScheduledKey(const Suite& suite, Use use, const uint8_t* key);
    ~ScheduledKey();
    ScheduledKey(const ScheduledKey&) = delete;
    ScheduledKey& operator=(const ScheduledKey&) = delete;

    bool is_aes() const { return cipher_ == Cipher::aes_gcm; }
    // AES alone. Null for want of memory.
    Aes* aes() { return aes_ != nullptr ? aes_ : schedule(); }
    // ChaCha20, which has no schedule.
    const uint8_t* bytes() const { return key_; }

private:
    Aes* schedule();

    Aes* aes_ = nullptr;
    uint8_t key_[kKeyLenMax] = {};  // of AES: wiped when it has become a schedule
    Cipher cipher_;
    Use use_;
    uint8_t key_len_;
};

class PacketKey {
public:
    PacketKey(const Suite& suite, const uint8_t* key) : key_(suite, ScheduledKey::Use::packets, key)
    {
    }

    // `out` has room for the text and the tag, and may begin where `plain` does.
    bool seal(uint8_t* out, ByteView plain, const uint8_t* nonce, ByteView bound);
    // False also when the tag does not fit, which is found out in constant time; `sealed` ends
    // with the tag.
    bool open(uint8_t* out, ByteView sealed, const uint8_t* nonce, ByteView bound);

private:
    ScheduledKey key_;
};

class HeaderKey {
public:
    HeaderKey(const Suite& suite, const uint8_t* key) : key_(suite, ScheduledKey::Use::headers, key)
    {
    }

    // `sample` is 16 bytes; five at least are written, and room for 16 is needed.
    bool mask(uint8_t* out, const uint8_t* sample);

private:
    ScheduledKey key_;
};

}  // namespace ltn::quic::tls
