// What one peer may keep a server busy with: frames that never end, bytes, turns and slots.
#include "support/stream_rig.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}
// ServerCore has a member of that name.
#undef fail

namespace {

using namespace ltn;
using namespace ltn::test;

#define assert_code(got, wanted) assert_int_equal(static_cast<int>(got), static_cast<int>(wanted))

// A request of `len` data bytes whose last `missing` bytes do not come yet.
struct Half {
    Bytes whole;
    size_t sent = 0;
    quic::StreamId stream = -1;
};

Half begin(ServerRig& rig, FakeConnection& peer, size_t len, size_t first)
{
    Half half;
    half.whole = rig.packet("echo", map_of("k", Bytes(len, 1)));
    half.sent = first;
    half.stream = rig.send(peer, ByteView(half.whole).first(first), false);
    return half;
}

void go_on(ServerRig& rig, FakeConnection& peer, Half& half, size_t len)
{
    len = std::min(len, half.whole.size() - half.sent);
    rig.link.endpoint->data(peer, half.stream, ByteView(half.whole).subspan(half.sent, len), false);
    half.sent += len;
    rig.turn();
}

void frame_that_stands_still_is_cut_off(void**)
{
    ServerRig rig;
    FakeConnection& peer = *rig.join();
    Half half = begin(rig, peer, 100'000, 3);
    rig.wait(5 * kSecond);
    assert_false(peer.streams[half.stream].fin);
    rig.wait(10 * kSecond - 1);
    assert_false(peer.streams[half.stream].fin);
    rig.wait(1);
    assert_true(ServerRig::empty_fin(peer, half.stream));
    assert_true(peer.streams[half.stream].stopped);
    assert_int_equal(rig.core->stats().requests_too_slow, 1);
    assert_false(peer.is_closing);
    // What still comes is let go.
    go_on(rig, peer, half, 50'000);
    assert_int_equal(peer.streams[half.stream].consumed, 50'003);
    assert_int_equal(rig.core->stats().held_bytes, 0);
}

void fast_beginning_is_no_credit_for_standing_still(void**)
{
    ServerRig rig;
    FakeConnection& peer = *rig.join();
    Half half = begin(rig, peer, 1'000'000, 900'000);
    rig.wait(5 * kSecond);
    rig.wait(10 * kSecond);
    assert_true(ServerRig::empty_fin(peer, half.stream));
}

void slow_but_steady_frame_arrives(void**)
{
    ServerRig rig;
    FakeConnection& peer = *rig.join();
    Half half = begin(rig, peer, 60'000, 1);
    while (half.sent < half.whole.size()) {
        rig.wait(kSecond);
        go_on(rig, peer, half, 1'100);
    }
    assert_string_equal(rig.error_on(peer, half.stream).c_str(), "");
    assert_int_equal(rig.core->stats().requests_too_slow, 0);
    // Its handler has its own time, from here.
    rig.wait(100 * kSecond);
    assert_int_equal(rig.events.cancelled.size(), 0);
}

void handshake_frame_that_stands_still_is_cut_off_too(void**)
{
    ServerRig rig;
    FakeConnection& peer = *rig.join();
    quic::StreamId stream = rig.send(peer, Bytes{1, 0, 0, 1, 0, 0x94}, false);
    rig.wait(5 * kSecond);
    rig.wait(10 * kSecond);
    assert_true(ServerRig::empty_fin(peer, stream));
}

void bytes_of_unfinished_requests_are_counted_and_given_back(void**)
{
    ServerRig rig;
    FakeConnection& peer = *rig.join();
    Half half = begin(rig, peer, 10'000, 5'005);
    assert_int_equal(rig.core->stats().held_bytes, 5'000);
    go_on(rig, peer, half, 1'000);
    assert_int_equal(rig.core->stats().held_bytes, 6'000);
    go_on(rig, peer, half, 10'000);
    assert_string_equal(rig.error_on(peer, half.stream).c_str(), "");
    assert_int_equal(rig.core->stats().held_bytes, 0);
    // By a reset, and by the end of the connection.
    half = begin(rig, peer, 10'000, 5'005);
    begin(rig, peer, 10'000, 2'005);
    assert_int_equal(rig.core->stats().held_bytes, 7'000);
    rig.link.endpoint->reset(peer, half.stream);
    rig.turn();
    assert_int_equal(rig.core->stats().held_bytes, 2'000);
    rig.link.endpoint->lose(peer, quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    assert_int_equal(rig.core->stats().held_bytes, 0);
}

void who_holds_most_gives_way_when_bytes_run_out(void**)
{
    transport::ServerConfig config;
    config.held_bytes_max = 100'000;
    ServerRig rig(config);
    FakeConnection& greedy = *rig.join();
    FakeConnection& modest = *rig.join(key_of(7), ServerRig::from(2));
    std::vector<Half> floods;
    for (int i = 0; i < 4; ++i) floods.push_back(begin(rig, greedy, 40'000, 20'005 + 1'000 * i));
    assert_int_equal(rig.core->stats().held_bytes, 86'000);
    Half half = begin(rig, modest, 20'000, 10'005);
    assert_int_equal(rig.core->stats().held_bytes, 96'000);
    go_on(rig, modest, half, 8'000);
    // The largest of the greedy one's was refused, in words that say nothing of anyone.
    assert_string_equal(rig.error_on(greedy, floods[3].stream).c_str(),
                        "request processing failed");
    assert_true(greedy.streams[floods[3].stream].stopped);
    assert_int_equal(rig.core->stats().requests_over_bytes, 1);
    assert_int_equal(rig.core->stats().held_bytes, 81'000);
    go_on(rig, modest, half, 10'000);
    assert_string_equal(rig.error_on(modest, half.stream).c_str(), "");
    // The greedy one's next bytes are its own loss.
    go_on(rig, greedy, floods[2], 18'000);
    go_on(rig, greedy, floods[1], 19'000);
    go_on(rig, greedy, floods[0], 19'999);
    assert_int_equal(rig.core->stats().requests_over_bytes, 2);
    assert_true(rig.core->stats().held_bytes <= 100'000);
}

void request_that_can_never_fit_is_refused_by_its_header(void**)
{
    transport::ServerConfig config;
    config.held_bytes_max = 100'000;
    ServerRig rig(config);
    FakeConnection& peer = *rig.join();
    Half half = begin(rig, peer, 100'000, 5);
    assert_string_equal(rig.error_on(peer, half.stream).c_str(), "request processing failed");
    assert_true(peer.streams[half.stream].stopped);
}

void requests_of_one_peer_take_turns(void**)
{
    transport::ServerConfig config;
    config.requests_per_peer_max = 2;
    StreamRig rig(config);
    FakeConnection& other = *rig.join(key_of(7), ServerRig::from(2));
    std::vector<quic::StreamId> streams;
    for (int i = 0; i < 5; ++i) streams.push_back(rig.ask());
    assert_int_equal(rig.events.requests.size(), 2);
    assert_int_equal(rig.core->stats().requests_waiting, 3);
    // Another peer does not wait for them.
    rig.send(other, rig.packet("stream"));
    assert_int_equal(rig.events.requests.size(), 3);
    // One that nobody wants any more leaves the queue, and its handler never hears of it.
    rig.link.endpoint->stop_sending(rig.peer, streams[2]);
    rig.turn();
    assert_int_equal(rig.core->stats().requests_waiting, 2);
    uint64_t first = rig.events.requests[0].id;
    assert_code(rig.end(first), Code::ok);
    assert_int_equal(rig.events.requests.size(), 4);
    // In order.
    assert_int_equal(rig.events.requests[3].id, first + 3);
    // Their time runs while they wait.
    rig.wait(30 * kSecond);
    assert_string_equal(rig.error_on(rig.peer, streams[4]).c_str(), "handler timed out");
    assert_int_equal(rig.core->stats().requests_waiting, 0);
}

void waiting_bodies_stay_within_the_budget(void**)
{
    transport::ServerConfig config;
    config.requests_per_peer_max = 1;
    config.held_bytes_max = 50'000;
    StreamRig rig(config);
    rig.ask();
    quic::StreamId second = rig.send(rig.peer, rig.packet("a", map_of("k", Bytes(30'000, 1))));
    assert_true(rig.core->stats().held_bytes > 30'000);
    quic::StreamId third = rig.send(rig.peer, rig.packet("b", map_of("k", Bytes(30'000, 1))));
    assert_string_equal(rig.error_on(rig.peer, third).c_str(), "request processing failed");
    assert_string_equal(rig.error_on(rig.peer, second).c_str(), "?");
    assert_code(rig.end(rig.newest()), Code::ok);
    assert_int_equal(rig.core->stats().held_bytes, 0);
    assert_string_equal(rig.events.requests.back().type.c_str(), "a");
}

void slot_comes_back_when_the_handler_has_ended(void**)
{
    transport::ServerConfig config;
    config.handlers_end_withdrawn = true;
    config.requests_per_peer_max = 2;
    StreamRig rig(config);
    quic::StreamId left = rig.ask();
    uint64_t first = rig.newest();
    rig.send(rig.peer, rig.packet("plain"));
    uint64_t second = rig.newest();
    rig.link.endpoint->stop_sending(rig.peer, left);
    rig.turn();
    rig.wait(30 * kSecond);
    assert_code(rig.events.cancelled[first].at(0), Code::stream_reset);
    assert_code(rig.events.cancelled[second].at(0), Code::deadline);
    // Both streams are over, both handlers still work: the peer gets no third (attack-A6).
    assert_int_equal(rig.peer.slots_held, 2);
    assert_int_equal(rig.core->stats().handlers_withdrawn, 2);
    rig.ask();
    assert_int_equal(rig.events.requests.size(), 2);
    assert_code(rig.chunk(first, 1), Code::cancelled);
    assert_code(rig.end(first), Code::wrong_state);
    assert_int_equal(rig.peer.slots_held, 1);
    assert_int_equal(rig.events.requests.size(), 3);
    assert_code(rig.fail(second), Code::wrong_state);
    assert_int_equal(rig.peer.slots_held, 0);
    // Once each.
    assert_code(rig.fail(second), Code::wrong_state);
    assert_code(rig.chunk(first, 1), Code::wrong_state);
    assert_int_equal(rig.peer.slots_held, 0);
    assert_int_equal(rig.core->stats().handlers_withdrawn, 0);
}

void handler_of_a_lost_connection_may_end_later(void**)
{
    transport::ServerConfig config;
    config.handlers_end_withdrawn = true;
    config.requests_in_flight_max = 1;
    StreamRig rig(config);
    rig.ask();
    uint64_t first = rig.newest();
    rig.link.endpoint->lose(rig.peer, quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    assert_code(rig.events.cancelled[first].at(0), Code::connection_lost);
    // It still costs what a running one costs.
    FakeConnection& again = *rig.join(key_of(7), ServerRig::from(2));
    quic::StreamId refused = rig.send(again, rig.packet("stream"));
    assert_string_equal(rig.error_on(again, refused).c_str(), "request processing failed");
    assert_code(rig.end(first), Code::wrong_state);
    rig.send(again, rig.packet("stream"));
    assert_int_equal(rig.events.requests.size(), 2);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(frame_that_stands_still_is_cut_off),
        cmocka_unit_test(fast_beginning_is_no_credit_for_standing_still),
        cmocka_unit_test(slow_but_steady_frame_arrives),
        cmocka_unit_test(handshake_frame_that_stands_still_is_cut_off_too),
        cmocka_unit_test(bytes_of_unfinished_requests_are_counted_and_given_back),
        cmocka_unit_test(who_holds_most_gives_way_when_bytes_run_out),
        cmocka_unit_test(request_that_can_never_fit_is_refused_by_its_header),
        cmocka_unit_test(requests_of_one_peer_take_turns),
        cmocka_unit_test(waiting_bodies_stay_within_the_budget),
        cmocka_unit_test(slot_comes_back_when_the_handler_has_ended),
        cmocka_unit_test(handler_of_a_lost_connection_may_end_later),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
