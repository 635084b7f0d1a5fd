#include "quic/tls/context.h"

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/quic.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/chacha.h>
#include <wolfssl/wolfcrypt/poly1305.h>
#include <wolfssl/wolfcrypt/sha256.h>
#include <wolfssl/wolfcrypt/sha512.h>

#include "quic/tls/session.h"

namespace ltn::quic::tls {

namespace {

Error failed(const char* what)
{
    return Error(Code::internal, Category::handshake,
                 std::string("TLS context: wolfSSL refused ") + what);
}

bool has_aes_instructions()
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_cpu_supports("aes") != 0;
#else
    return true;
#endif
}

// Ours first AES-128: it is the fastest here and strong enough; a server of the reference takes its
// own favourite, which is last but one in either list.
const char* cipher_list()
{
    return has_aes_instructions()
               ? "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256"
               : "TLS13-CHACHA20-POLY1305-SHA256:TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384";
}

// wolfSSL looks at the processor at the first use of each algorithm and keeps what it found in plain
// variables, which two loops that begin at once would write and read together. Used once here, they
// are only read from then on.
void choose_instructions()
{
    uint8_t block[32] = {};
    wc_Sha256 sha256;
    if (wc_InitSha256(&sha256) == 0) {
        wc_Sha256Update(&sha256, block, sizeof block);
        wc_Sha256Free(&sha256);
    }
    wc_Sha384 sha384;
    if (wc_InitSha384(&sha384) == 0) {
        wc_Sha384Update(&sha384, block, sizeof block);
        wc_Sha384Free(&sha384);
    }
    Aes aes;
    if (wc_AesInit(&aes, nullptr, INVALID_DEVID) == 0) {
        wc_AesGcmSetKey(&aes, block, 16);
        wc_AesFree(&aes);
    }
    ChaCha chacha;
    wc_Chacha_SetKey(&chacha, block, sizeof block);
    uint8_t out[sizeof block];
    wc_Chacha_SetIV(&chacha, block, 0);
    wc_Chacha_Process(&chacha, out, block, sizeof block);
    Poly1305 poly1305;
    wc_Poly1305SetKey(&poly1305, block, sizeof block);
}

bool start_library()
{
    if (wolfSSL_Init() != WOLFSSL_SUCCESS) return false;
    choose_instructions();
    return true;
}

}  // namespace

Context::~Context()
{
    if (ctx_ != nullptr) wolfSSL_CTX_free(ctx_);
}

Error Context::configure()
{
    // Once in the life of the process and never undone: each start registers another exit handler.
    static const bool started = start_library();
    if (!started) return failed("to start");
    ctx_ = wolfSSL_CTX_new(is_server_ ? wolfTLSv1_3_server_method() : wolfTLSv1_3_client_method());
    if (ctx_ == nullptr) return failed("a TLS 1.3 context");
    if (wolfSSL_CTX_set_min_proto_version(ctx_, TLS1_3_VERSION) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_set_max_proto_version(ctx_, TLS1_3_VERSION) != WOLFSSL_SUCCESS) {
        return failed("TLS 1.3 alone");
    }
    if (wolfSSL_CTX_set_quic_method(ctx_, &Session::methods()) != WOLFSSL_SUCCESS) {
        return failed("the QUIC methods");
    }
    // Tickets are ignored when they come; the hello stays the one that peers are known to take.
    if (!is_server_) wolfSSL_CTX_UseSessionTicket(ctx_);
    // Explicit, or the hello carries TLS 1.2 suites and only a P-256 share.
    if (wolfSSL_CTX_set_cipher_list(ctx_, cipher_list()) != WOLFSSL_SUCCESS) {
        return failed("the cipher list");
    }
    if (wolfSSL_CTX_set1_groups_list(ctx_, "X25519:P-256:P-384") != WOLFSSL_SUCCESS) {
        return failed("the key exchange groups");
    }
    // The session cache is one per process and would outlive us; no session is resumed.
    wolfSSL_CTX_set_session_cache_mode(ctx_, WOLFSSL_SESS_CACHE_OFF);
    return {};
}

Result<std::unique_ptr<Context>> Context::client()
{
    std::unique_ptr<Context> context(new Context(false));
    if (Error error = context->configure(); !error.ok()) return error;
    return context;
}

Result<std::unique_ptr<Context>> Context::server(const Identity& identity)
{
    std::unique_ptr<Context> context(new Context(true));
    if (Error error = context->configure(); !error.ok()) return error;
    WOLFSSL_CTX* ctx = context->ctx_;
    // Tickets would let an upstream client resume under a certificate it has not seen (2.3).
    if (wolfSSL_CTX_no_ticket_TLSv13(ctx) != 0) return failed("to leave tickets out");
    wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, nullptr);

    Bytes chain;
    for (const Bytes& certificate : identity.chain) {
        chain.insert(chain.end(), certificate.begin(), certificate.end());
    }
    if (wolfSSL_CTX_use_certificate_chain_buffer_format(ctx, chain.data(),
                                                        static_cast<long>(chain.size()),
                                                        WOLFSSL_FILETYPE_ASN1) != WOLFSSL_SUCCESS) {
        return failed("the certificate");
    }
    if (wolfSSL_CTX_use_PrivateKey_buffer(ctx, identity.key_der.data(),
                                          static_cast<long>(identity.key_der.size()),
                                          WOLFSSL_FILETYPE_ASN1) != WOLFSSL_SUCCESS) {
        return failed("the private key");
    }
    return context;
}

}  // namespace ltn::quic::tls
