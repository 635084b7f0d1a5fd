// Streamed answers from core to core over the real QUIC link: a slow reader holds its writer, a
// quick one is not held by the path, and whoever leaves is missed.
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

#define assert_code(got, wanted) assert_int_equal(static_cast<int>(got), static_cast<int>(wanted))

// A producer that writes whenever it may, and a reader that takes when told.
struct ProducerRig : LinkRig {
    size_t chunk_len;
    size_t wanted;
    size_t written = 0;
    uint64_t request = 0;
    Bytes chunk;
    bool takes = true;
    size_t chunks = 0, read = 0, taken = 0;
    bool intact = true;

    ProducerRig(size_t len, size_t count, transport::ServerConfig config = {})
        : LinkRig({}, std::move(config)), chunk_len(len), wanted(count), chunk(len)
    {
        for (size_t i = 0; i < len; ++i) chunk[i] = static_cast<uint8_t>(i * 31 + i / 256);
        server_events.streamed = {"stream"};
        server_events.when_asked = [this](uint64_t id) {
            request = id;
            write();
        };
        server_events.when_writable = [this](uint64_t) { write(); };
        client_events.on_one_chunk = [this](uint64_t id, const SharedBytes& bytes) {
            ByteView got = bytes.view();
            intact = intact && std::equal(got.begin(), got.end(), chunk.begin(), chunk.end());
            read += got.size();
            ++chunks;
            client_events.chunks[id].clear();
            if (takes) take(id);
        };
    }

    void write()
    {
        while (written < wanted) {
            Error error = server->send_chunk(request, SharedBytes::copy(chunk), clock.now);
            if (!error.ok()) return;
            ++written;
        }
        Error ignored = server->end_stream(request, clock.now);
        (void)ignored;
    }
    void take(uint64_t id)
    {
        client->taken(id, read - taken, clock.now);
        taken = read;
    }
};

void slow_reader_of_64_mib_holds_its_writer(void**)
{
    ProducerRig rig(64 * 1024, 1024);
    rig.takes = false;
    transport::StreamTerms terms;
    uint64_t id = rig.open(terms);
    rig.run(2 * kSecond);
    // What the reader's window, the link's and the writer's buffer hold, and nothing like 64 MiB.
    size_t held = rig.written;
    assert_true(held > 10);
    assert_true(held * rig.chunk_len < 6'000'000);
    rig.run(10 * kSecond);
    assert_int_equal(rig.written, held);
    assert_int_equal(rig.server->stats().streams_open, 1);
    // It goes on when the reader does, to the last byte.
    rig.takes = true;
    rig.take(id);
    rig.run(20 * kSecond);
    assert_true(rig.outcome(id).error.ok());
    assert_int_equal(rig.chunks, 1024);
    assert_true(rig.intact);
    assert_int_equal(rig.server->stats().chunks_sent, 1024);
    assert_int_equal(rig.server->stats().streams_open, 0);
    assert_int_equal(rig.server_events.cancelled.size(), 0);
}

void reader_that_never_reads_is_given_up_and_told(void**)
{
    ProducerRig rig(64 * 1024, 1024);
    rig.takes = false;
    rig.open({});
    rig.run(35 * kSecond);
    assert_int_equal(rig.server_events.cancelled[rig.request].size(), 1);
    assert_code(rig.server_events.cancelled[rig.request].at(0), Code::deadline);
    assert_int_equal(rig.server->stats().streams_open, 0);
    // What was written for it goes when nothing of it was taken for as long again.
    rig.run(40 * kSecond);
    assert_int_equal(rig.server->stats().answers_unread, 1);
}

void small_chunks_are_not_held_to_a_few_per_round_trip(void**)
{
    ProducerRig rig(1'000, 20'000);
    uint64_t id = rig.open({});
    // 20 MB over a path of 4 ms there and back: 32 chunks per round trip would take 2.5 s.
    rig.run(kSecond);
    assert_true(rig.outcome(id).error.ok());
    assert_int_equal(rig.chunks, 20'000);
    assert_true(rig.intact);
}

void caller_that_cancels_frees_the_writer(void**)
{
    ProducerRig rig(64 * 1024, 1024);
    rig.takes = false;
    uint64_t id = rig.open({});
    rig.run(kSecond);
    rig.client->cancel(id, rig.clock.now);
    rig.run(kSecond);
    assert_code(rig.outcome(id).error.code, Code::cancelled);
    assert_int_equal(rig.server_events.cancelled[rig.request].size(), 1);
    assert_code(rig.server_events.cancelled[rig.request].at(0), Code::cancelled);
    Error error = rig.server->send_chunk(rig.request, SharedBytes::copy(rig.chunk), rig.clock.now);
    assert_code(error.code, Code::wrong_state);
    // The connection serves on.
    rig.server_events.when_asked = nullptr;
    uint64_t next = rig.call();
    rig.run(kSecond);
    assert_true(rig.outcome(next).error.ok());
    assert_int_equal(rig.server->stats().requests_in_flight, 0);
}

void streams_cannot_be_had_faster_than_handlers_end(void**)
{
    transport::ServerConfig config;
    config.handlers_end_withdrawn = true;
    config.concurrent_streams_max = 8;
    ProducerRig rig(1'000, 0, config);
    std::vector<uint64_t> asked;
    rig.server_events.when_asked = [&asked](uint64_t id) { asked.push_back(id); };
    // Asked and dropped, again and again.
    for (int round = 0; round < 20; ++round) {
        std::vector<uint64_t> calls;
        for (int i = 0; i < 8; ++i) calls.push_back(rig.open({}));
        rig.run(200 * kMillisecond);
        for (uint64_t id : calls) rig.client->cancel(id, rig.clock.now);
        rig.run(200 * kMillisecond);
    }
    assert_int_equal(asked.size(), 8);
    assert_int_equal(rig.server->stats().handlers_withdrawn, 8);
    for (uint64_t id : std::vector<uint64_t>(asked)) {
        assert_code(rig.server->fail(id, rig.clock.now).code, Code::wrong_state);
    }
    uint64_t next = rig.call();
    rig.run(kSecond);
    assert_true(rig.outcome(next).error.ok());
    assert_int_equal(rig.server->stats().handlers_withdrawn, 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(slow_reader_of_64_mib_holds_its_writer),
        cmocka_unit_test(reader_that_never_reads_is_given_up_and_told),
        cmocka_unit_test(small_chunks_are_not_held_to_a_few_per_round_trip),
        cmocka_unit_test(caller_that_cancels_frees_the_writer),
        cmocka_unit_test(streams_cannot_be_had_faster_than_handlers_end),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
