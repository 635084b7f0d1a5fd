// How connections live and end: timers, closes, resets, and moves to another address.
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::CloseInfo;
using quic::EndpointConfig;

namespace {

EndpointConfig plain(Nanos idle_ns = 150 * kSecond)
{
    EndpointConfig config;
    config.retry = quic::RetryPolicy::never;
    config.idle_timeout_ns = idle_ns;
    return config;
}

void assert_cause(const CloseInfo& info, CloseInfo::Cause cause)
{
    assert_int_equal(static_cast<int>(info.cause), static_cast<int>(cause));
}

void a_peer_that_falls_silent_is_given_up(void**)
{
    Pair pair(plain(10 * kSecond));
    pair.connect();
    pair.wire.run_for(kSecond);
    pair.wire.filter = [](Address&, Address&, Bytes&) { return false; };
    pair.wire.run_for(12 * kSecond);
    assert_int_equal(pair.client.events.closed, 1);
    assert_int_equal(pair.server.events.closed, 1);
    assert_cause(pair.client.events.info, CloseInfo::Cause::idle_timeout);
    assert_cause(pair.server.events.info, CloseInfo::Cause::idle_timeout);
    assert_int_equal(pair.server.endpoint->stats().connections, 0);
    assert_int_equal(pair.server.endpoint->next_expiry_ns(), kNever);
}

void keep_alive_holds_an_idle_connection(void**)
{
    for (bool at_server : {false, true}) {
        Pair pair(plain(10 * kSecond), plain(10 * kSecond));
        auto& connection = pair.connect();
        (at_server ? pair.peer() : connection).set_keep_alive(3 * kSecond);
        pair.wire.run_for(600 * kSecond);
        assert_int_equal(pair.client.events.closed + pair.server.events.closed, 0);
        (at_server ? pair.peer() : connection).set_keep_alive(0);
        pair.wire.run_for(20 * kSecond);
        assert_int_equal(pair.client.events.closed, 1);
    }
}

void the_reason_of_a_close_arrives(void**)
{
    Pair pair(plain());
    auto& connection = pair.connect();
    pair.peer().close(0, "replaced");
    assert_int_equal(pair.server.events.closed, 0);  // never from inside close()
    assert_true(pair.server.endpoint->wants_flush());
    assert_int_equal(static_cast<int>(pair.peer().send(0, {}, true).code),
                     static_cast<int>(Code::closed));
    assert_true(pair.wire.run([&] { return pair.client.events.closed == 1; }));
    assert_cause(pair.client.events.info, CloseInfo::Cause::peer_application);
    assert_int_equal(pair.client.events.info.code, 0);
    assert_string_equal(pair.client.events.info.reason.c_str(), "replaced");
    assert_int_equal(pair.server.events.closed, 1);
    assert_cause(pair.server.events.info, CloseInfo::Cause::local);
    (void)connection;
}

void a_lost_close_is_told_again(void**)
{
    Pair pair(plain());
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    pair.wire.filter = [](Address&, Address&, Bytes&) { return false; };
    pair.peer().close(0, "server_shutdown");
    pair.wire.flush();
    assert_int_equal(pair.server.events.closed, 1);
    pair.wire.filter = nullptr;
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(300)), true).ok());
    assert_true(pair.wire.run([&] { return pair.client.events.closed == 1; }));
    assert_string_equal(pair.client.events.info.reason.c_str(), "server_shutdown");
}

void a_reason_is_printable_and_short(void**)
{
    Pair pair(plain());
    auto& connection = pair.connect();
    connection.close(7, std::string("a\nb\x01") + std::string(1000, 'x'));
    assert_true(pair.wire.run([&] { return pair.server.events.closed == 1; }));
    const CloseInfo& info = pair.server.events.info;
    assert_int_equal(info.code, 7);
    assert_int_equal(info.reason.size(), 256);
    assert_string_equal(info.reason.substr(0, 5).c_str(), "a?b?x");
}

void a_server_that_lost_its_memory_ends_old_connections_at_once(void**)
{
    EndpointConfig config = plain();
    config.server_secret = pattern(32);
    Pair pair(config);
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    pair.server.endpoint.reset();
    pair.wire.remove(pair.server);
    Node reborn(pair.wire, kServerAddress, 99, true, config);
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(100)), true).ok());
    Nanos begun = pair.wire.now_ns;
    assert_true(pair.wire.run([&] { return pair.client.events.closed == 1; }));
    assert_cause(pair.client.events.info, CloseInfo::Cause::stateless_reset);
    assert_true(pair.wire.now_ns - begun < kSecond);
    assert_int_equal(reborn.endpoint->stats().stateless_resets_sent, 1);
}

