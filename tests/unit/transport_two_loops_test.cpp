// Two cores of one server, the admission desk on the first: what both loops let in while the letters
// between them are under way, in every order that they can arrive in.
#include "support/server_refusal.h"

#include <deque>

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

transport::ServerConfig config_of(uint8_t loop, transport::ServerConfig config)
{
    config.quic.loop_index = loop;
    config.desk_elsewhere = loop != 0;
    return config;
}

// Letters lie still until the test carries them; each direction keeps its order.
struct TwoLoops {
    ServerRig first, second;
    std::deque<transport::DeskMessage> up;
    std::deque<transport::DeskReply> down;

    explicit TwoLoops(const transport::ServerConfig& config = {})
        : first(config_of(0, config)), second(config_of(1, config))
    {
        second.nonces_made = 1000;  // other nonces than the first makes
    }

    void collect()
    {
        up.insert(up.end(), second.events.to_desk.begin(), second.events.to_desk.end());
        second.events.to_desk.clear();
        down.insert(down.end(), first.events.from_desk.begin(), first.events.from_desk.end());
        first.events.from_desk.clear();
    }
    bool carry_up()
    {
        collect();
        if (up.empty()) return false;
        first.core->desk_message(up.front(), first.clock.now);
        up.pop_front();
        return true;
    }
    bool carry_down()
    {
        collect();
        if (down.empty()) return false;
        second.core->desk_reply(down.front(), second.clock.now);
        down.pop_front();
        return true;
    }
    // Both directions until nothing is under way.
    void settle()
    {
        for (bool moved = true; moved;) {
            moved = carry_up();
            moved |= carry_down();
            first.wait(0);
            second.wait(0);
            collect();
            moved |= !up.empty() || !down.empty();
        }
    }
    void wait(Nanos by)
    {
        first.wait(by);
        second.wait(by);
        settle();
    }
    size_t let_in() const
    {
        return first.events.authenticated.size() + second.events.authenticated.size();
    }
    uint64_t inside() const
    {
        return first.core->stats().authenticated + second.core->stats().authenticated;
    }
};

void a_handshake_on_the_loop_without_the_desk_succeeds(void**)
{
    TwoLoops loops;
    FakeConnection* connection = loops.second.join();
    // Nothing is decided here: the question is on its way.
    assert_int_equal(0, loops.let_in());
    loops.settle();
    assert_int_equal(1, loops.second.events.authenticated.size());
    assert_int_equal(0, loops.second.core->stats().nonces);
    assert_int_equal(1, loops.first.core->stats().nonces);
    assert_true(loops.second.response_on(*connection, 0).accepted);
}

// The same request on both loops; `order` decides, bit by bit, which direction moves next.
void replay_in_order(uint32_t order)
{
    TwoLoops loops;
    const codec::HandshakeRequest request = loops.first.request_by(loops.first.validator);
    FakeConnection* here = loops.first.accept(ServerRig::from(1));
    FakeConnection* there = loops.second.accept(ServerRig::from(2));
    for (int step = 0; step < 12; ++step) {
        // One step sends the request on the first loop, at a place that the order decides too.
        if (step == static_cast<int>(order % 12)) loops.first.send_request(*here, request);
        if (step == 0) loops.second.send_request(*there, request);
        if ((order >> step & 1) != 0) {
            (void)loops.carry_up();
        } else {
            (void)loops.carry_down();
        }
    }
    loops.settle();
    loops.wait(kDelay);
    assert_int_equal(1, loops.let_in());
    assert_int_equal(
        1, loops.first.core->stats().refused_nonce + loops.second.core->stats().refused_nonce);
    // Nor later, on either.
    loops.first.send_request(*loops.first.accept(ServerRig::from(3)), request);
    loops.second.send_request(*loops.second.accept(ServerRig::from(4)), request);
    loops.settle();
    assert_int_equal(1, loops.let_in());
    assert_int_equal(
        3, loops.first.core->stats().refused_nonce + loops.second.core->stats().refused_nonce);
}

