// Whatever a server puts on a stream whose chunks are wanted, in pieces of any length, to a consumer
// that takes at its own pace: one outcome, nothing after it, never more in the consumer's hands than
// it asked for, and no credit for bytes that did not come.
//
// Input: flags (2: FIN, 4: reset, 8: half is taken only at the end, 16: a small limit for the sum),
// piece length, window in units of 4 bytes, seed of the consumer's pace, the stream's bytes.
#include <cstdlib>

#include "support/client_rig.h"

namespace {

using namespace ltn;
using namespace ltn::test;

constexpr size_t kHead = 4;

void demand(bool held)
{
    if (!held) std::abort();
}

struct Consumer {
    ClientRig& rig;
    uint64_t id;
    size_t window;
    uint32_t pace;
    size_t held = 0;
    size_t largest = 0;
    size_t seen = 0;
    uint64_t bytes = 0;

    bool wants_now()
    {
        pace = pace * 1'664'525 + 1'013'904'223;
        return (pace >> 30) != 0;
    }
    void look()
    {
        const auto& all = rig.events.chunks[id];
        for (; seen < all.size(); ++seen) {
            held += all[seen].size();
            bytes += all[seen].size();
            largest = std::max(largest, all[seen].size());
        }
        demand(held <= std::max(window, largest));
    }
    void take(size_t len)
    {
        held -= std::min(held, len);
        rig.core->taken(id, len, rig.clock.now);
        look();
    }
    void take_all()
    {
        // An empty chunk is taken by a word of its own.
        for (size_t before = SIZE_MAX; before != seen || held != 0;) {
            before = seen;
            take(held);
            for (size_t i = 0; i < before; ++i) rig.core->taken(id, 0, rig.clock.now);
            look();
        }
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < kHead) return 0;
    const uint8_t flags = data[0];
    const size_t piece_max = data[1] + size_t{1};
    ByteView bytes(data + kHead, size - kHead);

    // The recorders grow; a new world now and then keeps the memory of a long run level.
    static ClientRig* live = nullptr;
    static int inputs = 0;
    if (live != nullptr && (++inputs % 500 == 0 || live->conn().is_closing)) {
        delete live;
        live = nullptr;
    }
    if (live == nullptr) {
        live = new ClientRig;
        live->call();
        live->authenticate();
    }
    ClientRig& rig = *live;
    rig.wait(kSecond);

    transport::StreamTerms terms;
    terms.window_bytes = size_t{4} * data[2];
    if ((flags & 16) != 0) terms.bytes_max = 100;
    const uint64_t id = rig.stream(terms);
    const quic::StreamId stream = rig.newest();
    Consumer consumer{rig, id, static_cast<size_t>(terms.window_bytes), data[3]};
    const bool fin = (flags & 2) != 0;
    do {
        ByteView piece = bytes.first(std::min(piece_max, bytes.size()));
        bytes = bytes.subspan(piece.size());
        rig.link.endpoint->data(rig.conn(), stream, piece, fin && bytes.empty());
        rig.turn();
        consumer.look();
        if ((flags & 8) == 0 && consumer.wants_now()) consumer.take((consumer.held + 1) / 2);
    } while (!bytes.empty());
    if ((flags & 4) != 0) rig.link.endpoint->reset(rig.conn(), stream);
    rig.turn();
    consumer.take_all();

    const FakeStream& wire = rig.conn().streams[stream];
    demand(wire.consumed <= wire.received);
    // A peer that asked who we are has a new stream; the old one says nothing of the call.
    const bool asked_again = rig.newest() != stream;
    demand(asked_again || (flags & 6) == 0 || !rig.open(id));
    rig.core->cancel(id, rig.clock.now);
    demand(rig.events.done[id].size() == 1);
    const transport::CallResult& result = rig.outcome(id);
    demand(result.bytes == consumer.bytes && result.chunks == consumer.seen);
    demand(terms.bytes_max == 0 || result.bytes <= terms.bytes_max);
    demand(rig.events.chunks_late == 0);
    demand(rig.link.endpoint->forbidden_calls == 0);
    rig.events.chunks.erase(id);
    // The handshake that was asked for is left unanswered: this world is spent.
    if (asked_again) {
        delete live;
        live = nullptr;
    }
    return 0;
}
