// A server of any kind over real QUIC and TLS, from the first packet of the handshake on: every call of
// our client has exactly one outcome, and when the server has gone nothing of it is left.
//
// Input: flags (1: second token, 2: proves who it is, 4: the script begins with TLS), then steps; see
// link_script.h for those that are common, and below.
#include "link_script.h"

using namespace ltn;
using namespace ltn::fuzz;
using namespace ltn::test;

namespace {

transport::ClientConfig client_config()
{
    transport::ClientConfig config;
    config.frame_payload_max = 1 << 20;
    config.idle_timeout_ns = 40 * kSecond;
    config.keep_alive_ns = 15 * kSecond;
    return config;
}

// The proof of an honest server, to each handshake once.
void prove(HostilePeer& peer, quic::StreamId id)
{
    HostilePeer::Stream& stream = peer.streams[id];
    const auto seen = codec::parse_frame(stream.bytes, 1 << 20);
    if (!seen.ok() || stream.answered) return;
    stream.answered = true;
    if (seen->type != codec::FrameType::handshake_request) return;
    if (auto proof = peer.proof(seen->payload)) peer.send(id, proof->framed(), true);
}

void step(Script& script, RoughWire& wire, HostilePeer& peer, HonestClient& client)
{
    const uint8_t kind = script.byte() % 16;
    if (common_step(kind, script, wire, peer)) return;
    const auto newest = [&peer]() -> quic::StreamId {
        return peer.streams.empty() ? -1 : peer.streams.rbegin()->first;
    };
    switch (kind) {
        case 10: {  // another call
            if (client.waiting() > 20) break;
            const uint8_t flags = script.byte();
            HonestClient::Wish wish{peer.pair.public_key(), peer.address, "echo"};
            wish.streamed = (flags & 1) != 0;
            wish.uploads = (flags & 2) != 0;
            wish.limit_ns = (flags >> 2) * (kSecond / 4);
            client.begin(wish);
            break;
        }
        case 11: {  // frames that can be read
            const uint8_t which = script.byte();
            Bytes bytes;
            if ((which & 1) != 0) bytes = join({bytes, chunk_frame(script.piece())});
            if ((which & 2) != 0) bytes = join({bytes, answer_frame(peer.second)});
            if ((which & 4) != 0) bytes = join({bytes, end_frame(peer.second)});
            peer.send(newest(), bytes, (which & 8) != 0);
            break;
        }
        case 12: {  // a frame that declares its own length
            const uint8_t type = script.byte(), fin = script.byte();
            const uint32_t len = static_cast<uint32_t>(script.byte()) << (script.byte() % 32);
            const Bytes body = script.piece();
            peer.send(newest(), join({header(type, len), body}), fin % 4 == 1);
            break;
        }
        case 13: {  // a whole frame with any payload
            const uint8_t type = script.byte();
            peer.send(newest(), framed(type, script.piece()), script.byte() % 4 == 1);
            break;
        }
        case 14: {  // a proof, whole or with a byte changed
            auto found = peer.streams.begin();
            if (found == peer.streams.end() || peer.link == nullptr) break;
            const auto seen = codec::parse_frame(found->second.bytes, 1 << 20);
            if (!seen.ok()) break;
            auto proof = peer.proof(seen->payload);
            if (!proof.has_value()) break;
            Bytes bytes = proof->framed();
            const uint8_t where = script.byte(), with = script.byte();
            bytes[bytes.size() * where / 256] ^= with;
            peer.send(found->first, bytes, true);
            break;
        }
        default: peer.send(newest(), {}, true); break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2 || size > 2000) return 0;
    Script script(data, size);
    const uint8_t flags = script.byte();
    quic::EndpointConfig config;
    config.identity = certificate();
    config.alpn = {std::string((flags & 1) != 0 ? quic::kAlpnOwn : quic::kAlpnFirst)};
    RoughWire wire;
    HonestClient client(wire, Address::v4(10, 0, 0, 1, 8443), 1, 1, client_config());
    {
        HostilePeer peer(wire, Address::v4(10, 0, 0, 8, 8443), 8, size, true, config);
        if ((flags & 2) != 0) peer.on_data = prove;
        HonestClient::Wish wish{peer.pair.public_key(), peer.address, "echo"};
        wish.streamed = (flags & 8) != 0;
        wish.uploads = (flags & 16) != 0;
        client.begin(wish);
        if ((flags & 4) == 0) wire.run_for(50 * kMillisecond);
        for (int steps = 0; steps < 200 && !script.over(); ++steps) {
            step(script, wire, peer, client);
        }
        wire.run_for(kSecond);
    }
    wire.forget();
    // Longer than connections live and calls may take.
    wire.run_for(120 * kSecond);
    require(client.waiting() == 0);
    const transport::ClientStats& stats = client.core->stats();
    require(stats.calls_in_flight == 0 && stats.connections == 0);
    return 0;
}
