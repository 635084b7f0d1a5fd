#include <algorithm>
#include <cstddef>
#include <cstring>
#include <unordered_map>

#include "abi/handles.h"

using namespace ltn;

// Texts and numbers of one moment; the public struct points into it.
struct ltn_peer_list {
    struct Row {
        ltn_peer peer{};
        std::string hotkey;
        std::string address;
    };
    std::vector<Row> rows;
};

namespace {

constexpr size_t kFirstPeerSize = sizeof(ltn_peer);

int32_t public_state(transport::MinerState state)
{
    switch (state) {
        case transport::MinerState::waiting: return LTN_PEER_WAITING;
        case transport::MinerState::ready: return LTN_PEER_READY;
        case transport::MinerState::backoff: return LTN_PEER_BACKOFF;
        case transport::MinerState::exhausted: return LTN_PEER_EXHAUSTED;
        case transport::MinerState::false_claim: return LTN_PEER_FALSE_CLAIM;
        case transport::MinerState::over_limit: return LTN_PEER_OVER_LIMIT;
    }
    return LTN_PEER_WAITING;
}

ltn_peer_list::Row row_of(const crypto::PublicKey& key, std::string hotkey, const Address& address)
{
    ltn_peer_list::Row row;
    row.peer.state = LTN_PEER_READY;
    std::memcpy(row.peer.key, key.data(), key.size());
    row.peer.next_try_ms = -1;
    row.peer.rtt_ns = -1;
    row.hotkey = std::move(hotkey);
    row.address = address.text();
    return row;
}

void add_link(ltn_peer& peer, const transport::PeerInfo& info)
{
    peer.rtt_ns = static_cast<int64_t>(info.smoothed_rtt_ns);
    peer.clock_offset_ms = info.clock_offset_ms;
}

ltn_status give(ltn_peer_list** out, std::unique_ptr<ltn_peer_list> list)
{
    *out = list.release();
    return LTN_OK;
}

}  // namespace

extern "C" {

ltn_status ltn_client_peers(ltn_client* client, ltn_peer_list** out, ltn_error* error)
{
    if (out != nullptr) *out = nullptr;
    if (client == nullptr || out == nullptr) {
        return abi::invalid(error, "expected a client and a place for the list");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(client)) return abi::refuse_forked(error);
        auto list = std::make_unique<ltn_peer_list>();
        if (client->unit == nullptr) return give(out, std::move(list));
        std::unordered_map<Address, const transport::PeerInfo*, AddressHash> links;
        const auto peers = client->unit->peers();
        for (const auto& info : peers) links.emplace(info.address, &info);
        const Nanos now_ns = client->unit->loop().now().monotonic_ns;
        for (const auto& miner : client->unit->miners()) {
            auto row = row_of(miner.miner.key, miner.miner.text, miner.address);
            row.peer.state = public_state(miner.state);
            row.peer.attempts = miner.attempts;
            if (miner.state != transport::MinerState::ready) {
                row.peer.status = abi::status_of(miner.last_error.code);
            }
            if (miner.next_try_ns != kNever) {
                const Nanos left = miner.next_try_ns - std::min(miner.next_try_ns, now_ns);
                row.peer.next_try_ms = static_cast<int64_t>(left / kMillisecond);
            }
            if (const auto found = links.find(miner.address); found != links.end()) {
                if (found->second->key == miner.miner.key) {
                    add_link(row.peer, *found->second);
                    links.erase(found);
                }
            }
            list->rows.push_back(std::move(row));
        }
        // Connected by a call, not by the registry.
        for (const auto& [address, info] : links) {
            auto row = row_of(info->key, codec::ss58_encode(info->key), address);
            add_link(row.peer, *info);
            list->rows.push_back(std::move(row));
        }
        return give(out, std::move(list));
    });
}

ltn_status ltn_server_peers(ltn_server* server, ltn_peer_list** out, ltn_error* error)
{
    if (out != nullptr) *out = nullptr;
    if (server == nullptr || out == nullptr) {
        return abi::invalid(error, "expected a server and a place for the list");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(server)) return abi::refuse_forked(error);
        auto list = std::make_unique<ltn_peer_list>();
        if (server->unit == nullptr) return give(out, std::move(list));
        for (const auto& info : server->unit->peers()) {
            auto row = row_of(info.key, codec::ss58_encode(info.key), info.address);
            add_link(row.peer, info);
            list->rows.push_back(std::move(row));
        }
        return give(out, std::move(list));
    });
}

size_t ltn_peer_list_count(const ltn_peer_list* list)
{
    return list == nullptr ? 0 : list->rows.size();
}

ltn_status ltn_peer_list_get(const ltn_peer_list* list, ltn_peer* peer, size_t index)
{
    if (list == nullptr || peer == nullptr || peer->size < kFirstPeerSize) {
        return LTN_ERR_INVALID_ARGUMENT;
    }
    if (index >= list->rows.size()) return LTN_ERR_OUT_OF_RANGE;
    const ltn_peer_list::Row& row = list->rows[index];
    ltn_peer shown = row.peer;
    shown.size = static_cast<uint32_t>(std::min<size_t>(peer->size, sizeof shown));
    shown.hotkey = row.hotkey.c_str();
    shown.address = row.address.c_str();
    std::memcpy(peer, &shown, shown.size);
    return LTN_OK;
}

void ltn_peer_list_free(ltn_peer_list* list)
{
    delete list;
}

}  // extern "C"
