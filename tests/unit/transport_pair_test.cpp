// Client and server cores with each other, without a network between them.
#include "support/pair_rig.h"

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

void handshake_and_call_between_the_two_cores(void**)
{
    PairRig rig;
    uint64_t id = rig.call(map_of("k", Bytes{1, 2, 3}));
    rig.pump();
    assert_int_equal(rig.client_events.done[id].size(), 1);
    assert_true(rig.client_events.done[id][0].error.ok());
    Bytes expected = map_of("k", Bytes{1, 2, 3});
    ByteView got = rig.client_events.done[id][0].data.view();
    assert_true(Bytes(got.begin(), got.end()) == expected);
    assert_int_equal(rig.server->stats().authenticated, 1);
    assert_int_equal(rig.client->stats().connections, 1);
    // Both sides asked their signer for exactly the published strings.
    assert_string_equal(
        std::string(as_text(rig.client_events.questions.at(0).message)).c_str(),
        "handshake:5CfCr47V5Dte6bwxNBE8K9oNnQd9fiay6aDEEkgYtFv7w4Fq:1700000000:"
        "000102030405060708090a0b0c0d0e0f:5NZV0ap3NxLk5+VlfoUxUyXIMea0Meiad8RccG5iH7c=");
    assert_string_equal(
        std::string(as_text(rig.server_events.questions.at(0).message)).c_str(),
        "handshake_response:5CfCr47V5Dte6bwxNBE8K9oNnQd9fiay6aDEEkgYtFv7w4Fq:"
        "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH:1700000000:"
        "000102030405060708090a0b0c0d0e0f:5NZV0ap3NxLk5+VlfoUxUyXIMea0Meiad8RccG5iH7c=");
}

void sixty_four_calls_in_flight_are_answered_in_any_order(void**)
{
    PairRig rig;
    rig.server_events.echo = false;
    std::vector<uint64_t> ids;
    for (uint8_t i = 0; i < 64; ++i) ids.push_back(rig.call(map_of("n", Bytes{i})));
    rig.pump();
    assert_int_equal(rig.server_events.requests.size(), 64);
    assert_int_equal(rig.server->stats().requests_in_flight, 64);
    // Every third first, backwards.
    for (int step = 0; step < 3; ++step) {
        for (int i = 63 - step; i >= 0; i -= 3) {
            const SeenRequest& seen = rig.server_events.requests.at(static_cast<size_t>(i));
            assert_true(
                rig.server->answer(seen.id, SharedBytes::copy(seen.data), rig.clock.now).ok());
        }
        rig.pump();
    }
    for (uint8_t i = 0; i < 64; ++i) {
        const auto& results = rig.client_events.done[ids[i]];
        assert_int_equal(results.size(), 1);
        ByteView got = results[0].data.view();
        assert_true(Bytes(got.begin(), got.end()) == map_of("n", Bytes{i}));
    }
}

void two_thousand_calls_pass_through_eight_streams(void**)
{
    PairRig rig;
    rig.call();
    rig.pump();
    rig.client_link.endpoint->last().streams_allowed = 8;
    for (int i = 0; i < 2000; ++i) rig.call();
    rig.pump();
    assert_int_equal(rig.client_events.done.size(), 2001);
    for (const auto& [id, results] : rig.client_events.done) {
        assert_int_equal(results.size(), 1);
        assert_true(results[0].error.ok());
    }
}

void megabyte_there_and_back_in_small_pieces(void**)
{
    PairRig rig;
    rig.piece_max = 999;
    Bytes data = map_of("payload", Bytes(1'048'576, 0x42));
    uint64_t id = rig.call(data);
    rig.pump();
    ByteView got = rig.client_events.done[id].at(0).data.view();
    assert_true(Bytes(got.begin(), got.end()) == data);
}

void wrong_clock_is_refused(void**)
{
    PairRig rig;
    uint64_t id = rig.call();
    // The client takes its time stamp, then an hour passes on the server's clock alone.
    rig.client->receive(Datagram{}, rig.clock.now);
    rig.connect_new();
    rig.client->receive(Datagram{}, rig.clock.now);
    rig.clock.now.unix_ms += 3'600'000;
    rig.pump();
    rig.wait(kSecond);
    assert_string_equal(rig.client_events.done[id].at(0).error.display().c_str(),
                        "handshake error: Handshake rejected by miner");
    assert_int_equal(rig.server->stats().refused_clock, 1);
    // An address that has just refused is left alone for a moment.
    uint64_t second = rig.call();
    rig.wait(2 * kSecond);
    rig.pump();
    assert_true(rig.client_events.done[second].at(0).error.ok());
}

