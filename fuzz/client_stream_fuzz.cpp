// Whatever a server puts on a stream, as the answer to a handshake or to a call: the call has one
// outcome, and nobody is authenticated by chance.
//
// Input: flags (1: a call on a live connection, 2: FIN, 4: reset), piece length, the stream's
// bytes.
#include <cstdlib>

#include "support/client_rig.h"

namespace {

using namespace ltn;
using namespace ltn::test;

void demand(bool held)
{
    if (!held) std::abort();
}

void feed(ClientRig& rig, const uint8_t* data, size_t size)
{
    bool fin = (data[0] & 2) != 0;
    size_t piece_max = data[1] + size_t{1};
    ByteView bytes(data + 2, size - 2);
    quic::StreamId stream = rig.newest();
    do {
        ByteView piece = bytes.first(std::min(piece_max, bytes.size()));
        bytes = bytes.subspan(piece.size());
        rig.link.endpoint->data(rig.conn(), stream, piece, fin && bytes.empty());
    } while (!bytes.empty());
    if ((data[0] & 4) != 0) rig.link.endpoint->reset(rig.conn(), stream);
    rig.turn();
}

void finish(ClientRig& rig, uint64_t id)
{
    rig.core->cancel(id, rig.clock.now);
    demand(rig.events.done[id].size() == 1);
    demand(rig.link.endpoint->forbidden_calls == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2) return 0;
    if ((data[0] & 1) == 0) {
        ClientRig rig;
        uint64_t id = rig.call();
        rig.turn();
        feed(rig, data, size);
        demand(rig.events.connected == 0);
        demand((data[0] & 6) == 0 || !rig.open(id));
        finish(rig, id);
        return 0;
    }
    // The recorders grow; a new world now and then keeps the memory of a long run level.
    static ClientRig* live = nullptr;
    static int inputs = 0;
    if (live != nullptr && (++inputs % 500 == 0 || live->conn().is_closing)) {
        delete live;
        live = nullptr;
    }
    if (live == nullptr) {
        live = new ClientRig;
        finish(*live, live->call());
        live->call();
        live->authenticate();
    }
    live->wait(kSecond);
    uint64_t id = live->call();
    feed(*live, data, size);
    finish(*live, id);
    return 0;
}
