#include "quic/tls/session.h"

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/error-ssl.h>
#include <wolfssl/quic.h>
#include <wolfssl/ssl.h>

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

Error failed(const char* what)
{
    return Error(Code::internal, Category::handshake,
                 std::string("TLS session: wolfSSL refused ") + what);
}

}  // namespace

Result<std::unique_ptr<Session>> Session::create(const Context& context,
                                                 const std::vector<std::string>& alpn)
{
    std::unique_ptr<Session> session(new Session);
    WOLFSSL* ssl = wolfSSL_new(context.native());
    if (ssl == nullptr) return failed("a new session");
    session->ssl_ = ssl;
    session->ref_.get_conn = conn_of;
    wolfSSL_set_app_data(ssl, &session->ref_);
    wolfSSL_set_quic_transport_version(ssl, kQuicTransportParametersExtension);

    // Both sides: the select callback of a server's context is never called in this build, and what
    // wolfSSL_set_alpn_protos returns for success depends on how wolfSSL was built.
    std::string names;
    for (const std::string& name : alpn) names += (names.empty() ? "" : ",") + name;
    if (!names.empty() && wolfSSL_UseALPN(ssl, names.data(), static_cast<unsigned>(names.size()),
                                          WOLFSSL_ALPN_FAILED_ON_MISMATCH) != WOLFSSL_SUCCESS) {
        return failed("the application protocols");
    }
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
