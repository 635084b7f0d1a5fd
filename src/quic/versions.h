// Versions of what the link is built on, for `ltn version`.
#pragma once

namespace ltn::quic {

const char* ngtcp2_version_text();
const char* wolfssl_version_text();

}  // namespace ltn::quic
