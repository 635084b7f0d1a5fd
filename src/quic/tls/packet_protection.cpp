#include "quic/tls/packet_protection.h"

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/chacha.h>
#include <wolfssl/wolfcrypt/chacha20_poly1305.h>

#include <cstring>
#include <new>

#include "crypto/secret.h"

namespace ltn::quic::tls {

namespace {

word32 len32(ByteView bytes)
{
    return static_cast<word32>(bytes.size());
}

}  // namespace

ScheduledKey::ScheduledKey(const Suite& suite, Use use, const uint8_t* key)
    : cipher_(suite.cipher), use_(use), key_len_(suite.key_len)
{
    std::memcpy(key_, key, key_len_);
}

ScheduledKey::~ScheduledKey()
{
    crypto::secret_wipe(key_, sizeof key_);
    if (aes_ == nullptr) return;
    wc_AesFree(aes_);
    crypto::secret_wipe(aes_, sizeof *aes_);
    delete aes_;
}

Aes* ScheduledKey::schedule()
{
    auto* aes = new (std::nothrow) Aes;
    if (aes == nullptr) return nullptr;
    int rc = wc_AesInit(aes, nullptr, INVALID_DEVID);
    if (rc == 0) {
        rc = use_ == Use::packets ? wc_AesGcmSetKey(aes, key_, key_len_)
                                  : wc_AesSetKey(aes, key_, key_len_, nullptr, AES_ENCRYPTION);
    }
    if (rc != 0) {
        wc_AesFree(aes);
        crypto::secret_wipe(aes, sizeof *aes);
        delete aes;
        return nullptr;
    }
    crypto::secret_wipe(key_, sizeof key_);
    aes_ = aes;
    return aes_;
}

bool PacketKey::seal(uint8_t* out, ByteView plain, const uint8_t* nonce, ByteView bound)
{
    uint8_t* tag = out + plain.size();
    if (!key_.is_aes()) {
        return wc_ChaCha20Poly1305_Encrypt(key_.bytes(), nonce, bound.data(), len32(bound),
                                           plain.data(), len32(plain), out, tag) == 0;
    }
    Aes* aes = key_.aes();
    return aes != nullptr && wc_AesGcmEncrypt(aes, out, plain.data(), len32(plain), nonce, kIvLen,
                                              tag, kTagLen, bound.data(), len32(bound)) == 0;
}

bool PacketKey::open(uint8_t* out, ByteView sealed, const uint8_t* nonce, ByteView bound)
{
    if (sealed.size() < kTagLen) return false;
    ByteView text = sealed.first(sealed.size() - kTagLen);
    const uint8_t* tag = sealed.data() + text.size();
    if (!key_.is_aes()) {
        return wc_ChaCha20Poly1305_Decrypt(key_.bytes(), nonce, bound.data(), len32(bound),
                                           text.data(), len32(text), tag, out) == 0;
    }
    Aes* aes = key_.aes();
    return aes != nullptr && wc_AesGcmDecrypt(aes, out, text.data(), len32(text), nonce, kIvLen,
                                              tag, kTagLen, bound.data(), len32(bound)) == 0;
}

bool HeaderKey::mask(uint8_t* out, const uint8_t* sample)
{
    if (key_.is_aes()) {
        Aes* aes = key_.aes();
        return aes != nullptr && wc_AesEncryptDirect(aes, out, sample) == 0;
    }
    // The sample is the block's number, little-endian, and the nonce (RFC 9001 5.4.4).
    static constexpr uint8_t kZeros[5] = {};
    const uint32_t number =
        static_cast<uint32_t>(sample[0]) | static_cast<uint32_t>(sample[1]) << 8 |
        static_cast<uint32_t>(sample[2]) << 16 | static_cast<uint32_t>(sample[3]) << 24;
    ChaCha chacha;
    const bool made = wc_Chacha_SetKey(&chacha, key_.bytes(), kKeyLenMax) == 0 &&
                      wc_Chacha_SetIV(&chacha, sample + 4, number) == 0 &&
                      wc_Chacha_Process(&chacha, out, kZeros, sizeof kZeros) == 0;
    crypto::secret_wipe(&chacha, sizeof chacha);
    return made;
}

}  // namespace ltn::quic::tls
