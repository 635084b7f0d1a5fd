// A client of any kind over real QUIC and TLS, from its first packet on: our server answers or closes,
// and when the client has gone nothing of it is left.
//
// Input: flags (1: second token, 2: has authenticated, 4: the script begins with TLS), then steps; see
// link_script.h for those that are common, and below.
#include "link_script.h"

using namespace ltn;
using namespace ltn::fuzz;
using namespace ltn::test;

namespace {

transport::ServerConfig server_config()
{
    transport::ServerConfig config;
    config.quic.identity = certificate();
    config.frame_payload_max = 1 << 20;
    config.idle_timeout_ns = 40 * kSecond;
    config.keep_alive_ns = 15 * kSecond;
    config.handler_timeout_ns = 20 * kSecond;
    config.stream_chunk_timeout_ns = 20 * kSecond;
    return config;
}

void step(Script& script, RoughWire& wire, HostilePeer& peer, const std::string& server)
{
    static const char* const kNames[] = {"echo", "big", "chunks", "flow", "never", "upload", "?"};
    const uint8_t kind = script.byte() % 16;
    if (common_step(kind, script, wire, peer)) return;
    switch (kind) {
        case 10: {  // a stream with raw bytes
            const uint8_t fin = script.byte();
            peer.say(script.piece(), fin % 4 == 1);
            break;
        }
        case 11: {  // a request that can be read
            codec::RequestTerms terms;
            const uint8_t flags = script.byte();
            terms.more_follows = flags % 2 == 1;
            terms.priority = flags >> 4;
            if ((flags & 2) != 0) terms.deadline_ms = script.byte();
            const char* name = kNames[script.byte() % std::size(kNames)];
            peer.say(request_frame(name, peer.second, terms), (flags & 12) != 4);
            break;
        }
        case 12: {  // a handshake, whole or with a byte changed
            if (peer.link == nullptr) break;
            Bytes bytes = peer.hello(server).framed();
            const uint8_t where = script.byte(), with = script.byte();
            if (with != 0) bytes[bytes.size() * where / 256] ^= with;
            peer.say(bytes);
            break;
        }
        case 13: {  // a frame that declares its own length
            const uint8_t type = script.byte(), fin = script.byte();
            const uint32_t len = static_cast<uint32_t>(script.byte()) << (script.byte() % 32);
            const Bytes body = script.piece();
            peer.say(join({header(type, len), body}), fin % 4 == 1);
            break;
        }
        case 14: {  // chunks of a request, on the newest stream
            if (peer.streams.empty()) break;
            const uint8_t fin = script.byte();
            const Bytes end = fin % 2 == 1 ? end_frame(peer.second) : Bytes();
            peer.send(peer.streams.rbegin()->first, join({chunk_frame(script.piece()), end}),
                      fin % 4 == 1);
            break;
        }
        default: peer.say({}, true); break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2 || size > 2000) return 0;
    Script script(data, size);
    const uint8_t flags = script.byte();
    RoughWire wire;
    HonestServer server(wire, Address::v4(10, 0, 0, 1, 8443), 1, 1, server_config());
    const std::string hotkey = hotkey_of(server.pair).text;
    {
        quic::EndpointConfig config;
        config.alpn = {std::string((flags & 1) != 0 ? quic::kAlpnOwn : quic::kAlpnFirst)};
        HostilePeer peer(wire, Address::v4(10, 0, 0, 9, 5000), 9, size, false, config);
        if ((flags & 4) != 0) {
            quic::ConnectOptions options;
            options.remote = server.address;
            require(peer.endpoint->connect(options, wire.now()).ok());
        } else {
            require(peer.dial(server.address));
            if ((flags & 2) != 0) require(peer.prove(hotkey));
        }
        for (int steps = 0; steps < 200 && !script.over(); ++steps) {
            step(script, wire, peer, hotkey);
        }
        wire.run_for(kSecond);
    }
    wire.forget();
    // Longer than connections, handlers and half-open handshakes live.
    wire.run_for(120 * kSecond);
    const transport::ServerStats& stats = server.core->stats();
    require(stats.connections == 0 && stats.authenticated == 0);
    require(stats.requests_in_flight == 0 && stats.held_bytes == 0 && stats.requests_waiting == 0);
    require(stats.streams_open == 0 && server.running() == 0);
    return 0;
}
