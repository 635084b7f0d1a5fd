// What the server wants to tell its owner, in order. Requests are named by id only and looked up
// when their turn comes: a peer may have gone between the two.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "transport/server.h"

namespace ltn::transport {

struct ServerEvent {
    enum class Kind {
        requests,  // of a connection
        request_writable,
        request_chunk,
        request_chunks_end,
        request_cancelled,
        sign,
        sign_cancelled,
        authenticated,
        gone,
        observed,
        permits_wanted,
        sources_wanted,
        stopped,
    };
    Kind kind;
    uint64_t id = 0;
    Code why = Code::ok;
    std::string message;
    SharedBytes bytes;
    std::unique_ptr<PeerInfo> peer;
};

class ServerOutbox {
public:
    void requests(uint64_t connection) { push(ServerEvent::Kind::requests, connection); }
    void request_writable(RequestId id) { push(ServerEvent::Kind::request_writable, id); }
    void request_chunk(RequestId id, SharedBytes bytes)
    {
        push(ServerEvent::Kind::request_chunk, id).bytes = std::move(bytes);
    }
    void request_chunks_end(RequestId id) { push(ServerEvent::Kind::request_chunks_end, id); }
    void request_cancelled(RequestId id, Code why)
    {
        push(ServerEvent::Kind::request_cancelled, id).why = why;
    }
    void sign(SignId id, std::string message)
    {
        push(ServerEvent::Kind::sign, id).message = std::move(message);
    }
    void sign_cancelled(SignId id) { push(ServerEvent::Kind::sign_cancelled, id); }
    void authenticated(PeerInfo peer)
    {
        push(ServerEvent::Kind::authenticated, 0).peer =
            std::make_unique<PeerInfo>(std::move(peer));
    }
    void gone(PeerInfo peer)
    {
        push(ServerEvent::Kind::gone, 0).peer = std::make_unique<PeerInfo>(std::move(peer));
    }
    void observed(PeerInfo peer)
    {
        push(ServerEvent::Kind::observed, 0).peer = std::make_unique<PeerInfo>(std::move(peer));
    }
    void permits_wanted() { push(ServerEvent::Kind::permits_wanted, 0); }
    void sources_wanted() { push(ServerEvent::Kind::sources_wanted, 0); }
    void stopped() { push(ServerEvent::Kind::stopped, 0); }

    bool empty() const { return items_.empty(); }

    // `visit` may add to the box meanwhile; what it adds is delivered too.
    template <class F>
    void deliver(F&& visit)
    {
        for (size_t i = 0; i < items_.size(); ++i) {
            ServerEvent item = std::move(items_[i]);
            visit(item);
        }
        items_.clear();
    }

private:
    ServerEvent& push(ServerEvent::Kind kind, uint64_t id)
    {
        items_.emplace_back();
        items_.back().kind = kind;
        items_.back().id = id;
        return items_.back();
    }

    std::vector<ServerEvent> items_;
};

}  // namespace ltn::transport
