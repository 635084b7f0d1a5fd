// A handful of nodes on perfect lines under one virtual clock. Against sim::Network it remembers
// nothing, so that what stays allocated is the nodes' own.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "sim/node.h"

namespace ltn::test {

class SmallWire {
public:
    static constexpr Nanos kDelay = 2 * kMillisecond;
    static constexpr Nanos kStart = 1'000 * kSecond;
    static constexpr uint64_t kStartUnixMs = 1'700'000'000'000;

    Nanos now_ns = kStart;
    // Sees each datagram as it leaves; false loses it. May change it, and put() more.
    std::function<bool(const Address& from, const Address& to, Bytes& datagram)> filter;

    Instant now() const { return {now_ns, kStartUnixMs + (now_ns - kStart) / kMillisecond}; }

    void join(sim::Node& node, const Address& address) { nodes_.push_back({&node, address}); }
    void leave(sim::Node& node)
    {
        std::erase_if(nodes_, [&node](const Place& place) { return place.node == &node; });
    }

    void put(const Address& from, const Address& to, ByteView bytes)
    {
        queue_.push_back({now_ns + kDelay, from, to, Bytes(bytes.begin(), bytes.end())});
    }
    // What is under way is lost, and its memory given back.
    void forget() { std::deque<Packet>().swap(queue_); }

    void run_for(Nanos span_ns) { run_until(nullptr, span_ns); }
    // True when `done` said so within `span_ns`.
    bool run_until(const std::function<bool()>& done, Nanos span_ns)
    {
        const Nanos end_ns = now_ns + span_ns;
        for (;;) {
            flush();
            if (done && done()) return true;
            Nanos next_ns = queue_.empty() ? kNever : queue_.front().due_ns;
            for (const Place& place : nodes_) {
                next_ns = std::min(next_ns, place.node->next_expiry_ns());
            }
            if (next_ns > end_ns) {
                now_ns = end_ns;
                return false;
            }
            now_ns = std::max(now_ns, next_ns);
            deliver();
            for (const Place& place : nodes_) {
                if (place.node->next_expiry_ns() <= now_ns) place.node->handle_expiry(now());
            }
        }
    }

private:
    struct Packet {
        Nanos due_ns;
        Address from, to;
        Bytes bytes;
    };
    struct Place {
        sim::Node* node;
        Address address;
    };
    struct Sink final : DatagramSink {
        SmallWire& wire;
        const Address& from;
        Sink(SmallWire& w, const Address& f) : wire(w), from(f) {}
        bool send(const Train& train) override
        {
            for (size_t at = 0; at < train.bytes.size(); at += train.segment_len) {
                const size_t len = std::min(train.segment_len, train.bytes.size() - at);
                const ByteView piece = train.bytes.subspan(at, len);
                Bytes bytes(piece.begin(), piece.end());
                if (wire.filter && !wire.filter(from, train.remote, bytes)) continue;
                wire.put(from, train.remote, bytes);
            }
            return true;
        }
    };

    void flush()
    {
        for (const Place& place : nodes_) {
            if (!place.node->wants_flush()) continue;
            Sink sink(*this, place.address);
            place.node->flush(sink, now());
        }
    }
    void deliver()
    {
        while (!queue_.empty() && queue_.front().due_ns <= now_ns) {
            const Packet packet = std::move(queue_.front());
            queue_.pop_front();
            for (const Place& place : nodes_) {
                if (place.address != packet.to) continue;
                Datagram datagram;
                datagram.local = packet.to;
                datagram.remote = packet.from;
                datagram.bytes = packet.bytes;
                place.node->receive(datagram, now());
                break;
            }
        }
    }

    std::deque<Packet> queue_;
    std::vector<Place> nodes_;
};

}  // namespace ltn::test
