#include "transport/peer_table.h"

namespace ltn::transport {

PeerTable::Peer* PeerTable::find(const crypto::PublicKey& key)
{
    auto found = peers_.find(key);
    return found == peers_.end() ? nullptr : &found->second;
}

bool PeerTable::reserve(const crypto::PublicKey& key)
{
    Peer* peer = find(key);
    if (peer == nullptr) {
        if (peers_.size() >= places_max_) return false;
        peer = &peers_[key];
        peer->key = key;
    }
    ++peer->reserved;
    return true;
}

void PeerTable::withdraw(const crypto::PublicKey& key)
{
    Peer* peer = find(key);
    if (peer == nullptr || peer->reserved == 0) return;
    --peer->reserved;
    drop_if_empty(*peer);
}

PeerTable::Peer PeerTable::enter(const crypto::PublicKey& key, Seat seat, uint64_t attempt)
{
    Peer& peer = peers_[key];
    peer.key = key;
    Peer before = peer;
    if (peer.reserved > 0) --peer.reserved;
    peer.seat = seat;
    peer.attempt = attempt;
    if (before.seat == seat) before.seat = {};
    return before;
}

void PeerTable::leave(const crypto::PublicKey& key, Seat seat)
{
    Peer* peer = find(key);
    // A newer connection may have the place already.
    if (peer == nullptr || peer->seat != seat) return;
    peer->seat = {};
    peer->lost_permit_ns = kNever;
    drop_if_empty(*peer);
}

void PeerTable::drop_if_empty(const Peer& peer)
{
    if (peer.seat.connection != 0 || peer.reserved != 0) return;
    const crypto::PublicKey key = peer.key;
    peers_.erase(key);
}

}  // namespace ltn::transport