void no_nonce_passes_twice_in_whatever_order_the_letters_come(void**)
{
    for (uint32_t order = 0; order < 4096; ++order) replay_in_order(order);
}

void a_hotkey_on_both_loops_keeps_one_connection(void**)
{
    for (uint32_t order = 0; order < 256; ++order) {
        TwoLoops loops;
        codec::HandshakeRequest one = loops.first.request_by(loops.first.validator);
        codec::HandshakeRequest two = loops.second.request_by(loops.second.validator);
        FakeConnection* there = loops.second.accept(ServerRig::from(2));
        loops.second.send_request(*there, two);
        FakeConnection* here = loops.first.accept(ServerRig::from(1));
        for (int step = 0; step < 8; ++step) {
            if (step == static_cast<int>(order % 8)) loops.first.send_request(*here, one);
            if ((order >> step & 1) != 0) {
                (void)loops.carry_up();
            } else {
                (void)loops.carry_down();
            }
        }
        loops.settle();
        assert_int_equal(2, loops.let_in());
        assert_int_equal(1, loops.inside());
        assert_true(here->is_closing != there->is_closing);
    }
}

void the_last_place_is_given_once(void**)
{
    transport::ServerConfig config;
    config.connections_max = 1;
    const crypto::KeyPair other = key_of(3);
    for (uint32_t order = 0; order < 256; ++order) {
        TwoLoops loops(config);
        FakeConnection* there = loops.second.accept(ServerRig::from(2));
        loops.second.send_request(*there, loops.second.request_by(other));
        for (int step = 0; step < 8; ++step) {
            if (step == static_cast<int>(order % 8)) (void)loops.first.join();
            if ((order >> step & 1) != 0) {
                (void)loops.carry_up();
            } else {
                (void)loops.carry_down();
            }
        }
        loops.settle();
        assert_int_equal(1, loops.let_in());
        assert_int_equal(1, loops.first.core->stats().refused_capacity +
                                loops.second.core->stats().refused_capacity);
    }
}

void a_peer_that_leaves_while_the_desk_decides_holds_no_place(void**)
{
    transport::ServerConfig config;
    config.connections_max = 1;
    // However far its handshake has come when it goes.
    for (int letters = 0; letters < 6; ++letters) {
        TwoLoops loops(config);
        const crypto::KeyPair other = key_of(3);
        FakeConnection* there = loops.second.accept(ServerRig::from(2));
        loops.second.send_request(*there, loops.second.request_by(other));
        for (int i = 0; i < letters; ++i) {
            if (!loops.carry_up()) (void)loops.carry_down();
        }
        loops.second.link.endpoint->lose(*there, quic::CloseInfo::Cause::idle_timeout);
        loops.second.turn();
        loops.settle();
        (void)loops.first.join();
        assert_int_equal(1, loops.first.events.authenticated.size());
        assert_int_equal(1, loops.inside());
    }
}

void a_loop_that_stops_answers_nobody_and_leaves_the_other_serving(void**)
{
    TwoLoops loops;
    FakeConnection* there = loops.second.accept(ServerRig::from(2));
    loops.second.send_request(*there, loops.second.request_by(loops.second.validator));
    (void)loops.carry_up();
    loops.second.core->stop(0, loops.second.clock.now);
    loops.settle();
    assert_int_equal(0, loops.second.events.authenticated.size());
    assert_int_equal(1, loops.second.events.stopped);
    (void)loops.first.join();
    assert_int_equal(1, loops.first.events.authenticated.size());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_on_the_loop_without_the_desk_succeeds),
        cmocka_unit_test(no_nonce_passes_twice_in_whatever_order_the_letters_come),
        cmocka_unit_test(a_hotkey_on_both_loops_keeps_one_connection),
        cmocka_unit_test(the_last_place_is_given_once),
        cmocka_unit_test(a_peer_that_leaves_while_the_desk_decides_holds_no_place),
        cmocka_unit_test(a_loop_that_stops_answers_nobody_and_leaves_the_other_serving),
    };
    return cmocka_run_group_tests_name("two loops", tests, nullptr, nullptr);
}
