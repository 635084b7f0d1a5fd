// Packets with whatever frames the test says, under the keys of a living connection: what no library
// would write for us.
#pragma once

#include "quic/tls/packet_protection.h"
#include "support/hostile_peer.h"

namespace ltn::test {

// One short-header packet of `frames` from the peer, of a number that it will never reach itself. The
// peer does not know of it: an acknowledgement would confuse it, so expect the other side to close.
inline void send_raw(HostilePeer& peer, const Address& to, const Bytes& frames)
{
    const auto check = [](bool well) {
        if (!well) std::abort();
    };
    check(peer.link != nullptr && !peer.secret.empty());
    ngtcp2_conn* conn = peer.native();
    const auto& suite = *static_cast<const quic::tls::Suite*>(
        ngtcp2_conn_get_crypto_ctx2(conn)->aead.native_handle);
    quic::tls::PacketKeys keys;
    check(quic::tls::derive_keys(suite, peer.secret, keys));

    const ngtcp2_cid* id = ngtcp2_conn_get_dcid2(conn);
    Bytes packet = {0x43};
    packet.insert(packet.end(), id->data, id->data + id->datalen);
    const size_t number_at = packet.size();
    packet.insert(packet.end(), {0x00, 0x10, 0x00, 0x00});
    const Bytes header = packet;
    constexpr size_t kIv = quic::tls::kIvLen;
    uint8_t nonce[kIv];
    std::copy_n(keys.iv, kIv, nonce);
    for (size_t i = 0; i < 4; ++i) nonce[kIv - 4 + i] ^= header[number_at + i];
    // Room for the sample that hides the number; a packet without a frame stays without one.
    Bytes plain = frames;
    if (!plain.empty()) plain.resize(std::max<size_t>(plain.size(), 20));
    packet.resize(packet.size() + plain.size() + quic::tls::kTagLen);
    check(quic::tls::PacketKey(suite, keys.key)
              .seal(packet.data() + header.size(), plain, nonce, header));
    uint8_t mask[16];
    check(quic::tls::HeaderKey(suite, keys.header_key).mask(mask, packet.data() + number_at + 4));
    packet[0] ^= mask[0] & 0x1f;
    for (size_t i = 0; i < 4; ++i) packet[number_at + i] ^= mask[i + 1];
    peer.wire.put(peer.address, to, packet);
}

}  // namespace ltn::test
