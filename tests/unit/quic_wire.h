// Two or more QUIC endpoints in one thread on a virtual clock: trains go into a queue and come out
// as datagrams after a delay, unless the test loses or changes them.
#pragma once

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "quic/endpoint_impl.h"

// After the C++ headers: it defines a macro named fail.
extern "C" {
#include <cmocka.h>
}

namespace ltn::test {

class SeededRandom final : public Random {
public:
    explicit SeededRandom(uint64_t seed) : state_(seed) {}
    void fill(MutableBytes out) override
    {
        for (uint8_t& byte : out) {
            if (left_ == 0) {
                state_ += 0x9e3779b97f4a7c15;
                word_ = state_;
                word_ = (word_ ^ (word_ >> 30)) * 0xbf58476d1ce4e5b9;
                word_ = (word_ ^ (word_ >> 27)) * 0x94d049bb133111eb;
                word_ ^= word_ >> 31;
                left_ = 8;
            }
            byte = static_cast<uint8_t>(word_);
            word_ >>= 8;
            --left_;
        }
    }

private:
    uint64_t state_, word_ = 0;
    int left_ = 0;
};

// Remembers what happened, echoes when asked, gives credit when asked.
class Recorder : public quic::ConnectionEvents {
public:
    struct Seen {
        Bytes bytes;
        bool fin = false, reset = false, stopped = false, flushed = false, closed = false;
    };
    bool echo = false;    // sends back what comes, when the stream ends
    bool consume = true;  // gives credit at once
    bool raise = false;   // server: raises limits when ready
    bool hold = false;    // keeps the slots of streams that close
    int rooms = 0;        // times on_stream_room was called
    int accepted = 0, ready = 0, closed = 0, path_changes = 0, streams_available = 0;
    quic::Connection* connection = nullptr;
    quic::CloseInfo info;
    std::map<quic::StreamId, Seen> streams;
    std::vector<bool> paths;
    std::function<void(quic::Connection&)> when_accepted, when_ready;
    std::function<void(quic::Connection&, quic::StreamId)> when_data;

    void on_accepted(quic::Connection& c) override
    {
        ++accepted;
        if (when_accepted) when_accepted(c);
    }
    void on_ready(quic::Connection& c) override
    {
        ++ready;
        connection = &c;
        if (raise) c.raise_limits({128, 64 << 20});
        if (when_ready) when_ready(c);
    }
    void on_stream_data(quic::Connection& c, quic::StreamId id, ByteView bytes, bool fin) override
    {
        Seen& seen = streams[id];
        seen.bytes.insert(seen.bytes.end(), bytes.begin(), bytes.end());
        seen.fin = fin;
        if (consume) c.consumed(id, bytes.size());
        if (echo && fin) assert_true(c.send(id, SharedBytes::copy(seen.bytes), true).ok());
        if (when_data) when_data(c, id);
    }
    void on_stream_reset(quic::Connection&, quic::StreamId id, uint64_t) override
    {
        streams[id].reset = true;
    }
    void on_stop_sending(quic::Connection&, quic::StreamId id, uint64_t) override
    {
        streams[id].stopped = true;
    }
    void on_stream_flushed(quic::Connection&, quic::StreamId id) override
    {
        streams[id].flushed = true;
    }
    void on_stream_room(quic::Connection&, quic::StreamId) override { ++rooms; }
    void on_stream_closed(quic::Connection& c, quic::StreamId id) override
    {
        assert_false(streams[id].closed);
        streams[id].closed = true;
        if (hold) c.hold_slot();
    }
    void on_streams_available(quic::Connection&) override { ++streams_available; }
    void on_path_changed(quic::Connection&, bool validated) override { paths.push_back(validated); }
    void on_closed(quic::Connection& c, const quic::CloseInfo& i) override
    {
        ++closed;
        info = i;
        if (connection == &c) connection = nullptr;
    }
};

class Wire;

// An endpoint, its events and its place on the wire.
struct Node {
    Node(Wire& wire, Address address, uint64_t seed, bool serve, quic::EndpointConfig config,
         const quic::tls::Identity* identity = nullptr, quic::Gate* gate = nullptr);
    ~Node();

    Wire& wire;
    Address address;
    SeededRandom random;
    NullLog log;
    Recorder events;
    std::unique_ptr<quic::EndpointImpl> endpoint;
    bool blocked = false;  // its socket is full
};

class Wire {
public:
    Nanos now_ns = 1'000 * kSecond;
    Nanos delay_ns = 100 * kMicrosecond;
    // Nanoseconds that a datagram of a bandwidth-limited link takes per byte; 0: no limit.
    uint64_t datagrams = 0, bytes = 0, trains = 0, longest_train = 0;
    std::map<Address, uint64_t> bytes_from;
    // Return false to lose it; may change it.
    std::function<bool(Address& from, Address& to, Bytes& datagram)> filter;

    Instant now() const { return {now_ns, 1'700'000'000'000 + now_ns / kMillisecond}; }

    void put(const Address& from, const Address& to, ByteView datagram, uint8_t ecn = 0)
    {
        Packet packet{now_ns + delay_ns, from, to, Bytes(datagram.begin(), datagram.end()), ecn};
        ++datagrams;
        bytes += datagram.size();
        bytes_from[from] += datagram.size();
        if (filter && !filter(packet.from, packet.to, packet.bytes)) return;
        queue_.push_back(std::move(packet));
    }

