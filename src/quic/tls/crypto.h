// The cryptographic callbacks of ngtcp2, and the packets that are written without a connection.
#pragma once

#include <ngtcp2/ngtcp2.h>

#include "base/bytes.h"

namespace ltn::quic {
class FrameTally;
}

namespace ltn::quic::tls {

// While one lives, the frames of every packet that is decrypted on this thread are counted: the
// callback that decrypts is told nothing of the connection.
class TallyScope {
public:
    explicit TallyScope(FrameTally& tally);
    ~TallyScope();
    TallyScope(const TallyScope&) = delete;
    TallyScope& operator=(const TallyScope&) = delete;
};

void install_crypto_callbacks(ngtcp2_callbacks& callbacks);

// Server: of a connection whose first packet has come. Zero or a code of ngtcp2.
int derive_initial_keys(ngtcp2_conn* conn, const ngtcp2_cid& dcid);

// Feeds handshake bytes to the session bound to `conn`. Zero or a code of ngtcp2.
int feed(ngtcp2_conn* conn, ngtcp2_encryption_level level, ByteView bytes);

// Bytes written, 0 on failure.
size_t write_retry(MutableBytes out, uint32_t version, const ngtcp2_cid& dcid,
                   const ngtcp2_cid& scid, const ngtcp2_cid& original_dcid, ByteView token);
size_t write_initial_close(MutableBytes out, uint32_t version, const ngtcp2_cid& dcid,
                           const ngtcp2_cid& scid, uint64_t code, std::string_view reason);

}  // namespace ltn::quic::tls
