#include "quic/tls/key_install.h"

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <ngtcp2/ngtcp2_crypto.h>
#include <wolfssl/quic.h>
#include <wolfssl/ssl.h>

#include <algorithm>
#include <memory>
#include <new>

#include "crypto/secret.h"
#include "quic/tls/packet_protection.h"

namespace ltn::quic::tls {

namespace {

// RFC 9001 5.8, the same for everybody.
constexpr uint8_t kRetryKey[] = {0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a,
                                 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8, 0x4e};
constexpr size_t kTransportParametersMax = 256;  // as much as the helper has room for

PacketKey& packet_key(const ngtcp2_crypto_aead_ctx& context)
{
    return *static_cast<PacketKey*>(context.native_handle);
}

// One direction's objects until ngtcp2 has taken them.
struct Direction {
    PacketKeys keys;
    std::unique_ptr<PacketKey> packets;
    std::unique_ptr<HeaderKey> headers;

    bool make(const Suite& suite, ByteView secret)
    {
        if (!derive_keys(suite, secret, keys)) return false;
        packets.reset(new (std::nothrow) PacketKey(suite, keys.key));
        headers.reset(new (std::nothrow) HeaderKey(suite, keys.header_key));
        return packets != nullptr && headers != nullptr;
    }
    ngtcp2_crypto_aead_ctx aead() const { return {packets.get()}; }
    ngtcp2_crypto_cipher_ctx cipher() const { return {headers.get()}; }
    void taken()
    {
        static_cast<void>(packets.release());
        static_cast<void>(headers.release());
    }
};

// ngtcp2 hands these back to our callbacks and looks at the numbers alone.
ngtcp2_crypto_ctx crypto_context(const Suite& suite)
{
    ngtcp2_crypto_ctx out{};
    auto* handle = const_cast<Suite*>(&suite);
    out.aead = {handle, kTagLen};
    out.md = {handle};
    out.hp = {handle};
    out.max_encryption = suite.seals_max;
    out.max_decryption_failure = suite.forgeries_max;
    return out;
}

const Suite* agreed_suite(ngtcp2_conn* conn, WOLFSSL* ssl)
{
    const void* known = ngtcp2_conn_get_crypto_ctx2(conn)->aead.native_handle;
    if (known != nullptr) return static_cast<const Suite*>(known);
    const Suite* suite = suite_of(ssl);
    if (suite == nullptr) return nullptr;
    const ngtcp2_crypto_ctx context = crypto_context(*suite);
    ngtcp2_conn_set_crypto_ctx(conn, &context);
    return suite;
}

bool take_peers_parameters(ngtcp2_conn* conn, WOLFSSL* ssl)
{
    const uint8_t* params = nullptr;
    size_t len = 0;
    wolfSSL_get_peer_quic_transport_params(ssl, &params, &len);
    int rc = ngtcp2_conn_decode_and_set_remote_transport_params(conn, params, len);
    if (rc != 0) ngtcp2_conn_set_tls_error(conn, rc);
    return rc == 0;
}

// No early data; and a server has to know the client's parameters before it has any key.
bool speakable(ngtcp2_conn* conn, WOLFSSL* ssl, ngtcp2_encryption_level level)
{
    if (level == NGTCP2_ENCRYPTION_LEVEL_1RTT) return true;
    if (level != NGTCP2_ENCRYPTION_LEVEL_HANDSHAKE) return false;
    return ngtcp2_conn_is_server2(conn) == 0 || ngtcp2_conn_get_negotiated_version2(conn) != 0 ||
           take_peers_parameters(conn, ssl);
}

bool give_our_parameters(ngtcp2_conn* conn, WOLFSSL* ssl)
{
    uint8_t params[kTransportParametersMax];
    ngtcp2_ssize len = ngtcp2_conn_encode_local_transport_params2(conn, params, sizeof params);
    return len >= 0 && wolfSSL_set_quic_transport_params(ssl, params, static_cast<size_t>(len)) ==
                           WOLFSSL_SUCCESS;
}

int seal_packet(uint8_t* out, const ngtcp2_crypto_aead*, const ngtcp2_crypto_aead_ctx* context,
                const uint8_t* plain, size_t plain_len, const uint8_t* nonce, size_t nonce_len,
                const uint8_t* bound, size_t bound_len)
{
    const bool sealed =
        nonce_len == kIvLen && packet_key(*context).seal(out, ByteView(plain, plain_len), nonce,
                                                         ByteView(bound, bound_len));
    return sealed ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

int mask_header(uint8_t* out, const ngtcp2_crypto_cipher*, const ngtcp2_crypto_cipher_ctx* context,
                const uint8_t* sample)
{
    return static_cast<HeaderKey*>(context->native_handle)->mask(out, sample)
               ? 0
               : NGTCP2_ERR_CALLBACK_FAILURE;
}

// Called soon after each change of phase, for the one after: the new keys become schedules only
// when they are used (ScheduledKey). Keys of headers stay for the life of a connection.
int update_keys(ngtcp2_conn* conn, uint8_t* rx_secret, uint8_t* tx_secret,
                ngtcp2_crypto_aead_ctx* rx, uint8_t* rx_iv, ngtcp2_crypto_aead_ctx* tx,
                uint8_t* tx_iv, const uint8_t* old_rx_secret, const uint8_t* old_tx_secret,
                size_t secret_len, void*)
{
    const auto* suite =
        static_cast<const Suite*>(ngtcp2_conn_get_crypto_ctx2(conn)->aead.native_handle);
    PacketKeys rx_keys, tx_keys;
    std::unique_ptr<PacketKey> rx_key, tx_key;
    if (suite != nullptr && next_secret(*suite, ByteView(old_rx_secret, secret_len), rx_secret) &&
        next_secret(*suite, ByteView(old_tx_secret, secret_len), tx_secret) &&
        derive_keys(*suite, ByteView(rx_secret, secret_len), rx_keys) &&
        derive_keys(*suite, ByteView(tx_secret, secret_len), tx_keys)) {
        rx_key.reset(new (std::nothrow) PacketKey(*suite, rx_keys.key));
        tx_key.reset(new (std::nothrow) PacketKey(*suite, tx_keys.key));
    }
    if (rx_key == nullptr || tx_key == nullptr) {
        crypto::secret_wipe(rx_secret, secret_len);
        crypto::secret_wipe(tx_secret, secret_len);
        return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    std::copy(std::begin(rx_keys.iv), std::end(rx_keys.iv), rx_iv);
    std::copy(std::begin(tx_keys.iv), std::end(tx_keys.iv), tx_iv);
    rx->native_handle = rx_key.release();
    tx->native_handle = tx_key.release();
    return 0;
}

int begin_client(ngtcp2_conn* conn, void*)
{
    auto* ssl = static_cast<WOLFSSL*>(ngtcp2_conn_get_tls_native_handle2(conn));
    if (int rc = install_initial_keys(conn, *ngtcp2_conn_get_dcid2(conn)); rc != 0) return rc;
    // The hello is written by the first round of the handshake, which has nothing to read yet.
    return give_our_parameters(conn, ssl) &&
                   ngtcp2_crypto_read_write_crypto_data(conn, NGTCP2_ENCRYPTION_LEVEL_INITIAL,
                                                        nullptr, 0) == 0
               ? 0
               : NGTCP2_ERR_CALLBACK_FAILURE;
}

}  // namespace

int install_initial_keys(ngtcp2_conn* conn, const ngtcp2_cid& client_dcid)
{
    const ngtcp2_crypto_ctx context = crypto_context(kAes128Gcm);
    ngtcp2_conn_set_initial_crypto_ctx(conn, &context);
    const bool server = ngtcp2_conn_is_server2(conn) != 0;
    crypto::SecretArray<32> of_client, of_server;
    Direction rx, tx;
    if (!initial_secrets(ByteView(client_dcid.data, client_dcid.datalen), of_client.data(),
                         of_server.data()) ||
        !rx.make(kAes128Gcm, server ? of_client.view() : of_server.view()) ||
        !tx.make(kAes128Gcm, server ? of_server.view() : of_client.view())) {
        return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    std::unique_ptr<PacketKey> retry;
    if (!server && ngtcp2_conn_after_retry2(conn) == 0) {
        retry.reset(new (std::nothrow) PacketKey(kAes128Gcm, kRetryKey));
        if (retry == nullptr) return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    const ngtcp2_crypto_aead_ctx rx_aead = rx.aead(), tx_aead = tx.aead();
    const ngtcp2_crypto_cipher_ctx rx_cipher = rx.cipher(), tx_cipher = tx.cipher();
    if (ngtcp2_conn_install_initial_key(conn, &rx_aead, rx.keys.iv, &rx_cipher, &tx_aead,
                                        tx.keys.iv, &tx_cipher, kIvLen) != 0) {
        return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    rx.taken();
    tx.taken();
    if (retry != nullptr) {
        const ngtcp2_crypto_aead_ctx retry_aead{retry.release()};
        ngtcp2_conn_set_retry_aead(conn, &context.aead, &retry_aead);
    }
    return 0;
}

bool install_rx_secret(ngtcp2_conn* conn, WOLFSSL* ssl, ngtcp2_encryption_level level,
                       ByteView secret)
{
    const bool server = ngtcp2_conn_is_server2(conn) != 0;
    const bool handshake = level == NGTCP2_ENCRYPTION_LEVEL_HANDSHAKE;
    if (!speakable(conn, ssl, level)) return false;
    const Suite* suite = agreed_suite(conn, ssl);
    Direction rx;
    if (suite == nullptr || !rx.make(*suite, secret)) return false;
    const ngtcp2_crypto_aead_ctx aead = rx.aead();
    const ngtcp2_crypto_cipher_ctx cipher = rx.cipher();
    // A client needs the server's parameters before the first packet that this key opens.
    if (!handshake && !server && !take_peers_parameters(conn, ssl)) return false;
    const int rc =
        handshake ? ngtcp2_conn_install_rx_handshake_key(conn, &aead, rx.keys.iv, kIvLen, &cipher)
                  : ngtcp2_conn_install_rx_key(conn, secret.data(), secret.size(), &aead,
                                               rx.keys.iv, kIvLen, &cipher);
    if (rc == 0) rx.taken();
    return rc == 0;
}

bool install_tx_secret(ngtcp2_conn* conn, WOLFSSL* ssl, ngtcp2_encryption_level level,
                       ByteView secret)
{
    const bool server = ngtcp2_conn_is_server2(conn) != 0;
    const bool handshake = level == NGTCP2_ENCRYPTION_LEVEL_HANDSHAKE;
    if (!speakable(conn, ssl, level)) return false;
    const Suite* suite = agreed_suite(conn, ssl);
    Direction tx;
    if (suite == nullptr || !tx.make(*suite, secret)) return false;
    const ngtcp2_crypto_aead_ctx aead = tx.aead();
    const ngtcp2_crypto_cipher_ctx cipher = tx.cipher();
    const int rc =
        handshake ? ngtcp2_conn_install_tx_handshake_key(conn, &aead, tx.keys.iv, kIvLen, &cipher)
                  : ngtcp2_conn_install_tx_key(conn, secret.data(), secret.size(), &aead,
                                               tx.keys.iv, kIvLen, &cipher);
    if (rc != 0) return false;
    tx.taken();
    // A server's are settled by the call above, and go into the message that comes next.
    return !handshake || !server || give_our_parameters(conn, ssl);
}

int open_packet(uint8_t* out, const ngtcp2_crypto_aead*, const ngtcp2_crypto_aead_ctx* context,
                const uint8_t* sealed, size_t sealed_len, const uint8_t* nonce, size_t nonce_len,
                const uint8_t* bound, size_t bound_len)
{
    const bool opened =
        nonce_len == kIvLen && packet_key(*context).open(out, ByteView(sealed, sealed_len), nonce,
                                                         ByteView(bound, bound_len));
    return opened ? 0 : NGTCP2_ERR_DECRYPT;
}

void install_protection(ngtcp2_callbacks& callbacks)
{
    callbacks.client_initial = begin_client;
    callbacks.recv_retry = [](ngtcp2_conn* conn, const ngtcp2_pkt_hd* header, void*) {
        return install_initial_keys(conn, header->scid);
    };
    callbacks.encrypt = seal_packet;
    callbacks.decrypt = open_packet;
    callbacks.hp_mask = mask_header;
    callbacks.update_key = update_keys;
    callbacks.delete_crypto_aead_ctx = [](ngtcp2_conn*, ngtcp2_crypto_aead_ctx* context, void*) {
        delete static_cast<PacketKey*>(context->native_handle);
    };
    callbacks.delete_crypto_cipher_ctx = [](ngtcp2_conn*, ngtcp2_crypto_cipher_ctx* context,
                                            void*) {
        delete static_cast<HeaderKey*>(context->native_handle);
    };
    // We speak one version, so ngtcp2 never changes from one to another.
    callbacks.version_negotiation = [](ngtcp2_conn*, uint32_t, const ngtcp2_cid*, void*) -> int {
        return NGTCP2_ERR_CALLBACK_FAILURE;
    };
}

}  // namespace ltn::quic::tls