void a_server_with_another_secret_cannot_reset(void**)
{
    EndpointConfig config = plain();
    Pair pair(config, config);
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    pair.server.endpoint.reset();
    pair.wire.remove(pair.server);
    Node other(pair.wire, kServerAddress, 99, true, config);
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(100)), true).ok());
    assert_true(pair.wire.run([&] { return pair.client.events.closed == 1; }, 5 * kSecond));
    assert_true(other.endpoint->stats().stateless_resets_sent > 0);
    assert_cause(pair.client.events.info, CloseInfo::Cause::unanswered);
}

void a_reset_is_never_longer_than_what_it_answers(void**)
{
    Pair pair(plain());
    uint64_t answered = 0;
    for (size_t len = 1; len < 120; ++len) {
        Bytes datagram = pattern(len, len);
        datagram[0] = 0x40;
        uint64_t before = pair.wire.bytes_from[kServerAddress];
        pair.server.endpoint->receive({kServerAddress, kClientAddress, datagram, 0},
                                      pair.wire.now());
        pair.wire.flush();
        uint64_t sent = pair.wire.bytes_from[kServerAddress] - before;
        assert_true(sent < len);
        answered += sent > 0;
    }
    assert_int_equal(answered, 98);  // from 22 bytes up
    // 100 per second, and no more.
    for (int i = 0; i < 1000; ++i) {
        Bytes datagram = pattern(100, 5);
        datagram[0] = 0x40;
        pair.server.endpoint->receive({kServerAddress, kClientAddress, datagram, 0},
                                      pair.wire.now());
    }
    assert_int_equal(pair.server.endpoint->stats().stateless_resets_sent, 100);
}

void a_deadline_closes_a_connection_that_was_not_freed_of_it(void**)
{
    Pair pair(plain());
    auto& connection = pair.connect();
    pair.peer().set_deadline(pair.wire.now_ns + 10 * kSecond, "not authenticated");
    pair.wire.run_for(9 * kSecond);
    pair.peer().set_deadline(pair.wire.now_ns + 10 * kSecond, "not authenticated");
    pair.wire.run_for(9 * kSecond);
    assert_int_equal(pair.client.events.closed, 0);
    pair.wire.run_for(2 * kSecond);
    assert_int_equal(pair.client.events.closed, 1);
    assert_string_equal(pair.client.events.info.reason.c_str(), "not authenticated");
    (void)connection;

    pair.connect();
    pair.peer().set_deadline(pair.wire.now_ns + kSecond, "not authenticated");
    pair.peer().set_deadline(kNever, "");
    pair.wire.run_for(20 * kSecond);
    assert_int_equal(pair.client.events.closed, 1);
}

// From now on the client's datagrams come from, and the server's go to, another address.
void move_client(Pair& pair, Address to)
{
    pair.wire.filter = [to](Address& from, Address& dest, Bytes&) {
        if (from == kClientAddress) from = to;
        if (dest == to) dest = kClientAddress;
        return true;
    };
}

void a_known_peer_may_move_and_is_checked(void**)
{
    for (Address moved : {Address::v4(10, 0, 0, 1, 40001), Address::v4(10, 0, 0, 77, 5555)}) {
        Pair pair(plain());
        pair.server.events.raise = true;
        pair.server.events.echo = true;
        auto& connection = pair.connect();
        pair.wire.run_for(kSecond);
        bool validated_at_data = true;
        pair.server.events.when_data = [&](quic::Connection& c, quic::StreamId) {
            validated_at_data = c.path_validated();
        };
        move_client(pair, moved);
        pair.expect_echo(connection, pattern(100));
        pair.wire.run_for(kSecond);
        assert_false(validated_at_data);  // no request may run on what came first
        assert_true(pair.server.events.paths == (std::vector<bool>{false, true}));
        assert_true(pair.peer().path_validated());
        assert_true(pair.peer().remote() == moved);
        pair.expect_echo(connection, pattern(100));
        assert_true(validated_at_data);
        // And back again.
        move_client(pair, kClientAddress);
        pair.expect_echo(connection, pattern(100'000));
        pair.wire.run_for(kSecond);
        assert_true(pair.peer().path_validated());
        assert_true(pair.peer().remote() == kClientAddress);
    }
}

void a_stranger_may_not_move(void**)
{
    EndpointConfig stubborn = plain();
    stubborn.unanswered_ns = kNever;
    Pair pair(plain(), stubborn);
    pair.server.events.echo = true;
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    move_client(pair, Address::v4(10, 0, 0, 77, 5555));
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(100)), true).ok());
    pair.wire.run_for(5 * kSecond);
    assert_true(pair.server.events.streams.empty());
    assert_true(pair.peer().remote() == kClientAddress);
    pair.wire.filter = nullptr;
    assert_true(pair.wire.run([&] { return pair.client.events.streams[*stream].fin; }));
}

