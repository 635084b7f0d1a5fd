#include "quic/tls/crypto.h"

#include <ngtcp2/ngtcp2_crypto.h>

namespace ltn::quic::tls {

void install_crypto_callbacks(ngtcp2_callbacks& callbacks)
{
    callbacks.client_initial = ngtcp2_crypto_client_initial_cb;
    callbacks.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
    callbacks.recv_retry = ngtcp2_crypto_recv_retry_cb;
    callbacks.encrypt = ngtcp2_crypto_encrypt_cb;
    callbacks.decrypt = ngtcp2_crypto_decrypt_cb;
    callbacks.hp_mask = ngtcp2_crypto_hp_mask_cb;
    callbacks.update_key = ngtcp2_crypto_update_key_cb;
    callbacks.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    callbacks.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    callbacks.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
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
    ngtcp2_ssize n = ngtcp2_crypto_write_connection_close(
        out.data(), out.size(), version, &dcid, &scid, code, text.data(), text.size());
    return n > 0 ? static_cast<size_t>(n) : 0;
}

}  // namespace ltn::quic::tls
