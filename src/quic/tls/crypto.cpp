#include "quic/tls/crypto.h"

#include <ngtcp2/ngtcp2_crypto.h>

#include "quic/frame_tally.h"
#include "quic/tls/key_install.h"

namespace ltn::quic::tls {

namespace {

thread_local FrameTally* t_tally = nullptr;

int decrypt(uint8_t* out, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* context,
            const uint8_t* sealed, size_t sealed_len, const uint8_t* nonce, size_t nonce_len,
            const uint8_t* bound, size_t bound_len)
{
    int rc =
        open_packet(out, aead, context, sealed, sealed_len, nonce, nonce_len, bound, bound_len);
    if (rc != 0 || t_tally == nullptr || bound_len == 0 || sealed_len < kTagLen) return rc;
    t_tally->add(ByteView(out, sealed_len - kTagLen), (bound[0] & 0x80) != 0);
    return 0;
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
    install_protection(callbacks);
    callbacks.decrypt = decrypt;
}

int derive_initial_keys(ngtcp2_conn* conn, const ngtcp2_cid& dcid)
{
    return install_initial_keys(conn, dcid);
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
