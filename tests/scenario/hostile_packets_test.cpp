// Peers whose packets hold what QUIC forbids or what this wire has no use for (spec 1.1), one row each:
// the connection is closed with the code of RFC 9000 section 20.1, and nothing else happens.
#include <cstddef>
#include <cstdint>

#include "scenario/hostile_table.h"
#include "support/raw_packets.h"

namespace {

using namespace ltn;
using namespace ltn::scenario;
using namespace ltn::test;

constexpr bool kProven = true;

void say(HostilePeer& peer, const Town& town, const Bytes& frames)
{
    send_raw(peer, peer.link->is_server() ? town.client.address : town.server.address, frames);
}

const ClientRow kClients[] = {
    {"a unidirectional stream, of which there are none",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x0a, 0x02, 0x01, 0x07});
     },
     "closed by QUIC, code 4", kProven},
    {"a stranger's unidirectional stream",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x0a, 0x02, 0x01, 0x07});
     },
     "closed by QUIC, code 4"},
    {"a stream far beyond the limit",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x0a, 0x80, 0x01, 0x00, 0x00, 0x01, 0x07});
     },
     "closed by QUIC, code 4", kProven},
    {"bytes on a stream that only the server may open",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x0a, 0x01, 0x01, 0x07});
     },
     "closed by QUIC, code 5", kProven},
    {"a QUIC datagram frame, which nobody offered",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x31, 0x03, 1, 2, 3});
     },
     "closed by QUIC, code 10", kProven},
    {"frame types that nobody knows",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x40, 0x52});
     },
     "closed by QUIC, code 7", kProven},
    {"a packet without a frame", [](HostilePeer& peer, Town& town) { say(peer, town, {}); },
     "closed by QUIC, code 10", kProven},
    {"a client's HANDSHAKE_DONE", [](HostilePeer& peer, Town& town) { say(peer, town, {0x1e}); },
     "closed by QUIC, code 10", kProven},
    {"a client's NEW_TOKEN",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x07, 0x02, 1, 2});
     },
     "closed by QUIC, code 10", kProven},
    {"an acknowledgement of what was never sent",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x02, 0x80, 0x0f, 0xff, 0xff, 0x00, 0x00, 0x00});
     },
     "closed by QUIC, code 10", kProven},
    {"bytes beyond every window",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x0e, 0x08, 0xc0, 0, 0x01, 0, 0, 0, 0, 0, 0x01, 0x07});
     },
     "closed by QUIC, code 3", kProven},
    {"a stream whose length changes",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x0b, 0x08, 0x01, 0x03, 0x0e, 0x08, 0x05, 0x01, 0x07});
     },
     "closed by QUIC, code 6", kProven},
    {"more streams allowed than there can be",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x12, 0xe0, 0, 0, 0, 0, 0, 0, 0});
     },
     "closed by QUIC, code 7", kProven},
    {"a connection id given up that was never issued",
     [](HostilePeer& peer, Town& town) {
         say(peer, town, {0x19, 0x40, 0xff});
     },
     "closed by QUIC, code 10", kProven},
    {"a datagram of the connection that nobody can read, a thousand times",
     [](HostilePeer& peer, Town& town) {
         const ngtcp2_cid* id = ngtcp2_conn_get_dcid2(peer.native());
         Bytes packet = {0x43};
         packet.insert(packet.end(), id->data, id->data + id->datalen);
         packet.resize(600, 0x5a);
         for (int i = 0; i < 1000; ++i) town.wire.put(peer.address, town.server.address, packet);
     },
     "open", kProven},
};

// Says the frames as soon as it is called.
template <uint8_t... kFrames>
void raw(HostilePeer& peer, quic::StreamId)
{
    send_raw(peer, Address::v4(10, 0, 0, 2, 4000), {kFrames...});
}

const ServerRow kServers[] = {
    {"a stream opened by the server", nullptr, raw<0x0a, 0x01, 0x01, 0x07>,
     "connection error: connection lost: the peer broke the protocol (code 4): ERR_STREAM_LIMIT | "
     "closed by QUIC, code 4"},
    {"a unidirectional stream of the server", nullptr, raw<0x0a, 0x03, 0x01, 0x07>,
     "connection error: connection lost: the peer broke the protocol (code 4): ERR_STREAM_LIMIT | "
     "closed by QUIC, code 4"},
    {"an answer on a stream that was never opened", nullptr, raw<0x0a, 0x40, 0x80, 0x01, 0x07>,
     "connection error: connection lost: the peer broke the protocol (code 5): ERR_STREAM_STATE | "
     "closed by QUIC, code 5"},
    {"a QUIC datagram frame to the client", nullptr, raw<0x31, 0x03, 1, 2, 3>,
     "connection error: connection lost: the peer broke the protocol (code 10): ERR_PROTO | closed "
     "by QUIC, code 10"},
    {"a frame type that nobody knows, to the client", nullptr, raw<0x40, 0x52>,
     "connection error: connection lost: the peer broke the protocol (code 7): ERR_FRAME_ENCODING "
     "| closed by QUIC, code 7"},
    {"a NEW_TOKEN without a token", nullptr, raw<0x07, 0x00>,
     "connection error: connection lost: the peer broke the protocol (code 7): ERR_FRAME_ENCODING "
     "| closed by QUIC, code 7"},
    {"a request stopped that was never made", nullptr, raw<0x05, 0x40, 0x80, 0x00>,
     "connection error: connection lost: the peer broke the protocol (code 5): ERR_STREAM_STATE | "
     "closed by QUIC, code 5"},
    {"an answer beyond every window", nullptr,
     raw<0x0e, 0x04, 0xc0, 0, 0x01, 0, 0, 0, 0, 0, 0x01, 0x07>,
     "connection error: connection lost: the peer broke the protocol (code 3): ERR_FLOW_CONTROL | "
     "closed by QUIC, code 3"},
    {"an acknowledgement of what the client never sent", nullptr,
     raw<0x02, 0x80, 0x0f, 0xff, 0xff, 0x00, 0x00, 0x00>,
     "connection error: connection lost: the peer broke the protocol (code 10): ERR_PROTO | closed "
     "by QUIC, code 10"},
};

}  // namespace

int main()
{
    return run_rows("hostile packets", kClients, kServers);
}
