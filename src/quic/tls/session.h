// One TLS handshake. It lives until the handshake is complete and is then freed: what it agreed on
// is in ngtcp2's keys, and nothing of TLS is wanted afterwards (no tickets, no key update).
#pragma once

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "quic/tls/context.h"

struct WOLFSSL;
struct WOLFSSL_X509_STORE_CTX;
struct wolfssl_quic_method_t;

namespace ltn::quic::tls {

inline constexpr uint8_t kAlertDecryptError = 51;
inline constexpr uint8_t kAlertNoApplicationProtocol = 120;

// Gets lines as packet analysers read them: label, client random, secret.
using KeyLog = std::function<void(std::string_view line)>;

class Session {
public:
    // The first protocol of `alpn` is the most wanted one; none may hold a comma.
    static Result<std::unique_ptr<Session>> create(const Context& context,
                                                   const std::vector<std::string>& alpn,
                                                   const KeyLog* key_log = nullptr);
    // What wolfSSL calls of every session; for its context.
    static const wolfssl_quic_method_t& methods();
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void bind(ngtcp2_conn* conn);
    WOLFSSL* native() const { return ssl_; }

    // What was agreed on; empty when the peer named no protocol (wolfSSL lets that pass).
    std::string alpn() const;
    // RFC 8446 7.5. Only once the handshake is complete: after a failed one wolfSSL answers with a
    // constant and calls it success. False when it refuses.
    bool export_key(std::string_view label, ByteView context, MutableBytes out) const;
    // Client: of the certificate that the peer showed. Set by the check of the certificate, so it
    // is there exactly when that check passed.
    const std::optional<Fingerprint>& peer_fingerprint() const { return peer_fingerprint_; }
    // Why the peer's certificate was refused; empty if it was not.
    const std::string& refusal() const { return refusal_; }

private:
    Session() = default;
    static int take_secrets(WOLFSSL* ssl, int wolfssl_level, const uint8_t* rx, const uint8_t* tx,
                            size_t len);
    static int on_verify(int preverified, WOLFSSL_X509_STORE_CTX* store);
    bool certificate_acceptable(const WOLFSSL_X509_STORE_CTX& store);

    WOLFSSL* ssl_ = nullptr;
    // What wolfSSL hands to callbacks; the first part is what ngtcp2 expects there.
    struct Ref : ngtcp2_crypto_conn_ref {
        const KeyLog* key_log;
    };
    Ref ref_{};
    std::optional<Fingerprint> peer_fingerprint_;
    std::string refusal_;
};

}  // namespace ltn::quic::tls
