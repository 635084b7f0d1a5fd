// The simulator itself, with nodes that do next to nothing.
#include <algorithm>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "sim/network.h"
#include "sim/storm.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::sim;

const Address kClient = Address::v4(10, 0, 0, 1, 1000);
const Address kServer = Address::v4(10, 0, 0, 2, 4433);

// Sends what it was given, remembers what comes, and echoes if asked to.
class Peer final : public Node {
public:
    struct Got {
        Address from;
        Bytes bytes;
        Instant now;
    };

    void say(const Address& to, Bytes bytes, size_t segment_len = 0)
    {
        out.push_back({to, std::move(bytes), segment_len});
    }

    void receive(const Datagram& datagram, Instant now) override
    {
        got.push_back({datagram.remote, Bytes(datagram.bytes.begin(), datagram.bytes.end()), now});
        for (unsigned i = 0; i < echo_times; ++i) say(datagram.remote, got.back().bytes);
    }
    Nanos next_expiry_ns() const override { return expiry_ns; }
    void handle_expiry(Instant now) override
    {
        expired_at.push_back(now.monotonic_ns);
        if (!stuck) expiry_ns = kNever;
    }
    bool wants_flush() const override { return !out.empty(); }
    bool flush(DatagramSink& sink, Instant) override
    {
        while (!out.empty()) {
            Train train;
            train.remote = out.front().to;
            train.bytes = out.front().bytes;
            train.segment_len = out.front().segment_len;
            if (!sink.send(train)) {
                ++refused;
                return false;
            }
            out.pop_front();
        }
        return true;
    }

    struct Out {
        Address to;
        Bytes bytes;
        size_t segment_len;
    };
    std::deque<Out> out;
    std::vector<Got> got;
    std::vector<Nanos> expired_at;
    Nanos expiry_ns = kNever;
    unsigned echo_times = 0;
    unsigned refused = 0;
    bool stuck = false;
};

struct World {
    explicit World(uint64_t seed = 1, bool ledger = false) : network(seed)
    {
        a = network.add(&client, kClient, false);
        b = network.add(&server, kServer, ledger);
    }
    void send_many(size_t count, Nanos gap_ns = kMillisecond)
    {
        for (size_t i = 0; i < count; ++i) {
            network.after(i * gap_ns, [this, i] {
                client.say(kServer, Bytes{static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8)});
            });
        }
        network.run_for(10 * kSecond + count * gap_ns);
    }
    std::vector<size_t> order() const
    {
        std::vector<size_t> out;
        for (const Peer::Got& one : server.got) {
            out.push_back(one.bytes[0] + size_t{one.bytes[1]} * 256);
        }
        return out;
    }

    Network network;
    Peer client;
    Peer server;
    NodeId a = 0;
    NodeId b = 0;
};

void datagram_arrives_after_the_delay_from_the_right_address(void**)
{
    World world;
    const Nanos start = world.network.now_ns();
    world.client.say(kServer, {1, 2, 3});
    assert_true(
        world.network.run_until([&] { return !world.server.got.empty(); }, start + kSecond));
    assert_true(world.network.now_ns() == start + kMillisecond);
    assert_true(world.server.got[0].from == kClient);
    assert_true((world.server.got[0].bytes == Bytes{1, 2, 3}));
}

void train_arrives_as_its_datagrams(void**)
{
    World world;
    world.client.say(kServer, Bytes(2500, 7), 1000);
    world.network.run_for(kSecond);
    assert_int_equal(world.server.got.size(), 3);
    assert_int_equal(world.server.got[2].bytes.size(), 500);
}

void quiet_network_reaches_the_limit_at_once(void**)
{
    World world;
    const Nanos limit = world.network.now_ns() + 365 * 24 * 3600 * kSecond;
    assert_false(world.network.run_until([] { return false; }, limit));
    assert_true(world.network.now_ns() == limit);
    assert_int_equal(world.network.steps(), 0);
}

PacketLog::Digest digest_of(uint64_t seed, uint64_t* hits = nullptr)
{
    World world(seed);
    world.server.echo_times = 1;
    StormConfig config;
    config.clients = {world.a};
    config.all = {world.a, world.b};
    config.end_ns = world.network.now_ns() + 20 * kSecond;
    config.kinds_min = config.kinds_max = kFaultCount;
    const Storm storm(world.network, config, SeededRandom(seed).fork(1));
    world.send_many(2000, 10 * kMillisecond);
    if (hits != nullptr) {
        for (size_t i = 0; i < kFaultCount; ++i)
            hits[i] += world.network.hits()[static_cast<Fault>(i)];
    }
    return world.network.log().digest();
}