void a_copied_datagram_from_elsewhere_changes_nothing_for_long(void**)
{
    // Somebody who sees our packets sends them on, faster, from an address of his.
    Pair pair(plain());
    pair.server.events.raise = true;
    pair.server.events.echo = true;
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    const Address thief = Address::v4(66, 0, 0, 6, 666);
    uint64_t to_thief = 0;
    int copies = 0;
    pair.wire.filter = [&](Address& from, Address& to, Bytes& datagram) {
        if (to == thief) {
            to_thief += datagram.size();
            return false;
        }
        if (from == kClientAddress && copies == 0) {
            ++copies;
            from = thief;  // this one overtakes; the original is lost
        }
        return true;
    };
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(100)), true).ok());
    assert_true(pair.wire.run([&] { return pair.client.events.streams[*stream].fin; }));
    pair.wire.run_for(5 * kSecond);
    assert_true(pair.peer().remote() == kClientAddress);
    assert_true(pair.peer().path_validated());
    assert_true(to_thief < 6000);
    pair.expect_echo(connection, pattern(1000));
}

void stopping_closes_all_with_one_reason(void**)
{
    Pair pair(plain());
    for (int i = 0; i < 20; ++i) pair.connect();
    pair.server.endpoint->stop_accepting();
    pair.server.endpoint->close_all("server_shutdown");
    pair.wire.run_for(kSecond);
    assert_int_equal(pair.client.events.closed, 20);
    assert_int_equal(pair.server.events.closed, 20);
    assert_string_equal(pair.client.events.info.reason.c_str(), "server_shutdown");
    assert_int_equal(pair.server.endpoint->connection_count(), 0);
    pair.dial();
    pair.wire.run_for(15 * kSecond);
    assert_int_equal(pair.client.events.closed, 21);
    assert_cause(pair.client.events.info, CloseInfo::Cause::handshake_timeout);
}

void closing_before_the_handshake_is_done_is_clean(void**)
{
    for (int steps = 0; steps < 6; ++steps) {
        Pair pair;
        quic::Connection* connection = pair.dial();
        for (int i = 0; i < steps && pair.client.events.closed == 0; ++i) {
            pair.wire.run([] { return false; }, 100 * kMicrosecond);
        }
        connection->close(0, "client_shutdown");
        pair.wire.run_for(15 * kSecond);
        assert_int_equal(pair.client.events.closed, 1);
        assert_int_equal(pair.server.events.closed, pair.server.events.accepted);
        assert_int_equal(pair.server.endpoint->stats().handshaking, 0);
    }
}

void a_connection_names_its_loop(void**)
{
    EndpointConfig config = plain();
    config.server_secret = pattern(32);
    config.loop_index = 5;
    Pair pair(config);
    auto& connection = pair.connect();
    std::optional<uint8_t> owner;
    pair.wire.filter = [&](Address& from, Address&, Bytes& datagram) {
        if (from == kClientAddress) {
            owner = pair.server.endpoint->owner_loop({kServerAddress, from, datagram, 0});
        }
        return true;
    };
    auto stream = connection.open_stream();
    assert_true(connection.send(*stream, SharedBytes::copy(pattern(10)), true).ok());
    pair.wire.run_for(kSecond);
    assert_true(owner.has_value());
    assert_int_equal(*owner, 5);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_that_falls_silent_is_given_up),
        cmocka_unit_test(keep_alive_holds_an_idle_connection),
        cmocka_unit_test(the_reason_of_a_close_arrives),
        cmocka_unit_test(a_lost_close_is_told_again),
        cmocka_unit_test(a_reason_is_printable_and_short),
        cmocka_unit_test(a_server_that_lost_its_memory_ends_old_connections_at_once),
        cmocka_unit_test(a_server_with_another_secret_cannot_reset),
        cmocka_unit_test(a_reset_is_never_longer_than_what_it_answers),
        cmocka_unit_test(a_deadline_closes_a_connection_that_was_not_freed_of_it),
        cmocka_unit_test(a_known_peer_may_move_and_is_checked),
        cmocka_unit_test(a_stranger_may_not_move),
        cmocka_unit_test(a_copied_datagram_from_elsewhere_changes_nothing_for_long),
        cmocka_unit_test(stopping_closes_all_with_one_reason),
        cmocka_unit_test(closing_before_the_handshake_is_done_is_clean),
        cmocka_unit_test(a_connection_names_its_loop),
    };
    return cmocka_run_group_tests_name("quic life", tests, nullptr, nullptr);
}
