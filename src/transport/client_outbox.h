// What the client wants to tell its owner, in order. Handed up only when no list or table is being
// walked, so that a handler may call back in.
#pragma once

#include <memory>
#include <vector>

#include "transport/client.h"

namespace ltn::transport {

class ClientOutbox {
public:
    void call_done(CallId id, CallResult result)
    {
        Item item{Kind::call_done, id};
        item.result = std::move(result);
        items_.push_back(std::move(item));
    }

    void chunk(CallId id, SharedBytes bytes)
    {
        Item item{Kind::chunk, id};
        item.result.data = std::move(bytes);
        items_.push_back(std::move(item));
    }

    void writable(CallId id) { items_.push_back(Item{Kind::writable, id}); }

    void connect_done(CallId id, Error error, PeerInfo peer)
    {
        Item item{Kind::connect_done, id};
        item.result.error = std::move(error);
        item.peer = std::make_unique<PeerInfo>(std::move(peer));
        items_.push_back(std::move(item));
    }

    void sign(SignId id, std::string message)
    {
        Item item{Kind::sign, id};
        item.message = std::move(message);
        items_.push_back(std::move(item));
    }

    void sign_cancelled(SignId id) { items_.push_back(Item{Kind::sign_cancelled, id}); }

    void connected(PeerInfo peer)
    {
        Item item{Kind::connected, 0};
        item.peer = std::make_unique<PeerInfo>(std::move(peer));
        items_.push_back(std::move(item));
    }

    void disconnected(PeerInfo peer, Error why)
    {
        Item item{Kind::disconnected, 0};
        item.result.error = std::move(why);
        item.peer = std::make_unique<PeerInfo>(std::move(peer));
        items_.push_back(std::move(item));
    }

    void miner_outcome(uint64_t ticket, size_t index, Error error)
    {
        Item item{Kind::miner_outcome, ticket};
        item.index = index;
        item.result.error = std::move(error);
        items_.push_back(std::move(item));
    }

    void registry_done(uint64_t ticket) { items_.push_back(Item{Kind::registry_done, ticket}); }

    void stopped() { items_.push_back(Item{Kind::stopped, 0}); }

    bool empty() const { return items_.empty(); }

    // Handlers may add to the box meanwhile; what they add is delivered too.
    void deliver(ClientEvents& events)
    {
        for (size_t i = 0; i < items_.size(); ++i) {
            Item item = std::move(items_[i]);
            hand_up(item, events);
        }
        items_.clear();
    }

private:
    enum class Kind {
        call_done,
        chunk,
        writable,
        connect_done,
        sign,
        sign_cancelled,
        connected,
        disconnected,
        miner_outcome,
        registry_done,
        stopped,
    };

    struct Item {
        Item(Kind k, uint64_t i) : kind(k), id(i) {}
        Kind kind;
        uint64_t id;
        size_t index = 0;
        CallResult result;
        std::string message;
        std::unique_ptr<PeerInfo> peer;
    };

    static void hand_up(Item& item, ClientEvents& events)
    {
        switch (item.kind) {
            case Kind::call_done: return events.on_call_done(item.id, std::move(item.result));
            case Kind::chunk: return events.on_chunk(item.id, std::move(item.result.data));
            case Kind::writable: return events.on_writable(item.id);
            case Kind::connect_done:
                return events.on_connect_done(item.id, std::move(item.result.error), *item.peer);
            case Kind::sign: return events.on_sign(item.id, as_bytes(item.message));
            case Kind::sign_cancelled: return events.on_sign_cancelled(item.id);
            case Kind::connected: return events.on_connected(*item.peer);
            case Kind::disconnected:
                return events.on_disconnected(item.peer->key, item.peer->address,
                                              item.result.error);
            case Kind::miner_outcome:
                return events.on_miner_outcome(item.id, item.index, item.result.error);
            case Kind::registry_done: return events.on_registry_done(item.id);
            case Kind::stopped: return events.on_stopped();
        }
    }

    std::vector<Item> items_;
};

}  // namespace ltn::transport
