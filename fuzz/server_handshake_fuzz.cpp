// TLS messages from the other side, without the encryption of QUIC around them: what a stranger's
// hello does to our server, and what a hostile server's flight does to our client. The first byte
// chooses, each further message has level and length before it.

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/quic.h>
#include <wolfssl/ssl.h>

#include "quic/tls/random.h"
#include "quic_fuzz.h"

using namespace ltn;
using namespace ltn::fuzz;

namespace {

const WOLFSSL_QUIC_METHOD kMethod = {
    [](WOLFSSL*, WOLFSSL_ENCRYPTION_LEVEL, const uint8_t*, const uint8_t*, size_t) { return 1; },
    [](WOLFSSL*, WOLFSSL_ENCRYPTION_LEVEL, const uint8_t*, size_t) { return 1; },
    [](WOLFSSL*) { return 1; },
    [](WOLFSSL*, WOLFSSL_ENCRYPTION_LEVEL, uint8_t) { return 1; },
};

struct Contexts {
    std::unique_ptr<quic::tls::Context> client, server;
};

const Contexts& contexts()
{
    static const Contexts made = [] {
        CountingRandom random;
        Contexts out;
        out.client = std::move(quic::tls::Context::client().value());
        out.server =
            std::move(quic::tls::Context::server(quic::tls::make_identity(random).value()).value());
        return out;
    }();
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size == 0) return 0;
    CountingRandom random;
    quic::tls::RandomScope scope(random);
    bool as_client = (data[0] & 1) != 0;
    auto session = quic::tls::Session::create(as_client ? *contexts().client : *contexts().server,
                                              {"btlightning"});
    require(session.ok());
    WOLFSSL* ssl = session.value()->native();
    const uint8_t params[] = {0x01, 0x02, 0x67, 0x10};
    wolfSSL_set_quic_method(ssl, &kMethod);
    wolfSSL_set_quic_transport_params(ssl, params, sizeof params);
    if (as_client) wolfSSL_quic_do_handshake(ssl);
    ++data;
    --size;
    bool done = false;
    while (size >= 3 && !done) {
        auto level = static_cast<WOLFSSL_ENCRYPTION_LEVEL>(data[0] % 4);
        size_t len = static_cast<size_t>(data[1]) << 8 | data[2];
        data += 3;
        size -= 3;
        len = len < size ? len : size;
        if (wolfSSL_provide_quic_data(ssl, level, data, len) != WOLFSSL_SUCCESS) break;
        int rc = wolfSSL_quic_do_handshake(ssl);
        done = rc == WOLFSSL_SUCCESS;
        int error = done ? 0 : wolfSSL_get_error(ssl, rc);
        if (!done && error != WOLFSSL_ERROR_WANT_READ && error != WOLFSSL_ERROR_WANT_WRITE) break;
        data += len;
        size -= len;
    }
    // Nobody can finish a handshake without knowing what the other side drew at random; here he can
    // know it, so completing is no failure, but a client never completes without a checked
    // certificate.
    if (done && as_client) require(session.value()->peer_fingerprint().has_value());
    (void)session.value()->alpn();
    return 0;
}