void equal_seeds_give_equal_logs_and_others_do_not(void**)
{
    assert_true(digest_of(7) == digest_of(7));
    assert_false(digest_of(7) == digest_of(8));
}

void storm_of_all_kinds_hits_with_every_kind(void**)
{
    uint64_t hits[kFaultCount] = {};
    for (uint64_t seed = 1; seed <= 10; ++seed) digest_of(seed, hits);
    for (size_t i = 0; i < kFaultCount; ++i) {
        // Two-byte datagrams pass every MTU.
        if (static_cast<Fault>(i) != Fault::mtu && hits[i] == 0) {
            fail_msg("no hit of %s", std::string(fault_name(static_cast<Fault>(i))).c_str());
        }
    }
}

void loss_comes_at_the_rate_that_was_set(void**)
{
    World world;
    world.network.link(world.a, world.b).loss_permille = 300;
    world.send_many(5000);
    const size_t lost = 5000 - world.server.got.size();
    assert_int_equal(world.network.hits()[Fault::loss], lost);
    assert_in_range(lost, 1350, 1650);
}

void burst_takes_several_in_a_row(void**)
{
    World world;
    world.network.link(world.a, world.b).burst_permille = 5;
    world.network.link(world.a, world.b).burst_len_max = 20;
    world.send_many(2000);
    size_t longest = 0;
    size_t last = 0;
    for (const size_t number : world.order()) {
        longest = std::max(longest, number - last);
        last = number;
    }
    assert_true(longest > 5);
    assert_int_equal(world.network.hits()[Fault::burst], 2000 - world.server.got.size());
}

void duplicates_come_twice(void**)
{
    World world;
    world.network.link(world.a, world.b).duplicate_permille = 100;
    world.send_many(1000);
    assert_int_equal(world.server.got.size(), 1000 + world.network.hits()[Fault::duplicate]);
    assert_true(world.network.hits()[Fault::duplicate] > 50);
}

void jitter_keeps_the_order_and_reordering_does_not(void**)
{
    World jitter;
    jitter.network.link(jitter.a, jitter.b).jitter_ns = 50 * kMillisecond;
    jitter.send_many(500);
    std::vector<size_t> order = jitter.order();
    assert_int_equal(order.size(), 500);
    assert_true(std::is_sorted(order.begin(), order.end()));

    World mixed;
    mixed.network.link(mixed.a, mixed.b).reorder_permille = 100;
    mixed.network.link(mixed.a, mixed.b).reorder_ns = 500 * kMillisecond;
    mixed.send_many(500);
    order = mixed.order();
    assert_int_equal(order.size(), 500);
    assert_false(std::is_sorted(order.begin(), order.end()));
}

void corruption_changes_bits_and_not_the_length(void**)
{
    World world;
    world.network.link(world.a, world.b).corrupt_permille = 1000;
    world.client.say(kServer, Bytes(100, 0));
    world.network.run_for(kSecond);
    assert_int_equal(world.server.got[0].bytes.size(), 100);
    assert_true(world.server.got[0].bytes != Bytes(100, 0));
}

void narrow_path_drops_what_is_larger(void**)
{
    World world;
    world.network.link(world.a, world.b).mtu = 1300;
    world.client.say(kServer, Bytes(1301, 0));
    world.client.say(kServer, Bytes(1300, 0));
    world.network.run_for(kSecond);
    assert_int_equal(world.server.got.size(), 1);
    assert_int_equal(world.network.hits()[Fault::mtu], 1);
}

void cut_is_one_way_and_ends(void**)
{
    World world;
    world.network.cut(world.a, world.b, world.network.now_ns() + kSecond);
    world.client.say(kServer, {1});
    world.server.say(kClient, {2});
    world.network.run_for(2 * kSecond);
    assert_int_equal(world.server.got.size(), 0);
    assert_int_equal(world.client.got.size(), 1);
    world.client.say(kServer, {3});
    world.network.run_for(kSecond);
    assert_int_equal(world.server.got.size(), 1);
}

