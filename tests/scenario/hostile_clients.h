// The table of hostile clients: what each does to our server, what must come of it, and that nobody
// else notices and nothing of it stays.
#pragma once

#include <memory>

#include "support/honest_town.h"
#include "support/hostile_peer.h"

namespace ltn::scenario {

// Our server, a well-behaved client, and room for one that is not.
struct ServerUnderFire {
    test::SmallWire wire;
    test::HonestServer server;
    test::HonestClient client;

    ServerUnderFire();
    // The honest client is served, at once.
    void expect_service();
};

struct ClientRow {
    const char* name;
    void (*act)(test::HostilePeer&, ServerUnderFire&);
    const char* outcome;  // HostilePeer::outcome() when it is over
    bool proven = false;  // has authenticated before it acts
    bool second = false;  // speaks btlightning/2
    Nanos wait_ns = 2 * kSecond;
    void (*tune)(quic::EndpointConfig&) = nullptr;
};

// One cmocka test: `*state` is the row.
void run_client_row(void** state);

}  // namespace ltn::scenario
