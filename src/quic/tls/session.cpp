#include "quic/tls/session.h"

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/error-ssl.h>
#include <wolfssl/quic.h>
#include <wolfssl/ssl.h>

#include "quic/tls/key_install.h"

namespace ltn::quic::tls {

namespace {

// The code point of RFC 9001; without it wolfSSL sends the parameters twice, the second time under
// the one of the drafts.
constexpr int kQuicTransportParametersExtension = 0x39;

ngtcp2_conn* conn_of(ngtcp2_crypto_conn_ref* ref)
{
    return static_cast<ngtcp2_conn*>(ref->user_data);
}

// What a certificate that nobody vouches for is allowed to fail with. The peer proves itself by
// CertificateVerify and by signing the fingerprint, not by a chain, a name or a date.
bool forgivable(int error)
{
    return error == ASN_NO_SIGNER_E || error == ASN_SELF_SIGNED_E || error == ASN_BEFORE_DATE_E ||
           error == ASN_AFTER_DATE_E;
}

ngtcp2_encryption_level level_of(WOLFSSL_ENCRYPTION_LEVEL level)
{
    switch (level) {
        case wolfssl_encryption_initial: return NGTCP2_ENCRYPTION_LEVEL_INITIAL;
        case wolfssl_encryption_early_data: return NGTCP2_ENCRYPTION_LEVEL_0RTT;
        case wolfssl_encryption_handshake: return NGTCP2_ENCRYPTION_LEVEL_HANDSHAKE;
        default: return NGTCP2_ENCRYPTION_LEVEL_1RTT;
    }
}

ngtcp2_conn* conn_of(WOLFSSL* ssl)
{
    return conn_of(static_cast<ngtcp2_crypto_conn_ref*>(wolfSSL_get_app_data(ssl)));
}

void append_hex(std::string& out, ByteView bytes)
{
    constexpr char kDigits[] = "0123456789abcdef";
    for (uint8_t byte : bytes) {
        out.push_back(kDigits[byte >> 4]);
        out.push_back(kDigits[byte & 15]);
    }
}

// What analysers of captured packets want to know: this build of wolfSSL has no key log of its own.
void log_secrets(WOLFSSL* ssl, ngtcp2_encryption_level level, ByteView rx, ByteView tx,
                 const KeyLog& key_log)
{
    uint8_t client_random[32];
    if (wolfSSL_get_client_random(ssl, client_random, sizeof client_random) !=
        sizeof client_random) {
        return;
    }
    const bool handshake = level == NGTCP2_ENCRYPTION_LEVEL_HANDSHAKE;
    const bool server = wolfSSL_is_server(ssl) != 0;
    const auto tell = [&](bool from_server, ByteView secret) {
        std::string line(from_server ? "SERVER_" : "CLIENT_");
        line += handshake ? "HANDSHAKE_TRAFFIC_SECRET " : "TRAFFIC_SECRET_0 ";
        append_hex(line, client_random);
        line.push_back(' ');
        append_hex(line, secret);
        key_log(line);
    };
    if (!rx.empty()) tell(!server, rx);
    if (!tx.empty()) tell(server, tx);
}

int submit_handshake(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL level, const uint8_t* data, size_t len)
{
    int rc = ngtcp2_conn_submit_crypto_data(conn_of(ssl), level_of(level), data, len);
    if (rc != 0) ngtcp2_conn_set_tls_error(conn_of(ssl), rc);
    return rc == 0;
}

int flush_flight(WOLFSSL*)
{
    return 1;
}

int tell_alert(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL, uint8_t alert)
{
    ngtcp2_conn_set_tls_alert(conn_of(ssl), alert);
    return 1;
}

Error failed(const char* what)
{
    return Error(Code::internal, Category::handshake,
                 std::string("TLS session: wolfSSL refused ") + what);
}

}  // namespace

int Session::take_secrets(WOLFSSL* ssl, int wolfssl_level, const uint8_t* rx, const uint8_t* tx,
                          size_t len)
{
    auto* ref = static_cast<Ref*>(static_cast<ngtcp2_crypto_conn_ref*>(wolfSSL_get_app_data(ssl)));
    const auto level = level_of(static_cast<WOLFSSL_ENCRYPTION_LEVEL>(wolfssl_level));
    const ByteView rx_secret(rx, rx != nullptr ? len : 0), tx_secret(tx, tx != nullptr ? len : 0);
    if (ref->key_log != nullptr) log_secrets(ssl, level, rx_secret, tx_secret, *ref->key_log);
    ngtcp2_conn* conn = conn_of(ref);
    return (rx == nullptr || install_rx_secret(conn, ssl, level, rx_secret)) &&
           (tx == nullptr || install_tx_secret(conn, ssl, level, tx_secret));
}

const wolfssl_quic_method_t& Session::methods()
{
    static const WOLFSSL_QUIC_METHOD table = {
        [](WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL level, const uint8_t* rx, const uint8_t* tx,
           size_t len) { return take_secrets(ssl, static_cast<int>(level), rx, tx, len); },
        submit_handshake, flush_flight, tell_alert};
    return table;
}

Result<std::unique_ptr<Session>> Session::create(const Context& context,
                                                 const std::vector<std::string>& alpn,
                                                 const KeyLog* key_log)
{
    std::unique_ptr<Session> session(new Session);
    WOLFSSL* ssl = wolfSSL_new(context.native());
    if (ssl == nullptr) return failed("a new session");
    session->ssl_ = ssl;
    session->ref_.get_conn = conn_of;
    wolfSSL_set_app_data(ssl, static_cast<ngtcp2_crypto_conn_ref*>(&session->ref_));
    if (key_log != nullptr && *key_log) session->ref_.key_log = key_log;
    wolfSSL_set_quic_transport_version(ssl, kQuicTransportParametersExtension);

    // Both sides: the select callback of a server's context is never called in this build, and what
    // wolfSSL_set_alpn_protos returns for success depends on how wolfSSL was built.
    std::string names;
    for (const std::string& name : alpn) names += (names.empty() ? "" : ",") + name;
    if (!names.empty() && wolfSSL_UseALPN(ssl, names.data(), static_cast<unsigned>(names.size()),
                                          WOLFSSL_ALPN_FAILED_ON_MISMATCH) != WOLFSSL_SUCCESS) {
        return failed("the application protocols");
    }
    wolfSSL_KeepArrays(ssl);  // or there is nothing to export from
    if (context.is_server()) {
        wolfSSL_set_accept_state(ssl);
        return session;
    }
    wolfSSL_set_verify(ssl, WOLFSSL_VERIFY_PEER, &Session::on_verify);
    wolfSSL_SetCertCbCtx(ssl, session.get());
    wolfSSL_set_connect_state(ssl);
    return session;
}

Session::~Session()
{
    if (ssl_ != nullptr) wolfSSL_free(ssl_);
}

void Session::bind(ngtcp2_conn* conn)
{
    ref_.user_data = conn;
    ngtcp2_conn_set_tls_native_handle(conn, ssl_);
}

std::string Session::alpn() const
{
    char* name = nullptr;
    unsigned short len = 0;
    if (wolfSSL_ALPN_GetProtocol(ssl_, &name, &len) != WOLFSSL_SUCCESS || name == nullptr) {
        return {};
    }
    return std::string(name, len);
}

bool Session::export_key(std::string_view label, ByteView context, MutableBytes out) const
{
    return wolfSSL_export_keying_material(ssl_, out.data(), out.size(), label.data(), label.size(),
                                          context.data(), context.size(), 1) == WOLFSSL_SUCCESS;
}

// Called with VERIFY_PEER on, twice for one self-signed certificate: first because nobody signed
// it, then for the certificate as a whole. Turning verification off instead would be the easy way,
// but then the CertificateVerify message may be left out.
int Session::on_verify(int, WOLFSSL_X509_STORE_CTX* store)
{
    auto* self = static_cast<Session*>(store->userCtx);
    return self != nullptr && self->certificate_acceptable(*store) ? 1 : 0;
}

bool Session::certificate_acceptable(const WOLFSSL_X509_STORE_CTX& store)
{
    peer_fingerprint_.reset();
    // A chain would make wolfSSL add its upper certificates to the context that all share.
    if (store.totalCerts != 1 || store.certs == nullptr) {
        refusal_ = "expected one certificate, got " + std::to_string(store.totalCerts);
        return false;
    }
    if (store.error != 0 && !forgivable(store.error)) {
        refusal_ = "certificate not usable, wolfSSL code " + std::to_string(store.error);
        return false;
    }
    ByteView der(store.certs[0].buffer, store.certs[0].length);
    if (!key_kind_allowed(der)) {
        refusal_ = "expected a certificate with a P-256 or Ed25519 key, got another kind";
        return false;
    }
    peer_fingerprint_ = fingerprint_of(der);
    return true;
}

}  // namespace ltn::quic::tls
