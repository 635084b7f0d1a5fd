// Whatever a client puts on a stream, a stranger or an authenticated one: the server answers it or
// ends its half, keeps no request, and goes on.
//
// Input: flags (1: authenticated, 2: FIN, 4: reset, 8: stop), piece length, then the
// stream's bytes.
#include <cstdlib>

#include "support/server_rig.h"

namespace {

using namespace ltn;
using namespace ltn::test;

constexpr Nanos kRefusalDelay = 50 * kMillisecond;

struct World {
    ServerRig rig;
    FakeConnection* peer = nullptr;
    int inputs = 0;

    World() : peer(rig.join()) {}
};

void demand(bool held)
{
    if (!held) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    // The recorders grow; a new world now and then keeps the memory of a long run level.
    static World* world = nullptr;
    if (world != nullptr && ++world->inputs > 500) {
        delete world;
        world = nullptr;
    }
    if (world == nullptr) world = new World;
    if (size < 2) return 0;
    ServerRig& rig = world->rig;
    bool authenticated = (data[0] & 1) != 0;
    bool fin = (data[0] & 2) != 0;
    size_t piece_max = data[1] + size_t{1};
    ByteView bytes(data + 2, size - 2);

    // Budgets are not what is tested here.
    rig.wait(10 * kSecond);
    FakeConnection& connection = authenticated ? *world->peer : *rig.accept(ServerRig::from(7));
    quic::StreamId stream = rig.next_stream[&connection];
    rig.next_stream[&connection] += 4;
    do {
        ByteView piece = bytes.first(std::min(piece_max, bytes.size()));
        bytes = bytes.subspan(piece.size());
        rig.link.endpoint->data(connection, stream, piece, fin && bytes.empty());
    } while (!bytes.empty());
    if ((data[0] & 4) != 0) rig.link.endpoint->reset(connection, stream);
    if ((data[0] & 8) != 0) rig.link.endpoint->stop_sending(connection, stream);
    rig.turn();
    rig.wait(kRefusalDelay);

    const FakeStream& seen = connection.streams[stream];
    if (fin || (data[0] & 12) != 0) demand(seen.fin || seen.reset);
    demand(seen.consumed == seen.received);
    demand(rig.core->stats().requests_in_flight == 0);
    demand(rig.link.endpoint->forbidden_calls == 0);
    demand(!world->peer->is_closing);
    if (!authenticated) {
        demand(rig.core->stats().authenticated == 1);
        rig.link.endpoint->lose(connection, quic::CloseInfo::Cause::idle_timeout);
        rig.turn();
    }
    rig.events.requests.clear();
    return 0;
}
