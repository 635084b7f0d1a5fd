#include "quic/tls/crypto.h"

#include <ngtcp2/ngtcp2_crypto.h>

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/openssl/evp.h>
#include <wolfssl/wolfcrypt/aes.h>

#include "quic/frame_tally.h"

namespace ltn::quic::tls {

namespace {

constexpr word32 kGcmNonceLen = 12, kGcmTagLen = 16;

// ngtcp2's helper drives AES through EVP contexts: set-up, additional data, text and tag are calls
// of their own. Those contexts hold a keyed AES object, and one call on that does the whole packet
// (15-20 % more calls/s, 20-23 % bulk). ChaCha20 goes the helper's way. Null: not AES.
Aes* keyed_aes(void* native, bool gcm)
{
    auto* context = static_cast<WOLFSSL_EVP_CIPHER_CTX*>(native);
    switch (context->cipherType) {
        case WC_AES_128_GCM_TYPE:
        case WC_AES_256_GCM_TYPE: return gcm ? &context->cipher.aes : nullptr;
        case WC_AES_128_ECB_TYPE:
        case WC_AES_256_ECB_TYPE: return gcm ? nullptr : &context->cipher.aes;
        default: return nullptr;
    }
}

int encrypt(uint8_t* out, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* context,
            const uint8_t* plain, size_t plain_len, const uint8_t* nonce, size_t nonce_len,
            const uint8_t* bound, size_t bound_len)
{
    Aes* aes = keyed_aes(context->native_handle, true);
    if (aes == nullptr || nonce_len != kGcmNonceLen) {
        return ngtcp2_crypto_encrypt_cb(out, aead, context, plain, plain_len, nonce, nonce_len,
                                        bound, bound_len);
    }
    int rc = wc_AesGcmEncrypt(aes, out, plain, static_cast<word32>(plain_len), nonce, kGcmNonceLen,
                              out + plain_len, kGcmTagLen, bound, static_cast<word32>(bound_len));
    return rc == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

thread_local FrameTally* t_tally = nullptr;

int open_packet(uint8_t* out, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* context,
                const uint8_t* sealed, size_t sealed_len, const uint8_t* nonce, size_t nonce_len,
                const uint8_t* bound, size_t bound_len)
{
    Aes* aes = keyed_aes(context->native_handle, true);
    if (aes == nullptr || nonce_len != kGcmNonceLen) {
        return ngtcp2_crypto_decrypt_cb(out, aead, context, sealed, sealed_len, nonce, nonce_len,
                                        bound, bound_len);
    }
    if (sealed_len < kGcmTagLen) return NGTCP2_ERR_DECRYPT;
    size_t len = sealed_len - kGcmTagLen;
    int rc = wc_AesGcmDecrypt(aes, out, sealed, static_cast<word32>(len), nonce, kGcmNonceLen,
                              sealed + len, kGcmTagLen, bound, static_cast<word32>(bound_len));
    return rc == 0 ? 0 : NGTCP2_ERR_DECRYPT;
}

int decrypt(uint8_t* out, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* context,
            const uint8_t* sealed, size_t sealed_len, const uint8_t* nonce, size_t nonce_len,
            const uint8_t* bound, size_t bound_len)
{
    int rc =
        open_packet(out, aead, context, sealed, sealed_len, nonce, nonce_len, bound, bound_len);
    if (rc != 0 || t_tally == nullptr || bound_len == 0 || sealed_len < kGcmTagLen) return rc;
    t_tally->add(ByteView(out, sealed_len - kGcmTagLen), (bound[0] & 0x80) != 0);
    return 0;
}

int header_mask(uint8_t* out, const ngtcp2_crypto_cipher* cipher,
                const ngtcp2_crypto_cipher_ctx* context, const uint8_t* sample)
{
    Aes* aes = keyed_aes(context->native_handle, false);
    if (aes == nullptr) return ngtcp2_crypto_hp_mask_cb(out, cipher, context, sample);
    return wc_AesEncryptDirect(aes, out, sample) == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

}  // namespace

TallyScope::TallyScope(FrameTally& tally)
{
    t_tally = &tally;
}

TallyScope::~TallyScope()
{
    t_tally = nullptr;
}

void install_crypto_callbacks(ngtcp2_callbacks& callbacks)
{
    callbacks.client_initial = ngtcp2_crypto_client_initial_cb;
    callbacks.recv_retry = ngtcp2_crypto_recv_retry_cb;
    callbacks.encrypt = encrypt;
    callbacks.decrypt = decrypt;
    callbacks.hp_mask = header_mask;
    callbacks.update_key = ngtcp2_crypto_update_key_cb;
    callbacks.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    callbacks.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    callbacks.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
}

int derive_initial_keys(ngtcp2_conn* conn, const ngtcp2_cid& dcid)
{
    return ngtcp2_crypto_recv_client_initial_cb(conn, &dcid, nullptr);
}

int feed(ngtcp2_conn* conn, ngtcp2_encryption_level level, ByteView bytes)
{
    return ngtcp2_crypto_recv_crypto_data_cb(conn, level, 0, bytes.data(), bytes.size(), nullptr);
}

size_t write_retry(MutableBytes out, uint32_t version, const ngtcp2_cid& dcid,
                   const ngtcp2_cid& scid, const ngtcp2_cid& original_dcid, ByteView token)
{
    ngtcp2_ssize n = ngtcp2_crypto_write_retry(out.data(), out.size(), version, &dcid, &scid,
                                               &original_dcid, token.data(), token.size());
    return n > 0 ? static_cast<size_t>(n) : 0;
}

size_t write_initial_close(MutableBytes out, uint32_t version, const ngtcp2_cid& dcid,
                           const ngtcp2_cid& scid, uint64_t code, std::string_view reason)
{
    ByteView text = as_bytes(reason);
    ngtcp2_ssize n = ngtcp2_crypto_write_connection_close(out.data(), out.size(), version, &dcid,
                                                          &scid, code, text.data(), text.size());
    return n > 0 ? static_cast<size_t>(n) : 0;
}

}  // namespace ltn::quic::tls
