// Streamed answers between the two cores over the real QUIC link: order, pace, endings, and bodies
// of the size that large deployments send.
#include "support/link_rig.h"

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

constexpr size_t kWindow = 1'250'000;

// A server that streams `count` chunks as fast as it may, and a client that takes them if told so.
struct StreamPair : LinkRig {
    size_t count = 0;
    size_t len = 0;
    bool fails = false;
    bool takes = true;
    std::map<uint64_t, size_t> sent;  // by request
    size_t held = 0;
    size_t held_peak = 0;

    explicit StreamPair(transport::ClientConfig client_config = {},
                        transport::ServerConfig server_config = {})
        : LinkRig(std::move(client_config), std::move(server_config))
    {
        server_events.streamed = {"words"};
        server_events.echo = true;
        server_events.when_writable = [this](uint64_t id) { go_on(id); };
        client_events.on_one_chunk = [this](uint64_t id, const SharedBytes& bytes) {
            held += bytes.size();
            held_peak = std::max(held_peak, held);
            if (takes) take(id, bytes.size());
        };
    }

    uint64_t stream() { return open({}, "words"); }
    bool runs(uint64_t id) { return client_events.done[id].empty(); }
    void go_on(uint64_t id)
    {
        size_t& at = sent[id];
        for (; at < count; ++at) {
            SharedBytes chunk = SharedBytes::take(Bytes(len, static_cast<uint8_t>(at)));
            if (!server->send_chunk(id, std::move(chunk), clock.now).ok()) return;
        }
        Error ignored = fails ? server->fail(id, clock.now) : server->end_stream(id, clock.now);
        (void)ignored;
    }
    // Requests that came and were not begun yet.
    void serve()
    {
        for (const SeenRequest& seen : server_events.requests) {
            if (seen.type == "words" && sent.count(seen.id) == 0) go_on(seen.id);
        }
    }
    void run_served(Nanos span)
    {
        run(kSecond / 2);
        serve();
        run(span);
    }
    void take(uint64_t id, size_t bytes)
    {
        held -= bytes;
        client->taken(id, bytes, clock.now);
    }
    bool in_order(uint64_t id)
    {
        const auto& all = client_events.chunks[id];
        for (size_t i = 0; i < all.size(); ++i) {
            if (all[i].size() != len || all[i].data()[0] != static_cast<uint8_t>(i)) return false;
        }
        return client_events.chunks_late == 0;
    }
};

