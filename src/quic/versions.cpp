#include "quic/versions.h"

#include <ngtcp2/ngtcp2.h>

namespace ltn::quic {

const char* ngtcp2_version_text()
{
    return ngtcp2_version(0)->version_str;
}

}  // namespace ltn::quic
