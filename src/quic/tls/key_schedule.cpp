#include "quic/tls/key_schedule.h"

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/quic.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/hmac.h>

#include <cstring>
#include <string_view>

#include "crypto/secret.h"

namespace ltn::quic::tls {

namespace {

constexpr uint64_t kAesSealsMax = uint64_t{1} << 23, kAesForgeriesMax = uint64_t{1} << 52;
// Packet numbers end before ChaCha20's own limit does.
constexpr uint64_t kChaChaSealsMax = UINT64_MAX, kChaChaForgeriesMax = uint64_t{1} << 36;

constexpr uint8_t kInitialSalt[] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                    0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
constexpr size_t kInitialSecretLen = 32;

int hash_of(size_t secret_len)
{
    return secret_len == 48 ? WC_SHA384 : WC_SHA256;
}

// HKDF-Expand-Label of TLS 1.3 with an empty context.
bool expand_label(ByteView secret, std::string_view label, uint8_t* out, size_t out_len)
{
    constexpr std::string_view kPrefix = "tls13 ";
    uint8_t info[32];
    if (4 + kPrefix.size() + label.size() > sizeof info) return false;
    uint8_t* at = info;
    *at++ = static_cast<uint8_t>(out_len >> 8);
    *at++ = static_cast<uint8_t>(out_len);
    *at++ = static_cast<uint8_t>(kPrefix.size() + label.size());
    std::memcpy(at, kPrefix.data(), kPrefix.size());
    at += kPrefix.size();
    std::memcpy(at, label.data(), label.size());
    at += label.size();
    *at++ = 0;
    return wc_HKDF_Expand(hash_of(secret.size()), secret.data(), static_cast<word32>(secret.size()),
                          info, static_cast<word32>(at - info), out,
                          static_cast<word32>(out_len)) == 0;
}

}  // namespace

const Suite kAes128Gcm{Cipher::aes_gcm, 16, 32, kAesSealsMax, kAesForgeriesMax};
const Suite kAes256Gcm{Cipher::aes_gcm, 32, 48, kAesSealsMax, kAesForgeriesMax};
const Suite kChaCha20Poly1305{Cipher::chacha20_poly1305, 32, 32, kChaChaSealsMax,
                              kChaChaForgeriesMax};

const Suite* suite_of(WOLFSSL* ssl)
{
    const WOLFSSL_EVP_CIPHER* aead = wolfSSL_quic_get_aead(ssl);
    if (aead == nullptr) return nullptr;
    if (wolfSSL_quic_aead_is_chacha20(aead) != 0) return &kChaCha20Poly1305;
    if (wolfSSL_quic_aead_is_gcm(aead) == 0) return nullptr;
    return wolfSSL_EVP_Cipher_key_length(aead) == 32 ? &kAes256Gcm : &kAes128Gcm;
}

PacketKeys::~PacketKeys()
{
    crypto::secret_wipe(key, sizeof key);
    crypto::secret_wipe(header_key, sizeof header_key);
}

bool derive_keys(const Suite& suite, ByteView secret, PacketKeys& out)
{
    return secret.size() == suite.secret_len &&
           expand_label(secret, "quic key", out.key, suite.key_len) &&
           expand_label(secret, "quic iv", out.iv, sizeof out.iv) &&
           expand_label(secret, "quic hp", out.header_key, suite.key_len);
}

bool next_secret(const Suite& suite, ByteView secret, uint8_t* out)
{
    return secret.size() == suite.secret_len && expand_label(secret, "quic ku", out, secret.size());
}

bool initial_secrets(ByteView client_dcid, uint8_t* client, uint8_t* server)
{
    crypto::SecretArray<kInitialSecretLen> root;
    return wc_HKDF_Extract(WC_SHA256, kInitialSalt, sizeof kInitialSalt, client_dcid.data(),
                           static_cast<word32>(client_dcid.size()), root.data()) == 0 &&
           expand_label(root.view(), "client in", client, kInitialSecretLen) &&
           expand_label(root.view(), "server in", server, kInitialSecretLen);
}

}  // namespace ltn::quic::tls