void chunks_arrive_in_order_and_complete(void**)
{
    StreamPair rig;
    rig.count = 300;
    rig.len = 50'000;
    uint64_t id = rig.stream();
    rig.run_served(20 * kSecond);
    assert_string_equal(rig.outcome(id).error.display().c_str(), "");
    assert_int_equal(rig.client_events.chunks[id].size(), 300);
    assert_true(rig.in_order(id));
    assert_int_equal(rig.outcome(id).bytes, 300 * 50'000);
    assert_true(rig.outcome(id).first_chunk_ns > 0);
    assert_true(rig.outcome(id).first_chunk_ns < rig.outcome(id).network_ns);
}

void a_hundred_readers_that_stop_hold_up_no_call_beside_them(void**)
{
    transport::ClientConfig config;
    config.quic.stream_window = config.quic.stream_window_max = 20'000;
    config.quic.connection_window = config.quic.connection_window_max = 256 * 1024;
    transport::StreamTerms terms;
    terms.window_bytes = 20'000;
    for (bool room : {true, false}) {
        if (!room) config.quic.lent_max = 0;
        StreamPair rig(config);
        rig.count = 100;
        rig.len = 1000;
        rig.takes = false;
        std::vector<uint64_t> unread;
        for (int i = 0; i < 100; ++i) unread.push_back(rig.open(terms, "words"));
        rig.run_served(5 * kSecond);
        const uint64_t beside = rig.call(Bytes{0x80});
        rig.run(5 * kSecond);
        assert_int_equal(rig.runs(beside), !room);
        assert_true(rig.held <= 100 * 20'000);
        assert_true(rig.held >= (room ? 100 * 18'000 : 100'000));
        // Their readers return, and all of it is there.
        rig.takes = true;
        for (uint64_t id : unread) {
            for (const auto& chunk : rig.client_events.chunks[id]) rig.take(id, chunk.size());
        }
        rig.run(20 * kSecond);
        assert_false(rig.runs(beside));
        for (uint64_t id : unread) {
            assert_true(rig.outcome(id).error.ok());
            assert_int_equal(rig.client_events.chunks[id].size(), 100);
        }
    }
}

void a_reader_that_stops_holds_a_window_and_no_more(void**)
{
    StreamPair rig;
    rig.count = 400;
    rig.len = 50'000;
    uint64_t id = rig.stream();
    // Fast at first: a window that grew with the pace would now be far larger.
    rig.run(kSecond / 2);
    rig.serve();
    while (rig.client_events.chunks[id].size() < 150) {
        rig.run(kMillisecond);
        assert_true(rig.runs(id));
    }
    rig.takes = false;
    size_t wire = rig.bytes_to_client;
    rig.run(5 * kSecond);
    size_t stalled = rig.client_events.chunks[id].size();
    assert_true(rig.held <= kWindow);
    assert_true(rig.bytes_to_client - wire <= kWindow + kWindow / 10);
    rig.run(5 * kSecond);
    assert_int_equal(rig.client_events.chunks[id].size(), stalled);
    // A second stream and a call are not held back by it.
    uint64_t call = rig.call();
    rig.run(kSecond);
    assert_true(rig.outcome(call).error.ok());
    // And it goes on where it stopped.
    rig.takes = true;
    rig.take(id, rig.held);
    rig.run(20 * kSecond);
    assert_string_equal(rig.outcome(id).error.display().c_str(), "");
    assert_int_equal(rig.client_events.chunks[id].size(), 400);
    assert_true(rig.in_order(id));
    assert_true(rig.held_peak <= kWindow + kWindow / 10);
}

void a_dropped_stream_stops_its_handler_and_harms_no_later_one(void**)
{
    StreamPair rig;
    rig.count = 1000;
    rig.len = 20'000;
    rig.takes = false;
    std::vector<uint64_t> dropped;
    for (int i = 0; i < 20; ++i) dropped.push_back(rig.stream());
    rig.run_served(kSecond);
    for (uint64_t id : dropped) {
        rig.client->cancel(id, rig.clock.now);
        assert_int_equal(static_cast<int>(rig.outcome(id).error.code),
                         static_cast<int>(Code::cancelled));
    }
    rig.run(kSecond);
    assert_int_equal(rig.server_events.cancelled.size(), 20);
    rig.takes = true;
    rig.held = 0;
    rig.count = 100;
    uint64_t next = rig.stream();
    rig.run_served(20 * kSecond);
    assert_string_equal(rig.outcome(next).error.display().c_str(), "");
    assert_int_equal(rig.client_events.chunks[next].size(), 100);
    assert_true(rig.in_order(next));
}

void a_failure_midway_keeps_what_came_before_it(void**)
{
    StreamPair rig;
    rig.count = 7;
    rig.len = 3'000;
    rig.fails = true;
    uint64_t id = rig.stream();
    rig.run_served(kSecond);
    assert_string_equal(rig.outcome(id).error.display().c_str(),
                        "stream error: stream processing failed");
    assert_int_equal(rig.client_events.chunks[id].size(), 7);
    assert_true(rig.in_order(id));
}

void bodies_of_64_mib_go_both_ways(void**)
{
    transport::ClientConfig client_config;
    transport::ServerConfig server_config;
    client_config.frame_payload_max = 128 << 20;
    server_config.frame_payload_max = 128 << 20;
    StreamPair rig(client_config, server_config);
    Bytes body = map_of("k", Bytes(64 << 20, 0x5a));
    uint64_t call = rig.call(body);
    rig.run(60 * kSecond);
    assert_string_equal(rig.outcome(call).error.display().c_str(), "");
    ByteView got = rig.outcome(call).data.view();
    assert_int_equal(got.size(), body.size());
    assert_true(std::equal(got.begin(), got.end(), body.begin()));
    // As one chunk, which is far larger than the window.
    rig.count = 1;
    rig.len = 64 << 20;
    uint64_t id = rig.stream();
    rig.run_served(60 * kSecond);
    assert_string_equal(rig.outcome(id).error.display().c_str(), "");
    assert_int_equal(rig.outcome(id).bytes, 64 << 20);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(chunks_arrive_in_order_and_complete),
        cmocka_unit_test(a_hundred_readers_that_stop_hold_up_no_call_beside_them),
        cmocka_unit_test(a_reader_that_stops_holds_a_window_and_no_more),
        cmocka_unit_test(a_dropped_stream_stops_its_handler_and_harms_no_later_one),
        cmocka_unit_test(a_failure_midway_keeps_what_came_before_it),
        cmocka_unit_test(bodies_of_64_mib_go_both_ways),
    };
    return cmocka_run_group_tests_name("transport_link_streams", tests, nullptr, nullptr);
}
