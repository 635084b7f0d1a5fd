// Bytes of a stream that come in crumbs and ahead of their turn: each leaves a hole behind that must
// be remembered (upstream-S19), so there is a budget for them.
#include "quic_wire.h"

namespace {

using namespace ltn;
using namespace ltn::test;

constexpr size_t kCrumbs = 40'000;

size_t crumbs_seen(Pair& pair)
{
    return pair.server.endpoint->stats().oddities[static_cast<size_t>(quic::Oddity::crumb)];
}

// Sends byte after byte, each in a datagram of its own. With `swapped` every second datagram arrives
// before the one that was sent before it. Returns how many bytes were sent before it was over.
size_t send_crumbs(Pair& pair, quic::Connection& connection, bool swapped)
{
    std::optional<Bytes> held;
    Wire& wire = pair.wire;
    bool reinjecting = false;
    if (swapped) {
        wire.filter = [&](Address& from, Address& to, Bytes& datagram) {
            if (reinjecting || !(from == pair.client.address)) return true;
            if (!held.has_value()) {
                held = datagram;
                return false;
            }
            reinjecting = true;
            wire.put(from, to, datagram);
            wire.put(from, to, *held);
            reinjecting = false;
            held.reset();
            return false;
        };
    }
    auto stream = connection.open_stream();
    assert_true(stream.ok());
    size_t sent = 0;
    while (sent < kCrumbs && pair.client.events.closed == 0 &&
           connection.send(*stream, SharedBytes::copy(Bytes{1}), false).ok()) {
        ++sent;
        wire.flush();
        // In handfuls: a server that answers each datagram would have the client count its PINGs.
        if (sent % 32 == 0) wire.run_for(16 * kMillisecond);
    }
    wire.filter = nullptr;
    wire.run_for(kSecond);
    return sent;
}

void crumbs_ahead_of_their_turn_have_a_budget(void**)
{
    for (bool known : {false, true}) {
        Pair pair;
        pair.server.events.raise = known;
        quic::Connection& connection = pair.connect();
        const size_t sent = send_crumbs(pair, connection, true);

        assert_int_equal(pair.server.endpoint->stats().glitch_closes, 1);
        assert_int_equal(pair.client.events.closed, 1);
        // What holes can cost is bounded by the budget, far below what the window would allow.
        assert_in_range(crumbs_seen(pair), known ? 5000 : 1000, known ? 12'000 : 2500);
        assert_true(sent < kCrumbs);
    }
}

void crumbs_in_order_cost_nothing(void**)
{
    Pair pair;
    pair.server.events.raise = true;
    quic::Connection& connection = pair.connect();
    assert_int_equal(send_crumbs(pair, connection, false), kCrumbs);
    assert_int_equal(crumbs_seen(pair), 0);
    assert_int_equal(pair.server.endpoint->stats().glitch_closes, 0);
    assert_int_equal(pair.server.events.streams.begin()->second.bytes.size(), kCrumbs);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(crumbs_ahead_of_their_turn_have_a_budget),
        cmocka_unit_test(crumbs_in_order_cost_nothing),
    };
    return cmocka_run_group_tests_name("quic gaps", tests, nullptr, nullptr);
}
