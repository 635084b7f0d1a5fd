// The tables of hostile peers: what each does to our server or our client, what must come of it, and
// that nobody else notices and nothing of it stays.
#pragma once

#include <memory>
#include <span>

#include "support/honest_town.h"
#include "support/hostile_peer.h"

namespace ltn::scenario {

// Our server and our client, who are served well by each other, and room for one that misbehaves.
struct Town {
    test::SmallWire wire;
    test::HonestServer server;
    test::HonestClient client;

    Town();
    // The honest client is served, at once.
    void expect_service();
};

struct ClientRow {
    const char* name;
    void (*act)(test::HostilePeer&, Town&);
    const char* outcome;  // HostilePeer::outcome() when it is over
    bool proven = false;  // has authenticated before it acts
    bool second = false;  // speaks btlightning/2
    Nanos wait_ns = 2 * kSecond;
    void (*tune)(quic::EndpointConfig&) = nullptr;
};

struct ServerRow {
    const char* name;
    // The proof that an honest server would give, signed, as a stream's answer. Null: it is given.
    void (*prove)(test::HostilePeer&, quic::StreamId, test::Proof&);
    // A request has come on that stream. Null: it is answered well.
    void (*serve)(test::HostilePeer&, quic::StreamId);
    // How the call ended, and what the server sees of the connection then.
    const char* outcome;
    bool second = false;
    bool streamed = false;
    bool uploads = false;
    void (*tune)(quic::EndpointConfig&) = nullptr;
};

// All rows, one test each under its row's name. What main() returns.
int run_rows(const char* group, std::span<const ClientRow> clients,
             std::span<const ServerRow> servers);

}  // namespace ltn::scenario