void rebound_node_is_seen_from_its_new_address_and_lost_at_the_old(void**)
{
    World world;
    const Address outer = Address::v4(10, 9, 9, 9, 5555);
    world.network.rebind(world.a, outer);
    world.client.say(kServer, {1});
    world.server.say(kClient, {2});
    world.network.run_for(kSecond);
    assert_true(world.server.got[0].from == outer);
    assert_int_equal(world.client.got.size(), 0);
    world.server.say(outer, {3});
    world.network.run_for(kSecond);
    assert_int_equal(world.client.got.size(), 1);
}

void moved_node_answers_from_its_new_address(void**)
{
    World world;
    const Address there = Address::v4(10, 8, 8, 8, 4444);
    world.network.move(world.a, there);
    world.client.say(kServer, {1});
    world.server.say(there, {2});
    world.server.say(kClient, {3});
    world.network.run_for(kSecond);
    assert_true(world.server.got[0].from == there);
    assert_int_equal(world.client.got.size(), 1);
    assert_int_equal(world.network.hits()[Fault::move], 1);
}

void failed_sends_are_gone_and_the_next_one_leaves(void**)
{
    World world;
    world.network.fail_sends(world.a, 2);
    for (uint8_t i = 0; i < 3; ++i) world.client.say(kServer, {i});
    world.network.run_for(kSecond);
    assert_int_equal(world.server.got.size(), 1);
    assert_int_equal(world.server.got[0].bytes[0], 2);
    assert_int_equal(world.client.refused, 0);
    assert_int_equal(world.network.hits()[Fault::send_error], 2);
}

void full_socket_refuses_once_and_is_asked_again_when_there_is_room(void**)
{
    World world;
    const Nanos until = world.network.now_ns() + 300 * kMillisecond;
    world.network.fill_sink(world.a, until, 1);
    for (uint8_t i = 0; i < 3; ++i) world.client.say(kServer, {i});
    world.network.run_for(100 * kMillisecond);
    assert_int_equal(world.server.got.size(), 1);
    assert_int_equal(world.client.refused, 1);
    world.network.run_for(kSecond);
    assert_int_equal(world.server.got.size(), 3);
    assert_int_equal(world.network.hits()[Fault::sink_full], 1);
    assert_true(world.server.got[1].now.monotonic_ns == until + kMillisecond);
}

