// Weaknesses of the original that no other test has as its subject (docs/weaknesses.md).
#include "support/client_rig.h"
#include "support/server_rig.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::test;

// upstream-S17, upstream-S18: a server that a client has signed for, and who then takes that request
// to another server, has nothing in his hands.
void signature_harvested_by_one_server_is_worth_nothing_at_another(void**)
{
    ClientRig client;
    client.link.endpoint->fingerprint.fill(0x11);
    client.call();
    client.turn();
    const codec::HandshakeRequest harvested = client.request_on(client.newest());

    ServerRig server;
    FakeConnection& thief = *server.accept();
    server.send_request(thief, harvested);
    server.wait(kSecond);
    assert_int_equal(server.core->stats().refused_signature, 1);
    assert_int_equal(server.core->stats().authenticated, 0);
    // The nonce is not burnt by that either: its owner may still use it.
    assert_int_equal(server.core->stats().nonces, 0);

    // Signed for this server's own certificate the same request is good.
    ClientRig direct;
    direct.call();
    direct.turn();
    server.send_request(thief, direct.request_on(direct.newest()));
    assert_int_equal(server.core->stats().authenticated, 1);
}

// upstream-S18: however often a server throws a client out, it gets no more signatures than its
// share.
void server_that_refuses_gets_few_signatures(void**)
{
    ClientRig rig;
    for (int i = 0; i < 60; ++i) {
        rig.call(rig.clock.now.monotonic_ns + kSecond / 2);
        rig.wait(0);
        if (!rig.link.endpoint->connections.empty() && !rig.conn().gone && !rig.conn().is_closing &&
            !rig.conn().streams.empty()) {
            codec::HandshakeResponse refusal;
            refusal.miner_hotkey = hotkey_of(rig.miner).text;
            rig.reply_handshake(refusal);
        }
        rig.wait(kSecond);
    }
    // One a second would be sixty; the waits between tries grow.
    assert_true(rig.events.questions.size() >= 2);
    assert_true(rig.events.questions.size() <= 25);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(signature_harvested_by_one_server_is_worth_nothing_at_another),
        cmocka_unit_test(server_that_refuses_gets_few_signatures),
    };
    return cmocka_run_group_tests_name("transport_weaknesses", tests, nullptr, nullptr);
}
