// What a call cannot have of its peer, in words.
#pragma once

#include <string>

#include "transport/client_connection.h"

namespace ltn::transport {

inline Error query_timed_out()
{
    return Error(Code::deadline, Category::transport, "query timed out");
}

inline Error no_second_token(const ClientConnection& connection)
{
    return Error(Code::unsupported, Category::transport,
                 "expected a peer that speaks " + std::string(quic::kAlpnOwn) +
                     " for chunks that follow a request, " + connection.address.text() +
                     " speaks " + connection.peer.alpn);
}

inline Error beyond_peer(uint64_t payload_len, const ClientConnection& connection)
{
    return Error(Code::too_large, Category::transport,
                 "frame payload " + std::to_string(payload_len) +
                     " bytes exceeds the peer's maximum " +
                     std::to_string(connection.peer_frame_max));
}

}  // namespace ltn::transport