void clocks_jump_for_one_node_alone(void**)
{
    World world;
    const Instant before = world.network.now(world.a);
    world.network.jump_clock(world.a, -600'000);
    assert_true(world.network.now(world.a).unix_ms == before.unix_ms - 600'000);
    assert_true(world.network.now(world.a).monotonic_ns == before.monotonic_ns);
    assert_true(world.network.now(world.b).unix_ms == before.unix_ms);
}

void suspended_node_finds_everything_when_it_wakes(void**)
{
    World world;
    const Nanos until = world.network.now_ns() + 100 * kSecond;
    world.network.suspend(world.b, until);
    world.server.expiry_ns = world.network.now_ns() + kSecond;
    world.client.say(kServer, {1});
    world.client.say(kServer, {2});
    world.network.run_for(99 * kSecond);
    assert_int_equal(world.server.got.size(), 0);
    assert_int_equal(world.server.expired_at.size(), 0);
    world.network.run_for(2 * kSecond);
    assert_int_equal(world.server.got.size(), 2);
    assert_true(world.server.got[0].now.monotonic_ns == until);
    assert_true(world.server.expired_at == std::vector<Nanos>{until});
}

void calm_wakes_everybody_and_mends_every_line(void**)
{
    World world;
    world.network.suspend(world.b, world.network.now_ns() + 1000 * kSecond);
    world.network.cut(world.a, world.b, world.network.now_ns() + 1000 * kSecond);
    world.network.link(world.b, world.a).loss_permille = 1000;
    world.network.after(kSecond, [&] { world.network.calm(); });
    world.network.run_for(2 * kSecond);
    world.server.echo_times = 1;
    world.client.say(kServer, {1});
    world.network.run_for(kSecond);
    assert_int_equal(world.client.got.size(), 1);
}

void timers_fire_at_their_moment(void**)
{
    World world;
    const Nanos due = world.network.now_ns() + 12'345;
    world.client.expiry_ns = due;
    world.network.run_for(kSecond);
    assert_true(world.client.expired_at == std::vector<Nanos>{due});
}

void timer_that_stays_due_is_a_violation(void**)
{
    World world;
    world.client.expiry_ns = world.network.now_ns() + 1;
    world.client.stuck = true;
    world.network.run_for(kSecond);
    assert_int_equal(world.network.violations().size(), 1);
    assert_true(world.network.violations()[0].find("timer in the past") == 0);
}

void amplifier_is_a_violation(void**)
{
    // An Initial without a token proves nothing.
    Bytes initial(1200, 0);
    initial[0] = 0xc0;
    World honest(1, true);
    honest.server.echo_times = 3;
    honest.client.say(kServer, initial);
    honest.network.run_for(kSecond);
    assert_int_equal(honest.network.violations().size(), 0);
    assert_int_equal(honest.network.ledger().worst_permille(), 3000);

    World amplifier(1, true);
    amplifier.server.echo_times = 4;
    amplifier.client.say(kServer, initial);
    amplifier.network.run_for(kSecond);
    assert_int_equal(amplifier.network.violations().size(), 1);

    // A Handshake packet could only be made by who received the answer.
    World proved(1, true);
    proved.server.echo_times = 4;
    initial[0] = 0xe0;
    proved.client.say(kServer, initial);
    proved.network.run_for(kSecond);
    assert_int_equal(proved.network.violations().size(), 0);
    assert_true(proved.network.ledger().validated(proved.b, kClient));
}

void replaced_node_is_gone_and_its_successor_answers(void**)
{
    World world;
    world.network.replace(world.b, nullptr);
    world.client.say(kServer, {1});
    world.network.run_for(kSecond);
    assert_int_equal(world.server.got.size(), 0);
    Peer successor;
    world.network.replace(world.b, &successor);
    world.client.say(kServer, {2});
    world.network.run_for(kSecond);
    assert_int_equal(successor.got.size(), 1);
}

void hooks_run_at_every_step_and_scripts_in_their_order(void**)
{
    World world;
    std::string order;
    uint64_t steps = 0;
    world.network.on_step([&] { ++steps; });
    world.network.after(2, [&] { order += "c"; });
    world.network.after(1, [&] { order += "a"; });
    world.network.after(1, [&] { order += "b"; });
    world.network.run_for(kSecond);
    assert_string_equal(order.c_str(), "abc");
    assert_int_equal(steps, 2);
}

void random_streams_do_not_disturb_each_other(void**)
{
    SeededRandom one(5);
    SeededRandom same(5);
    SeededRandom branch = same.fork(1);
    assert_true(branch.next() != one.fork(2).next());
    for (int i = 0; i < 100; ++i) branch.next();
    assert_true(one.next() == same.next());
    for (int i = 0; i < 1000; ++i) assert_in_range(one.between(3, 7), 3, 7);
    assert_true(one.below(0) == 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(datagram_arrives_after_the_delay_from_the_right_address),
        cmocka_unit_test(train_arrives_as_its_datagrams),
        cmocka_unit_test(quiet_network_reaches_the_limit_at_once),
        cmocka_unit_test(equal_seeds_give_equal_logs_and_others_do_not),
        cmocka_unit_test(storm_of_all_kinds_hits_with_every_kind),
        cmocka_unit_test(loss_comes_at_the_rate_that_was_set),
        cmocka_unit_test(burst_takes_several_in_a_row),
        cmocka_unit_test(duplicates_come_twice),
        cmocka_unit_test(jitter_keeps_the_order_and_reordering_does_not),
        cmocka_unit_test(corruption_changes_bits_and_not_the_length),
        cmocka_unit_test(narrow_path_drops_what_is_larger),
        cmocka_unit_test(cut_is_one_way_and_ends),
        cmocka_unit_test(rebound_node_is_seen_from_its_new_address_and_lost_at_the_old),
        cmocka_unit_test(moved_node_answers_from_its_new_address),
        cmocka_unit_test(failed_sends_are_gone_and_the_next_one_leaves),
        cmocka_unit_test(full_socket_refuses_once_and_is_asked_again_when_there_is_room),
        cmocka_unit_test(clocks_jump_for_one_node_alone),
        cmocka_unit_test(suspended_node_finds_everything_when_it_wakes),
        cmocka_unit_test(calm_wakes_everybody_and_mends_every_line),
        cmocka_unit_test(timers_fire_at_their_moment),
        cmocka_unit_test(timer_that_stays_due_is_a_violation),
        cmocka_unit_test(amplifier_is_a_violation),
        cmocka_unit_test(replaced_node_is_gone_and_its_successor_answers),
        cmocka_unit_test(hooks_run_at_every_step_and_scripts_in_their_order),
        cmocka_unit_test(random_streams_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests_name("sim_network", tests, nullptr, nullptr);
}
