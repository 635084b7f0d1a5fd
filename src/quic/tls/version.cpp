#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include "quic/versions.h"

namespace ltn::quic {

const char* wolfssl_version_text()
{
    return wolfSSL_lib_version();
}

}  // namespace ltn::quic