void server_stop_fails_what_is_in_flight(void**)
{
    PairRig rig;
    rig.server_events.echo = false;
    uint64_t id = rig.call();
    rig.pump();
    rig.server->stop(0, rig.clock.now);
    rig.pump();
    assert_string_equal(rig.client_events.done[id].at(0).error.display().c_str(),
                        "connection error: connection lost: closed by the peer (code 0): "
                        "server_shutdown");
    assert_int_equal(rig.server_events.stopped, 1);
    id = rig.call();
    rig.pump();
    assert_int_equal(rig.client_events.done[id].size(), 1);
    assert_false(rig.client_events.done[id][0].error.ok());
}

uint32_t next(uint32_t& state)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

// Hundreds of short lives with everything that can go wrong; whatever happens, an accepted call has
// one outcome and a delivered request is answered or cancelled once (promise R1).
void any_story_ends_with_one_outcome_per_call(void**)
{
    for (uint32_t seed = 1; seed <= 60; ++seed) {
        uint32_t state = seed * 2654435761u;
        transport::ServerConfig server_config;
        server_config.handshake_attempts_per_minute_max = 1000;
        server_config.hotkey_attempts_per_minute_max = 1000;
        PairRig rig({}, server_config);
        for (int step = 0; step < 120; ++step) {
            switch (next(state) % 12) {
                case 0:
                case 1:
                case 2:
                case 3:
                    rig.call(map_of("k", Bytes(next(state) % 6000, 1)),
                             next(state) % 2 == 0
                                 ? kNever
                                 : rig.clock.now.monotonic_ns + next(state) % kSecond);
                    break;
                case 4:
                    if (next(state) % 3 == 0) rig.address.port ^= 1;
                    break;
                case 5: rig.client->cancel(1 + next(state) % rig.next_call, rig.clock.now); break;
                case 6: rig.server_events.echo = !rig.server_events.echo; break;
                case 7:
                    for (const SeenRequest& seen : rig.server_events.requests) {
                        // Most of them are over already; that must be harmless.
                        Error ignored =
                            next(state) % 2 == 0
                                ? rig.server->answer(seen.id, SharedBytes::copy(seen.data),
                                                     rig.clock.now)
                                : (rig.server->fail)(seen.id, rig.clock.now);
                        (void)ignored;
                    }
                    break;
                case 8: {
                    auto& all = rig.client_link.endpoint->connections;
                    if (all.empty()) break;
                    FakeConnection& connection = *all[next(state) % all.size()];
                    connection.streams_allowed = next(state) % 20;
                    if (next(state) % 4 == 0 && !connection.is_closing) {
                        rig.client_link.endpoint->lose(connection,
                                                       quic::CloseInfo::Cause::idle_timeout);
                    } else {
                        rig.client_link.endpoint->streams_available(connection);
                    }
                    break;
                }
                case 9:
                    rig.client_events.signer = static_cast<Signer>(next(state) % 5);
                    rig.server_events.signer = static_cast<Signer>(next(state) % 5);
                    if (next(state) % 2 == 0) {
                        rig.client_events.signer = rig.server_events.signer = Signer::honest;
                    }
                    break;
                case 10: rig.wait(next(state) % (2 * kSecond)); break;
                case 11: rig.pump(); break;
            }
        }
        rig.client->stop(rig.clock.now);
        rig.server->stop(0, rig.clock.now);
        rig.pump();
        for (uint64_t id : rig.accepted) {
            assert_int_equal(rig.client_events.done[id].size(), 1);
        }
        assert_int_equal(rig.client_events.done.size(), rig.accepted.size());
        assert_int_equal(rig.client_events.stopped, 1);
        assert_int_equal(rig.server_events.stopped, 1);
        for (const auto& [id, codes] : rig.server_events.cancelled) {
            assert_int_equal(codes.size(), 1);
        }
        assert_int_equal(rig.server->stats().requests_in_flight, 0);
        assert_int_equal(rig.server->stats().connections, 0);
        assert_int_equal(rig.client_link.endpoint->forbidden_calls, 0);
        assert_int_equal(rig.server_link.endpoint->forbidden_calls, 0);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(handshake_and_call_between_the_two_cores),
        cmocka_unit_test(sixty_four_calls_in_flight_are_answered_in_any_order),
        cmocka_unit_test(two_thousand_calls_pass_through_eight_streams),
        cmocka_unit_test(megabyte_there_and_back_in_small_pieces),
        cmocka_unit_test(wrong_clock_is_refused),
        cmocka_unit_test(server_stop_fails_what_is_in_flight),
        cmocka_unit_test(any_story_ends_with_one_outcome_per_call),
    };
    return cmocka_run_group_tests_name("transport_pair", tests, nullptr, nullptr);
}
