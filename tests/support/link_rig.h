// A client and a server core over the real QUIC link, through a wire in memory and a clock that only
// the test moves.
#pragma once

#include <algorithm>
#include <deque>

#include "support/transport_recorders.h"

namespace ltn::test {

// splitmix64: certificates and connection ids need more variety than a counter.
class LinkRandom final : public Random {
public:
    explicit LinkRandom(uint64_t seed) : state_(seed) {}
    void fill(MutableBytes out) override
    {
        for (uint8_t& byte : out) {
            state_ += 0x9e3779b97f4a7c15u;
            uint64_t z = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9u;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
            byte = static_cast<uint8_t>(z ^ (z >> 31));
        }
    }

private:
    uint64_t state_;
};

// Datagrams on their way to one side.
class DatagramQueue final : public DatagramSink {
public:
    bool send(const Train& train) override
    {
        for (size_t at = 0; at < train.bytes.size(); at += train.segment_len) {
            size_t len = std::min(train.segment_len, train.bytes.size() - at);
            ByteView piece = train.bytes.subspan(at, len);
            waiting.push_back({train.remote, Bytes(piece.begin(), piece.end())});
        }
        return true;
    }
    struct Item {
        Address to;
        Bytes bytes;
    };
    std::deque<Item> waiting;
};

inline constexpr Nanos kLinkDelay = 2 * kMillisecond;

struct LinkRig {
    Clock clock;
    crypto::KeyPair validator = key_of(2);
    crypto::KeyPair miner = key_of(1);
    LinkRandom client_random{1};
    LinkRandom server_random{2};
    NullLog log;
    DatagramQueue to_server;
    DatagramQueue to_client;
    ClientRecorder client_events;
    ServerRecorder server_events;
    std::unique_ptr<transport::ClientCore> client;
    std::unique_ptr<transport::ServerCore> server;
    Address client_address = Address::v4(10, 0, 0, 1, 4000);
    Address server_address = Address::v4(10, 0, 0, 2, 8091);
    uint64_t next_call = 1;
    bool server_is_dead = false;
    size_t bytes_to_client = 0;  // on the wire

    explicit LinkRig(transport::ClientConfig client_config = {},
                     transport::ServerConfig server_config = {})
    {
        client_config.hotkey = hotkey_of(validator);
        server_config.hotkey = hotkey_of(miner);
        client = std::move(transport::ClientCore::create(client_config, client_events,
                                                         client_random, log, clock.now)
                               .value());
        server = std::move(transport::ServerCore::create(server_config, server_events,
                                                         server_random, log, clock.now)
                               .value());
        client_events.core = client.get();
        client_events.pair = &validator;
        client_events.clock = &clock;
        server_events.core = server.get();
        server_events.pair = &miner;
        server_events.clock = &clock;
    }

    uint64_t call(Bytes data = Bytes{0x80}, Nanos deadline_ns = kNever, std::string type = "echo")
    {
        transport::CallRequest asked =
            request(std::move(type), SharedBytes::take(std::move(data)), deadline_ns);
        if (!client->call(std::move(asked), clock.now).ok()) std::abort();
        return next_call - 1;
    }
    // A call whose answer is a stream.
    uint64_t open(const transport::StreamTerms& terms, std::string type = "stream")
    {
        transport::CallRequest asked =
            request(std::move(type), SharedBytes::copy(codec::kEmptyMap), kNever);
        if (!client->open(std::move(asked), terms, clock.now).ok()) std::abort();
        return next_call - 1;
    }
    transport::CallRequest request(std::string type, SharedBytes data, Nanos deadline_ns)
    {
        transport::CallRequest request;
        request.id = next_call++;
        request.peer = miner.public_key();
        request.address = server_address;
        request.synapse_type = std::move(type);
        request.data = std::move(data);
        request.deadline_ns = deadline_ns;
        return request;
    }

    void deliver(DatagramQueue& queue, const Address& from, bool to_the_server)
    {
        std::deque<DatagramQueue::Item> batch;
        batch.swap(queue.waiting);
        for (const DatagramQueue::Item& item : batch) {
            Datagram datagram;
            datagram.local = item.to;
            datagram.remote = from;
            datagram.bytes = item.bytes;
            if (!to_the_server) bytes_to_client += item.bytes.size();
            if (to_the_server) {
                server->receive(datagram, clock.now);
            } else {
                client->receive(datagram, clock.now);
            }
        }
    }

    void leave()
    {
        client->flush(to_server, clock.now);
        server->flush(to_client, clock.now);
    }

    // Moves the clock from event to event for `span`; datagrams take kLinkDelay.
    void run(Nanos span)
    {
        Nanos end = clock.now.monotonic_ns + span;
        leave();
        while (clock.now.monotonic_ns < end) {
            bool in_flight = !to_server.waiting.empty() || !to_client.waiting.empty();
            Nanos next = std::min(client->next_expiry_ns(), server->next_expiry_ns());
            if (in_flight) next = std::min(next, clock.now.monotonic_ns + kLinkDelay);
            next = std::clamp(next, clock.now.monotonic_ns + kMicrosecond, end);
            clock.advance(next - clock.now.monotonic_ns);
            if (server_is_dead) {
                to_server.waiting.clear();
                to_client.waiting.clear();
            }
            deliver(to_server, client_address, true);
            deliver(to_client, server_address, false);
            if (client->next_expiry_ns() <= clock.now.monotonic_ns) {
                client->handle_expiry(clock.now);
            }
            if (server->next_expiry_ns() <= clock.now.monotonic_ns) {
                server->handle_expiry(clock.now);
            }
            leave();
        }
    }

    const transport::CallResult& outcome(uint64_t id)
    {
        static const transport::CallResult none{
            Error(Code::internal, Category::local, "not exactly one outcome"), {}, 0, 0};
        const auto& all = client_events.done[id];
        return all.size() == 1 ? all.front() : none;
    }
};

}  // namespace ltn::test
