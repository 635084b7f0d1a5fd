// NEW_TOKENs that servers gave to a client: the newest per address, each used once. When full, the
// longest unrenewed one goes.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>

#include "base/address.h"
#include "base/bytes.h"

namespace ltn::quic {

class TokenCache {
public:
    explicit TokenCache(size_t entries_max) : entries_max_(entries_max) {}

    void put(const Address& server, ByteView token)
    {
        if (entries_max_ == 0 || token.empty() || token.size() > kTokenLenMax) return;
        if (auto found = index_.find(server); found != index_.end()) {
            entries_.erase(found->second);
            index_.erase(found);
        } else if (index_.size() >= entries_max_) {
            index_.erase(entries_.front().server);
            entries_.pop_front();
        }
        entries_.push_back({server, Bytes(token.begin(), token.end())});
        index_[server] = std::prev(entries_.end());
    }

    // Empty if there is none.
    Bytes take(const Address& server)
    {
        auto found = index_.find(server);
        if (found == index_.end()) return {};
        Bytes token = std::move(found->second->token);
        entries_.erase(found->second);
        index_.erase(found);
        return token;
    }

    size_t size() const { return index_.size(); }

private:
    static constexpr size_t kTokenLenMax = 512;
    struct Entry {
        Address server;
        Bytes token;
    };
    size_t entries_max_;
    std::list<Entry> entries_;
    std::unordered_map<Address, std::list<Entry>::iterator, AddressHash> index_;
};

}  // namespace ltn::quic
