// The statistics as the original shows them: names and values are texts.
#include <algorithm>
#include <map>
#include <set>

#include "abi/handles.h"

using namespace ltn;

struct ltn_text_map {
    std::vector<std::pair<std::string, std::string>> rows;
};

namespace {

using Texts = std::map<std::string, std::string>;

Texts client_texts(runtime::ClientUnit* unit)
{
    Texts texts;
    std::set<crypto::PublicKey> active;
    if (unit != nullptr) {
        for (const auto& miner : unit->miners()) {
            const bool ready = miner.state == transport::MinerState::ready;
            if (ready) active.insert(miner.miner.key);
            if (!ready && miner.last_error.ok()) continue;
            // Several hotkeys may stand behind one address: one that works is told.
            std::string& said = texts["connection_" + miner.address.text()];
            if (ready) {
                said = "active";
            } else if (said.empty()) {
                said = "closed(" + std::string(code_name(miner.last_error.code)) + ")";
            }
        }
        for (const auto& peer : unit->peers()) {
            active.insert(peer.key);
            texts["connection_" + peer.address.text()] = "active";
        }
    }
    texts["total_connections"] = std::to_string(texts.size());
    texts["active_miners"] = std::to_string(active.size());
    return texts;
}

Texts server_texts(runtime::ServerGroup* unit)
{
    Texts texts;
    uint64_t total = 0;
    size_t verified = 0;
    if (unit != nullptr) {
        for (const auto& peer : unit->peers()) {
            texts["connection_" + codec::ss58_encode(peer.key)] = std::to_string(peer.connection);
        }
        verified = texts.size();
        if (auto all = unit->stat("connections"); all) total = all.value();
    }
    // The two are counted one after the other; a sum below its part would puzzle whoever subtracts.
    texts["total_connections"] = std::to_string(std::max<uint64_t>(total, verified));
    texts["verified_connections"] = std::to_string(verified);
    return texts;
}

template <class Node, class Make>
ltn_status give(Node* node, ltn_text_map** out, ltn_error* error, Make&& make)
{
    if (out != nullptr) *out = nullptr;
    if (node == nullptr || out == nullptr) {
        return abi::invalid(error, "expected an object and a place for the map");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(node)) return abi::refuse_forked(error);
        auto map = std::make_unique<ltn_text_map>();
        for (auto& [key, value] : make(node->unit.get())) map->rows.emplace_back(key, value);
        *out = map.release();
        return LTN_OK;
    });
}

}  // namespace

extern "C" {

ltn_status ltn_client_connection_stats(ltn_client* client, ltn_text_map** out, ltn_error* error)
{
    return give(client, out, error, client_texts);
}

ltn_status ltn_server_connection_stats(ltn_server* server, ltn_text_map** out, ltn_error* error)
{
    return give(server, out, error, server_texts);
}

size_t ltn_text_map_count(const ltn_text_map* map)
{
    return map == nullptr ? 0 : map->rows.size();
}

ltn_status ltn_text_map_get(const ltn_text_map* map, const char** key, const char** value,
                            size_t index)
{
    if (map == nullptr || key == nullptr || value == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    if (index >= map->rows.size()) return LTN_ERR_OUT_OF_RANGE;
    *key = map->rows[index].first.c_str();
    *value = map->rows[index].second.c_str();
    return LTN_OK;
}

void ltn_text_map_free(ltn_text_map* map)
{
    delete map;
}

}  // extern "C"
