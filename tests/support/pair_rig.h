// A client and a server core joined by function calls: every byte arrives, in order, nothing takes
// time unless the test says so.
#pragma once

#include "support/transport_recorders.h"

namespace ltn::test {

struct PairRig {
    Clock clock;
    crypto::KeyPair validator = key_of(2);
    crypto::KeyPair miner = key_of(1);
    CountingRandom client_random;
    CountingRandom server_random;
    NullLog log;
    NullSink sink;
    FakeLink client_link;
    FakeLink server_link;
    ClientRecorder client_events;
    ServerRecorder server_events;
    std::unique_ptr<transport::ClientCore> client;
    std::unique_ptr<transport::ServerCore> server;
    Address address = Address::v4(192, 0, 2, 1, 8091);
    size_t piece_max = 1200;
    uint64_t next_call = 1;
    std::vector<uint64_t> accepted;

    explicit PairRig(transport::ClientConfig client_config = {},
                     transport::ServerConfig server_config = {})
    {
        client_link.fingerprint = server_link.fingerprint = vector_fingerprint();
        client_config.hotkey = hotkey_of(validator);
        server_config.hotkey = hotkey_of(miner);
        client = std::move(transport::create_client(client_config, client_events, client_random,
                                                    log, clock.now, client_link.factory())
                               .value());
        server = std::move(transport::create_server(server_config, server_events, server_random,
                                                    log, clock.now, server_link.factory())
                               .value());
        client_link.endpoint->ready_at_once = false;
        client_events.core = client.get();
        client_events.pair = &validator;
        client_events.clock = &clock;
        server_events.core = server.get();
        server_events.pair = &miner;
        server_events.clock = &clock;
    }

    uint64_t call(Bytes data = Bytes{0x80}, Nanos deadline_ns = kNever, std::string type = "echo")
    {
        transport::CallRequest request;
        request.id = next_call++;
        request.peer = miner.public_key();
        request.address = address;
        request.synapse_type = std::move(type);
        request.data = SharedBytes::take(std::move(data));
        request.deadline_ns = deadline_ns;
        if (client->call(std::move(request), clock.now).ok()) accepted.push_back(next_call - 1);
        return next_call - 1;
    }

    // Carries what there is, until neither side has more to say.
    void pump()
    {
        // Twice in vain: a timer that came due at the end of a round may have made something.
        for (int idle = 0; idle < 2;) {
            bool any = connect_new();
            client->receive(Datagram{}, clock.now);
            server->receive(Datagram{}, clock.now);
            for (auto& [ours, theirs] : links_) {
                any = carry(*ours, *server_link.endpoint, *theirs, piece_max) || any;
                any = carry(*theirs, *client_link.endpoint, *ours, piece_max) || any;
            }
            client->handle_expiry(clock.now);
            server->handle_expiry(clock.now);
            client->flush(sink, clock.now);
            server->flush(sink, clock.now);
            idle = any ? 0 : idle + 1;
        }
    }

    void wait(Nanos by)
    {
        clock.advance(by);
        pump();
    }

    // What was dialled since the last time reaches the server.
    bool connect_new()
    {
        bool any = false;
        auto& ends = client_link.endpoint->connections;
        for (; seen_ < ends.size(); ++seen_) {
            any = true;
            FakeConnection& ours = *ends[seen_];
            auto port = static_cast<uint16_t>(1000 + seen_);
            FakeConnection* theirs = server_link.endpoint->accept(Address::v4(10, 0, 0, 1, port));
            if (theirs == nullptr) {
                client_link.endpoint->lose(ours, quic::CloseInfo::Cause::peer_transport);
                continue;
            }
            client_link.endpoint->make_ready(ours);
            links_.emplace_back(&ours, theirs);
        }
        return any;
    }

private:
    size_t seen_ = 0;
    std::vector<std::pair<FakeConnection*, FakeConnection*>> links_;
};

}  // namespace ltn::test