    // Until `done` says so, nothing moves any more, or the time is over. True if done.
    bool run(const std::function<bool()>& done, Nanos for_ns = 20 * kSecond)
    {
        Nanos until = now_ns + for_ns;
        for (;;) {
            flush();
            if (done && done()) return true;
            Nanos next = queue_.empty() ? kNever : queue_.front().due_ns;
            for (Node* node : nodes_) next = std::min(next, node->endpoint->next_expiry_ns());
            if (next > until) {
                now_ns = until;
                return done && done();
            }
            now_ns = std::max(now_ns, next);
            while (!queue_.empty() && queue_.front().due_ns <= now_ns) {
                Packet packet = std::move(queue_.front());
                queue_.pop_front();
                deliver(packet);
            }
            for (Node* node : nodes_) {
                if (node->endpoint->next_expiry_ns() <= now_ns) {
                    node->endpoint->handle_expiry(now());
                }
            }
        }
    }
    void run_for(Nanos ns) { run(nullptr, ns); }

    void flush()
    {
        for (Node* node : nodes_) {
            if (!node->endpoint->wants_flush()) continue;
            Sink sink{*this, *node};
            node->endpoint->flush(sink, now());
        }
    }
    void forget_queue() { queue_.clear(); }

    void add(Node& node) { nodes_.push_back(&node); }
    void remove(Node& node) { std::erase(nodes_, &node); }

private:
    struct Packet {
        Nanos due_ns;
        Address from, to;
        Bytes bytes;
        uint8_t ecn;
    };
    struct Sink final : DatagramSink {
        Wire& wire;
        Node& node;
        Sink(Wire& w, Node& n) : wire(w), node(n) {}
        bool send(const Train& train) override
        {
            if (node.blocked) return false;
            assert_true(train.segment_len > 0);
            ++wire.trains;
            uint64_t count = 0;
            for (size_t at = 0; at < train.bytes.size(); at += train.segment_len, ++count) {
                size_t len = std::min(train.segment_len, train.bytes.size() - at);
                wire.put(node.address, train.remote, train.bytes.subspan(at, len), train.ecn);
            }
            wire.longest_train = std::max(wire.longest_train, count);
            return true;
        }
    };

    void deliver(const Packet& packet)
    {
        for (Node* node : nodes_) {
            if (node->address != packet.to) continue;
            node->endpoint->receive({node->address, packet.from, packet.bytes, packet.ecn}, now());
            return;
        }
    }

    std::deque<Packet> queue_;
    std::vector<Node*> nodes_;
};

inline Node::Node(Wire& w, Address a, uint64_t seed, bool serve, quic::EndpointConfig config,
                  const quic::tls::Identity* identity, quic::Gate* gate)
    : wire(w), address(a), random(seed)
{
    quic::tls::Identity own;
    if (serve && identity == nullptr) {
        auto made = quic::tls::make_identity(random);
        if (!made.ok()) fprintf(stderr, "%s\n", made.error().text.c_str());
        assert_true(made.ok());
        own = made.value();
        identity = &own;
    }
    auto made = quic::EndpointImpl::create(std::move(config), serve ? identity : nullptr, events,
                                           gate, random, log, w.now());
    if (!made.ok()) fprintf(stderr, "%s\n", made.error().text.c_str());
    assert_true(made.ok());
    endpoint = std::move(made.value());
    wire.add(*this);
}

inline Node::~Node()
{
    wire.remove(*this);
}

inline const Address kClientAddress = Address::v4(10, 0, 0, 1, 40000);
inline const Address kServerAddress = Address::v4(10, 0, 0, 2, 4433);

// One client, one server.
struct Pair {
    Wire wire;
    Node server, client;

    explicit Pair(quic::EndpointConfig server_config = {}, quic::EndpointConfig client_config = {},
                  const quic::tls::Identity* identity = nullptr, quic::Gate* gate = nullptr)
        : server(wire, kServerAddress, 1, true, std::move(server_config), identity, gate),
          client(wire, kClientAddress, 2, false, std::move(client_config))
    {
    }

    quic::Connection* dial()
    {
        quic::ConnectOptions options;
        options.remote = server.address;
        auto made = client.endpoint->connect(options, wire.now());
        if (!made.ok()) fprintf(stderr, "%s\n", made.error().text.c_str());
        assert_true(made.ok());
        return made.value();
    }
    // Both sides ready.
    quic::Connection& connect()
    {
        int before = server.events.ready;
        quic::Connection* connection = dial();
        int ended = client.events.closed;
        bool ok = wire.run([&] {
            return client.events.closed > ended ||
                   (connection->ready() && server.events.ready > before);
        });
        ok = ok && client.events.closed == ended;
        if (!ok) {
            fprintf(stderr, "client closed %d: %s / server closed %d: %s\n", client.events.closed,
                    client.events.info.to_error().display().c_str(), server.events.closed,
                    server.events.info.to_error().display().c_str());
        }
        assert_true(ok);
        return *connection;
    }
    quic::Connection& peer() { return *server.events.connection; }

    // Sends and waits for the same bytes to come back. The server must echo.
    void expect_echo(quic::Connection& connection, const Bytes& message)
    {
        auto stream = connection.open_stream();
        assert_true(stream.ok());
        assert_true(connection.send(*stream, SharedBytes::copy(message), true).ok());
        auto& seen = client.events.streams;
        assert_true(wire.run([&] { return seen[*stream].closed || connection.closing(); }));
        assert_true(seen[*stream].fin);
        assert_int_equal(seen[*stream].bytes.size(), message.size());
        assert_true(seen[*stream].bytes == message);
    }
};

inline Bytes pattern(size_t len, uint64_t seed = 7)
{
    Bytes out(len);
    SeededRandom(seed).fill(out);
    return out;
}

}  // namespace ltn::test
