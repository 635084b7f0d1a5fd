// Which of the two protocol tokens a connection speaks, and what the second one adds to who-is-who:
// the session's own bytes inside what is signed (docs/wire-2.md).
#pragma once

#include <string>
#include <vector>

#include "codec/text.h"
#include "quic/connection.h"

namespace ltn::transport {

// What a side offers or accepts, most wanted first.
inline std::vector<std::string> offered_tokens(bool second, bool second_only)
{
    std::vector<std::string> out;
    if (second || second_only) out.emplace_back(quic::kAlpnOwn);
    if (!second_only) out.emplace_back(quic::kAlpnFirst);
    return out;
}

inline bool speaks_second(const quic::Connection& link)
{
    return link.alpn() == quic::kAlpnOwn;
}

// Base64 of what only the two ends of the connection can compute.
inline Result<std::string> session_binding(const quic::Connection& link)
{
    uint8_t bytes[32];
    Error error = link.exporter(quic::kBindingLabel, {}, bytes);
    if (!error.ok()) return error;
    return codec::base64_encode(bytes);
}

}  // namespace ltn::transport
