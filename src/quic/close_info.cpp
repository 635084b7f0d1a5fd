// Why a connection ended, in the words that callers read.
#include "quic/connection.h"

namespace ltn::quic {

namespace {

// RFC 9000 20.1; CRYPTO_ERROR holds a TLS alert in its low byte.
constexpr uint64_t kConnectionRefused = 0x02;
constexpr uint64_t kCryptoNoApplicationProtocol = 0x178;

std::string detail(const CloseInfo& info)
{
    std::string out = " (code " + std::to_string(info.code) + ")";
    if (!info.reason.empty()) out += ": " + info.reason;
    return out;
}

}  // namespace

Error CloseInfo::to_error() const
{
    auto connection = [](Code code, std::string text) {
        return Error(code, Category::connection, std::move(text));
    };
    switch (cause) {
        case Cause::local: return connection(Code::closed, "closed by us" + detail(*this));
        case Cause::peer_application:
            return connection(Code::connection_lost, "closed by the peer" + detail(*this));
        case Cause::peer_transport:
            if (code == kConnectionRefused) {
                return connection(Code::refused, "refused by the peer" + detail(*this));
            }
            if (code == kCryptoNoApplicationProtocol) {
                return connection(
                    Code::alpn_mismatch,
                    "the peer accepts none of our application protocols" + detail(*this));
            }
            return connection(Code::connection_lost, "the peer reported an error" + detail(*this));
        case Cause::idle_timeout:
            return connection(Code::connection_lost, "nothing heard from the peer for too long");
        case Cause::unanswered: return connection(Code::connection_lost, reason);
        case Cause::handshake_timeout:
            return connection(Code::connect_timeout, "no connection within the time allowed");
        case Cause::stateless_reset:
            return connection(Code::connection_lost, "the peer no longer knows this connection");
        case Cause::certificate:
            return Error(Code::certificate, Category::handshake,
                         "the peer's certificate was refused: " + reason);
        case Cause::alpn: return connection(Code::alpn_mismatch, "no common application protocol");
        case Cause::version: return connection(Code::connect, "no common QUIC version");
        case Cause::protocol:
            return connection(Code::connection_lost, "the peer broke the protocol" + detail(*this));
        case Cause::internal: break;
    }
    return connection(Code::internal, "failed inside the library" + detail(*this));
}

}  // namespace ltn::quic
