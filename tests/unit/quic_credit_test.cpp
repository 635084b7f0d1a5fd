// Readers that stop hold up their own streams and not their connection, as long as there is memory
// for what they leave lying.
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::Credit;
using quic::EndpointConfig;
using quic::LendingBudget;

namespace {

constexpr size_t kWindow = 20'000;

EndpointConfig small(uint64_t lent_max)
{
    EndpointConfig config;
    config.retry = quic::RetryPolicy::never;
    config.stream_window = config.stream_window_max = kWindow;
    config.lent_max = lent_max;
    return config;
}

// A server that takes nothing, whose connections may bring 100 kB ahead: five windows.
struct Unread : Pair {
    explicit Unread(uint64_t lent_max) : Pair(small(lent_max), small(64 << 20))
    {
        server.events.consume = false;
        server.events.when_ready = [](quic::Connection& c) { c.raise_limits({128, 100'000}); };
    }
    std::vector<quic::StreamId> fill(quic::Connection& connection, size_t count)
    {
        std::vector<quic::StreamId> out;
        for (size_t i = 0; i < count; ++i) {
            auto stream = connection.open_stream();
            assert_true(stream.ok());
            assert_true(connection.send(*stream, SharedBytes::copy(pattern(50'000)), false).ok());
            out.push_back(*stream);
        }
        wire.run_for(5 * kSecond);
        return out;
    }
    size_t arrived() const
    {
        size_t total = 0;
        for (const auto& [id, seen] : server.events.streams) total += seen.bytes.size();
        return total;
    }
    uint64_t lent() const { return server.endpoint->stats().bytes_lent; }
};

void credit_is_owed_until_it_is_lent_or_taken(void**)
{
    LendingBudget all{1000};
    Credit credit;
    credit.arrived(300);
    assert_int_equal(credit.taken(100, all), 100);
    assert_int_equal(credit.lend(150, all), 150);
    assert_int_equal(credit.owed(), 50);
    assert_int_equal(credit.lent(), 150);
    // What is owed is paid first, what was lent gives nothing a second time.
    assert_int_equal(credit.taken(80, all), 50);
    assert_int_equal(credit.lent(), 120);
    assert_int_equal(all.lent, 120);
    assert_false(all.short_of);

    Credit other;
    other.arrived(5000);
    assert_int_equal(other.lend(UINT64_MAX, all), 880);
    assert_true(all.short_of);
    assert_false(all.recovered());
    credit.end(all);
    assert_int_equal(all.lent, 880);
    assert_int_equal(other.taken(4120, all), 4120);
    assert_int_equal(other.taken(880, all), 0);
    assert_true(all.recovered());
    assert_int_equal(all.lent, 0);
}

void streams_that_nobody_reads_hold_up_nobody_else(void**)
{
    Unread pair(64 << 20);
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    pair.fill(connection, 100);
    // Each has its window and no more.
    assert_int_equal(pair.arrived(), 100 * kWindow);
    assert_int_equal(pair.lent(), 100 * kWindow);
    pair.server.events.streams.clear();
    pair.server.events.consume = pair.server.events.echo = true;
    pair.expect_echo(connection, pattern(500'000));
    assert_int_equal(pair.lent(), 100 * kWindow);
    connection.close(0, "");
    pair.wire.run_for(20 * kSecond);
    assert_int_equal(pair.server.events.closed, 1);
    assert_int_equal(pair.lent(), 0);
}

void without_memory_for_them_they_stop_at_the_connections_window(void**)
{
    Unread pair(400'000);
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    pair.fill(connection, 100);
    // Half of what may be lent at all, and the window.
    assert_in_range(pair.arrived(), 275'000, 200'000 + 100'000);
    assert_int_equal(pair.lent(), 200'000);
    // Readers that go on bring more, byte for byte.
    for (auto& [id, seen] : pair.server.events.streams) {
        if (!seen.bytes.empty()) pair.peer().consumed(id, 1000);
    }
    pair.wire.run_for(5 * kSecond);
    assert_int_equal(pair.lent(), 200'000);
    assert_true(pair.arrived() > 300'000);
}

void a_stranger_is_lent_nothing(void**)
{
    Unread pair(64 << 20);
    pair.server.events.when_ready = nullptr;
    auto& connection = pair.connect();
    pair.fill(connection, 4);
    assert_int_equal(pair.arrived(), 64 * 1024);
    assert_int_equal(pair.lent(), 0);
    pair.peer().raise_limits({128, 100'000});
    pair.wire.run_for(kSecond);
    assert_int_equal(pair.arrived(), 4 * kWindow);
    assert_int_equal(pair.lent(), 4 * kWindow);
}

void what_one_connection_gives_back_another_is_lent(void**)
{
    Unread pair(400'000);
    auto& first = pair.connect();
    auto& second = pair.connect();
    auto& third = pair.connect();
    pair.wire.run_for(kSecond);
    for (auto* connection : {&first, &second}) pair.fill(*connection, 50);
    assert_int_equal(pair.lent(), 400'000);
    pair.fill(third, 50);
    pair.server.events.streams.clear();
    pair.wire.run_for(5 * kSecond);
    assert_int_equal(pair.arrived(), 0);
    first.close(0, "");
    pair.wire.run_for(5 * kSecond);
    assert_int_equal(pair.lent(), 400'000);
    assert_int_equal(pair.arrived(), 200'000);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(credit_is_owed_until_it_is_lent_or_taken),
        cmocka_unit_test(streams_that_nobody_reads_hold_up_nobody_else),
        cmocka_unit_test(without_memory_for_them_they_stop_at_the_connections_window),
        cmocka_unit_test(a_stranger_is_lent_nothing),
        cmocka_unit_test(what_one_connection_gives_back_another_is_lent),
    };
    return cmocka_run_group_tests_name("quic credit", tests, nullptr, nullptr);
}
