// Gives ngtcp2 its keys: what its helper for wolfSSL does, with objects of ours (packet_protection.h).
#pragma once

#include <ngtcp2/ngtcp2.h>

#include "base/bytes.h"
#include "quic/tls/key_schedule.h"

struct WOLFSSL;

namespace ltn::quic::tls {

// A secret that the session bound to `conn` has come to. False ends the handshake.
bool install_rx_secret(ngtcp2_conn* conn, WOLFSSL* ssl, ngtcp2_encryption_level level,
                       ByteView secret);
bool install_tx_secret(ngtcp2_conn* conn, WOLFSSL* ssl, ngtcp2_encryption_level level,
                       ByteView secret);

// Zero or a code of ngtcp2, as it wants of a callback.
int install_initial_keys(ngtcp2_conn* conn, const ngtcp2_cid& client_dcid);

// All callbacks that make, use or delete these objects.
void install_protection(ngtcp2_callbacks& callbacks);
// The one that opens, for a callback that wants to see what is inside.
int open_packet(uint8_t* out, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* context,
                const uint8_t* sealed, size_t sealed_len, const uint8_t* nonce, size_t nonce_len,
                const uint8_t* bound, size_t bound_len);

}  // namespace ltn::quic::tls
