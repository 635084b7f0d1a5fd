// Client and server cores over the real QUIC link, through a wire in memory and a clock that only
// the test moves. Shows that what the fake link promises is what the real one does.
#include "support/link_rig.h"

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

void assert_ok(LinkRig& rig, uint64_t id)
{
    if (!rig.outcome(id).error.ok()) fail_msg("%s", rig.outcome(id).error.display().c_str());
}

void handshake_and_call_over_quic(void**)
{
    LinkRig rig;
    uint64_t id = rig.call(map_of("k", Bytes{1, 2, 3}));
    rig.run(kSecond);
    assert_ok(rig, id);
    ByteView got = rig.outcome(id).data.view();
    assert_true(Bytes(got.begin(), got.end()) == map_of("k", Bytes{1, 2, 3}));
    assert_int_equal(rig.server->stats().authenticated, 1);
    assert_true(rig.client->peers().at(0).fingerprint == rig.server->fingerprint());
    assert_string_equal(rig.client->peers().at(0).alpn.c_str(), "btlightning/2");
    assert_int_equal(rig.server->peers().at(0).fingerprint == rig.server->fingerprint(), 1);
}

void sixty_four_in_flight_over_quic(void**)
{
    LinkRig rig;
    std::vector<uint64_t> ids;
    for (uint8_t i = 0; i < 64; ++i) ids.push_back(rig.call(map_of("n", Bytes(100, i))));
    rig.run(kSecond);
    for (uint64_t id : ids) assert_ok(rig, id);
}

void more_calls_than_streams_wait_their_turn_over_quic(void**)
{
    transport::ServerConfig config;
    config.concurrent_streams_max = 8;
    LinkRig rig({}, config);
    std::vector<uint64_t> ids;
    for (int i = 0; i < 300; ++i) ids.push_back(rig.call());
    rig.run(5 * kSecond);
    for (uint64_t id : ids) assert_ok(rig, id);
}

void megabytes_there_and_back_over_quic(void**)
{
    LinkRig rig;
    Bytes data = map_of("payload", Bytes(5 << 20, 0x42));
    uint64_t id = rig.call(data);
    rig.run(20 * kSecond);
    assert_ok(rig, id);
    assert_int_equal(rig.outcome(id).data.size(), data.size());
    assert_memory_equal(rig.outcome(id).data.data(), data.data(), data.size());
}

void deadline_and_cancel_reach_the_handler_over_quic(void**)
{
    LinkRig rig;
    rig.call();
    rig.run(kSecond);
    rig.server_events.echo = false;
    uint64_t late = rig.call(Bytes{0x80}, rig.clock.now.monotonic_ns + 200 * kMillisecond);
    uint64_t unwanted = rig.call();
    rig.run(100 * kMillisecond);
    assert_int_equal(rig.server->stats().requests_in_flight, 2);
    rig.client->cancel(unwanted, rig.clock.now);
    rig.run(kSecond);
    assert_string_equal(rig.outcome(late).error.display().c_str(),
                        "transport error: query timed out");
    assert_int_equal(static_cast<int>(rig.outcome(unwanted).error.code),
                     static_cast<int>(Code::cancelled));
    assert_int_equal(rig.server_events.cancelled.size(), 2);
    assert_int_equal(rig.server->stats().requests_in_flight, 0);
    // The connection goes on.
    rig.server_events.echo = true;
    uint64_t id = rig.call();
    rig.run(kSecond);
    assert_ok(rig, id);
    assert_int_equal(rig.client->stats().dials, 1);
}

void stranger_is_shown_out_and_the_call_fails_over_quic(void**)
{
    LinkRig rig;
    rig.client_events.signer = Signer::silent;
    uint64_t id = rig.call();
    rig.run(kSecond);
    assert_int_equal(rig.server->stats().connections, 1);
    rig.run(10 * kSecond);
    assert_int_equal(rig.server->stats().connections, 0);
    assert_int_equal(rig.server->stats().unauthenticated_closed, 1);
    assert_false(rig.outcome(id).error.ok());
    assert_int_equal(rig.client_events.sign_cancelled.size(), 1);
}

void rejected_handshake_over_quic(void**)
{
    LinkRig rig;
    rig.server_events.signer = Signer::fails;
    uint64_t id = rig.call();
    rig.run(kSecond);
    assert_string_equal(rig.outcome(id).error.display().c_str(),
                        "handshake error: Handshake rejected by miner");
    assert_int_equal(rig.server->stats().refused_signer, 1);
    rig.run(kSecond);
    assert_int_equal(rig.server->stats().connections, 0);
}

