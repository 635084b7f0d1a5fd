// From a secret of TLS to the keys of packets (RFC 9001 5), straight on wolfCrypt's HKDF. ngtcp2's
// helper goes through wolfSSL's EVP key objects for each label.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

struct WOLFSSL;

namespace ltn::quic::tls {

enum class Cipher : uint8_t { aes_gcm, chacha20_poly1305 };

inline constexpr size_t kIvLen = 12, kTagLen = 16, kKeyLenMax = 32, kSecretLenMax = 48;

// Numbers of packets under one key, and of forged ones: RFC 9001 6.6.
struct Suite {
    Cipher cipher;
    uint8_t key_len;
    uint8_t secret_len;  // and so the hash: SHA-256 or SHA-384
    uint64_t seals_max;
    uint64_t forgeries_max;
};

extern const Suite kAes128Gcm, kAes256Gcm, kChaCha20Poly1305;

// What the session has agreed on; null if that is none of ours, or nothing yet.
const Suite* suite_of(WOLFSSL* ssl);

// Wiped when it goes.
struct PacketKeys {
    uint8_t key[kKeyLenMax];
    uint8_t header_key[kKeyLenMax];
    uint8_t iv[kIvLen];

    PacketKeys() = default;
    ~PacketKeys();
    PacketKeys(const PacketKeys&) = delete;
    PacketKeys& operator=(const PacketKeys&) = delete;
};

// All three: false when wolfCrypt refuses, which it does for want of memory at most.
bool derive_keys(const Suite& suite, ByteView secret, PacketKeys& out);
// The secret of the next key phase; `out` is as long as `secret`.
bool next_secret(const Suite& suite, ByteView secret, uint8_t* out);
// Of version 1, the only one that we speak. Each is 32 bytes.
bool initial_secrets(ByteView client_dcid, uint8_t* client, uint8_t* server);

}  // namespace ltn::quic::tls
