// Client and server cores over the real QUIC link, through a wire in memory and a clock that only
// the test moves. Shows that what the fake link promises is what the real one does.
#include <deque>

#include "support/transport_recorders.h"

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

// splitmix64: certificates and connection ids need more variety than a counter.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(uint64_t seed) : state_(seed) {}
    void fill(MutableBytes out) override
    {
        for (uint8_t& byte : out) {
            state_ += 0x9e3779b97f4a7c15u;
            uint64_t z = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9u;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
            byte = static_cast<uint8_t>(z ^ (z >> 31));
        }
    }

private:
    uint64_t state_;
};

// Datagrams on their way to one side.
class Queue final : public DatagramSink {
public:
    bool send(const Train& train) override
    {
        for (size_t at = 0; at < train.bytes.size(); at += train.segment_len) {
            size_t len = std::min(train.segment_len, train.bytes.size() - at);
            ByteView piece = train.bytes.subspan(at, len);
            waiting.push_back({train.remote, Bytes(piece.begin(), piece.end())});
        }
        return true;
    }
    struct Item {
        Address to;
        Bytes bytes;
    };
    std::deque<Item> waiting;
};

constexpr Nanos kDelay = 2 * kMillisecond;

struct LinkRig {
    Clock clock;
    crypto::KeyPair validator = key_of(2);
    crypto::KeyPair miner = key_of(1);
    SeededRandom client_random{1};
    SeededRandom server_random{2};
    NullLog log;
    Queue to_server;
    Queue to_client;
    ClientRecorder client_events;
    ServerRecorder server_events;
    std::unique_ptr<transport::ClientCore> client;
    std::unique_ptr<transport::ServerCore> server;
    Address client_address = Address::v4(10, 0, 0, 1, 4000);
    Address server_address = Address::v4(10, 0, 0, 2, 8091);
    uint64_t next_call = 1;
    bool server_is_dead = false;

    explicit LinkRig(transport::ClientConfig client_config = {},
                     transport::ServerConfig server_config = {})
    {
        client_config.hotkey = hotkey_of(validator);
        server_config.hotkey = hotkey_of(miner);
        client = std::move(transport::ClientCore::create(client_config, client_events,
                                                         client_random, log, clock.now)
                               .value());
        server = std::move(transport::ServerCore::create(server_config, server_events,
                                                         server_random, log, clock.now)
                               .value());
        client_events.core = client.get();
        client_events.pair = &validator;
        client_events.clock = &clock;
        server_events.core = server.get();
        server_events.pair = &miner;
        server_events.clock = &clock;
    }

    uint64_t call(Bytes data = Bytes{0x80}, Nanos deadline_ns = kNever, std::string type = "echo")
    {
        transport::CallRequest request;
        request.id = next_call++;
        request.peer = miner.public_key();
        request.address = server_address;
        request.synapse_type = std::move(type);
        request.data = SharedBytes::take(std::move(data));
        request.deadline_ns = deadline_ns;
        Error error = client->call(std::move(request), clock.now);
        assert_true(error.ok());
        return next_call - 1;
    }

    void deliver(Queue& queue, const Address& from, bool to_the_server)
    {
        std::deque<Queue::Item> batch;
        batch.swap(queue.waiting);
        for (const Queue::Item& item : batch) {
            Datagram datagram;
            datagram.local = item.to;
            datagram.remote = from;
            datagram.bytes = item.bytes;
            if (to_the_server) {
                server->receive(datagram, clock.now);
            } else {
                client->receive(datagram, clock.now);
            }
        }
    }

    void leave()
    {
        client->flush(to_server, clock.now);
        server->flush(to_client, clock.now);
    }

    // Moves the clock from event to event for `span`; datagrams take kDelay.
    void run(Nanos span)
    {
        Nanos end = clock.now.monotonic_ns + span;
        leave();
        while (clock.now.monotonic_ns < end) {
            bool in_flight = !to_server.waiting.empty() || !to_client.waiting.empty();
            Nanos next = std::min(client->next_expiry_ns(), server->next_expiry_ns());
            if (in_flight) next = std::min(next, clock.now.monotonic_ns + kDelay);
            next = std::clamp(next, clock.now.monotonic_ns + kMicrosecond, end);
            clock.advance(next - clock.now.monotonic_ns);
            if (server_is_dead) {
                to_server.waiting.clear();
                to_client.waiting.clear();
            }
            deliver(to_server, client_address, true);
            deliver(to_client, server_address, false);
            if (client->next_expiry_ns() <= clock.now.monotonic_ns) {
                client->handle_expiry(clock.now);
            }
            if (server->next_expiry_ns() <= clock.now.monotonic_ns) {
                server->handle_expiry(clock.now);
            }
            leave();
        }
    }

    const transport::CallResult& outcome(uint64_t id)
    {
        static const transport::CallResult none{
            Error(Code::internal, Category::local, "not exactly one outcome"), {}, 0, 0};
        const auto& all = client_events.done[id];
        return all.size() == 1 ? all.front() : none;
    }
};

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
    assert_string_equal(rig.client->peers().at(0).alpn.c_str(), "btlightning");
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
    SeededRandom second_random{7};
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
        rig.clock.advance(kDelay);
        std::deque<Queue::Item> batch;
        batch.swap(rig.to_client.waiting);
        for (const Queue::Item& item : batch) {
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
        for (const Queue::Item& item : rig.to_client.waiting) {
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
    rig.run(600 * kSecond);
    assert_int_equal(static_cast<int>(rig.outcome(id).error.code),
                     static_cast<int>(Code::connection_lost));
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