void second_client_of_the_same_hotkey_replaces_the_first_over_quic(void**)
{
    LinkRig rig;
    uint64_t id = rig.call();
    rig.run(kSecond);
    assert_ok(rig, id);
    // The same key from another socket.
    ClientRecorder second_events;
    LinkRandom second_random{7};
    transport::ClientConfig config;
    config.hotkey = hotkey_of(rig.validator);
    auto second = std::move(
        transport::ClientCore::create(config, second_events, second_random, rig.log, rig.clock.now)
            .value());
    second_events.core = second.get();
    second_events.pair = &rig.validator;
    second_events.clock = &rig.clock;
    rig.client.swap(second);
    Address first_address = rig.client_address;
    rig.client_address.port = 4001;
    Error accepted =
        rig.client->connect(99, rig.miner.public_key(), rig.server_address, kNever, rig.clock.now);
    assert_true(accepted.ok());
    // Datagrams for the first client are kept apart.
    for (int i = 0; i < 200 && second_events.connects[99].empty(); ++i) {
        rig.leave();
        rig.clock.advance(kLinkDelay);
        std::deque<DatagramQueue::Item> batch;
        batch.swap(rig.to_client.waiting);
        for (const DatagramQueue::Item& item : batch) {
            Datagram datagram{item.to, rig.server_address, item.bytes, 0};
            datagram.local = item.to;
            (item.to.port == first_address.port ? second : rig.client)
                ->receive(datagram, rig.clock.now);
        }
        rig.deliver(rig.to_server, rig.client_address, true);
    }
    assert_int_equal(second_events.connects[99].size(), 1);
    assert_true(second_events.connects[99][0].ok());
    for (int i = 0; i < 10; ++i) {
        rig.leave();
        for (const DatagramQueue::Item& item : rig.to_client.waiting) {
            Datagram datagram{item.to, rig.server_address, item.bytes, 0};
            second->receive(datagram, rig.clock.now);
        }
        rig.to_client.waiting.clear();
    }
    assert_int_equal(rig.server->stats().replaced, 1);
    assert_int_equal(rig.server->stats().authenticated, 1);
    assert_int_equal(rig.client_events.disconnected.size(), 1);
    assert_non_null(std::strstr(rig.client_events.disconnected[0].text.c_str(), "replaced"));
    rig.client.swap(second);
}

void both_stop_over_quic(void**)
{
    LinkRig rig;
    rig.server_events.echo = false;
    uint64_t id = rig.call();
    rig.run(kSecond);
    rig.server->stop(0, rig.clock.now);
    rig.run(kSecond);
    assert_int_equal(rig.server_events.stopped, 1);
    assert_string_equal(rig.outcome(id).error.display().c_str(),
                        "connection error: connection lost: closed by the peer (code 0): "
                        "server_shutdown");
    rig.client->stop(rig.clock.now);
    rig.run(kSecond);
    assert_int_equal(rig.client_events.stopped, 1);
}

void drain_delivers_the_last_answer_over_quic(void**)
{
    LinkRig rig;
    rig.server_events.echo = false;
    uint64_t id = rig.call();
    rig.run(kSecond);
    rig.server->stop(5 * kSecond, rig.clock.now);
    rig.run(kSecond);
    Bytes data = map_of("payload", Bytes(200'000, 1));
    assert_true(
        rig.server
            ->answer(rig.server_events.requests.at(0).id, SharedBytes::copy(data), rig.clock.now)
            .ok());
    rig.run(2 * kSecond);
    assert_ok(rig, id);
    assert_int_equal(rig.outcome(id).data.size(), data.size());
    assert_int_equal(rig.server_events.stopped, 1);
}

void idle_connection_is_kept_and_a_dead_server_is_noticed(void**)
{
    LinkRig rig;
    uint64_t id = rig.call();
    rig.run(kSecond);
    assert_ok(rig, id);
    rig.run(400 * kSecond);
    id = rig.call();
    rig.run(kSecond);
    assert_ok(rig, id);
    assert_int_equal(rig.client->stats().dials, 1);
    rig.server_is_dead = true;
    id = rig.call();
    rig.run(5 * kSecond);
    assert_int_equal(static_cast<int>(rig.outcome(id).error.code),
                     static_cast<int>(Code::connection_lost));
    assert_string_equal(rig.outcome(id).error.text.c_str(),
                        "connection lost: the peer does not answer");
    assert_int_equal(rig.client->stats().unanswered, 1);
    // The next call dials, within its own deadline.
    id = rig.call(Bytes{0x80}, rig.clock.now.monotonic_ns + 3 * kSecond);
    rig.run(4 * kSecond);
    assert_int_equal(static_cast<int>(rig.outcome(id).error.code),
                     static_cast<int>(Code::deadline));
    assert_int_equal(rig.client->stats().dials, 2);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(handshake_and_call_over_quic),
        cmocka_unit_test(sixty_four_in_flight_over_quic),
        cmocka_unit_test(more_calls_than_streams_wait_their_turn_over_quic),
        cmocka_unit_test(megabytes_there_and_back_over_quic),
        cmocka_unit_test(deadline_and_cancel_reach_the_handler_over_quic),
        cmocka_unit_test(stranger_is_shown_out_and_the_call_fails_over_quic),
        cmocka_unit_test(rejected_handshake_over_quic),
        cmocka_unit_test(second_client_of_the_same_hotkey_replaces_the_first_over_quic),
        cmocka_unit_test(both_stop_over_quic),
        cmocka_unit_test(drain_delivers_the_last_answer_over_quic),
        cmocka_unit_test(idle_connection_is_kept_and_a_dead_server_is_noticed),
    };
    return cmocka_run_group_tests_name("transport_link", tests, nullptr, nullptr);
}
