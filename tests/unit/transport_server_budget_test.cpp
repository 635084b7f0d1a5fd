// Budgets in bytes over all peers: bodies of requests whose handlers run, and answers that their
// callers have not acknowledged.
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

constexpr size_t kBody = 19'000;
constexpr uint64_t kBudget = 100'000;

Bytes map_with(size_t len)
{
    return map_of("k", Bytes(len, 3));
}

transport::ServerConfig tight()
{
    transport::ServerConfig config;
    config.running_bytes_max = config.unsent_bytes_max = kBudget;
    return config;
}

// Two peers whose handlers answer when the test says so.
struct TwoPeers : ServerRig {
    FakeConnection& first;
    FakeConnection& second;

    explicit TwoPeers(const transport::ServerConfig& config = tight())
        : ServerRig(config), first(*join()), second(*join(key_of(3), from(2)))
    {
        events.echo = false;
        events.streamed = {"stream"};
    }
    quic::StreamId ask(FakeConnection& peer, size_t len = kBody)
    {
        return send(peer, packet("slow", map_with(len)));
    }
    uint64_t stream_of(FakeConnection& peer)
    {
        send(peer, packet("stream"));
        return events.requests.back().id;
    }
    Code answer(uint64_t id, size_t len)
    {
        return core->answer(id, SharedBytes::take(map_with(len)), clock.now).code;
    }
    Code chunk(uint64_t id)
    {
        return core->send_chunk(id, SharedBytes::take(Bytes(kBody, 7)), clock.now).code;
    }
    size_t writable(uint64_t id) const
    {
        return static_cast<size_t>(std::count(events.writable.begin(), events.writable.end(), id));
    }
};

void bodies_of_one_peer_leave_room_for_another(void**)
{
    TwoPeers rig;
    for (int i = 0; i < 10; ++i) rig.ask(rig.first);
    assert_int_equal(rig.events.requests.size(), 3);
    assert_int_equal(rig.core->stats().requests_waiting, 7);
    rig.ask(rig.second);
    assert_int_equal(rig.events.requests.size(), 4);
    assert_true(rig.events.requests.back().peer == key_of(3).public_key());
    assert_in_range(rig.core->stats().running_bytes, 4 * kBody, kBudget);
    // Each that ends lets the next one in, until all have run.
    for (size_t at = 0; at < rig.events.requests.size(); ++at) {
        assert_int_equal(static_cast<int>(rig.answer(rig.events.requests[at].id, 10)),
                         static_cast<int>(Code::ok));
        rig.turn();
        assert_true(rig.core->stats().running_bytes <= kBudget);
    }
    assert_int_equal(rig.events.requests.size(), 11);
    assert_int_equal(rig.core->stats().running_bytes, 0);
    assert_int_equal(rig.core->stats().requests_waiting, 0);
}

void a_body_larger_than_the_budget_runs_alone(void**)
{
    TwoPeers rig;
    rig.ask(rig.first, 60'000);
    rig.ask(rig.first, 60'000);
    assert_int_equal(rig.events.requests.size(), 1);
    transport::ServerConfig config = tight();
    config.running_bytes_max = 10'000;
    TwoPeers narrow(config);
    narrow.ask(narrow.first);
    assert_int_equal(narrow.events.requests.size(), 1);
    narrow.ask(narrow.second);
    assert_int_equal(narrow.events.requests.size(), 1);
    narrow.answer(narrow.events.requests[0].id, 10);
    assert_int_equal(narrow.events.requests.size(), 2);
}

void a_body_counts_until_its_handler_has_ended(void**)
{
    transport::ServerConfig config = tight();
    config.handlers_end_withdrawn = true;
    TwoPeers rig(config);
    std::vector<quic::StreamId> asked;
    for (int i = 0; i < 3; ++i) asked.push_back(rig.ask(rig.first));
    for (quic::StreamId stream : asked) rig.link.endpoint->stop_sending(rig.first, stream);
    rig.turn();
    assert_int_equal(rig.events.cancelled.size(), 3);
    assert_true(rig.core->stats().running_bytes >= 3 * kBody);
    rig.link.endpoint->lose(rig.first, quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    assert_true(rig.core->stats().running_bytes >= 3 * kBody);
    for (const auto& [id, codes] : rig.events.cancelled) (void)rig.answer(id, 10);
    assert_int_equal(rig.core->stats().running_bytes, 0);
}

void an_answer_for_which_there_is_no_room_is_refused_as_busy(void**)
{
    TwoPeers rig;
    rig.first.takes_nothing = true;
    std::vector<quic::StreamId> asked;
    for (int i = 0; i < 4; ++i) asked.push_back(rig.ask(rig.first, 10));
    for (int i = 0; i < 3; ++i) {
        assert_int_equal(static_cast<int>(rig.answer(rig.events.requests[i].id, kBody)),
                         static_cast<int>(Code::ok));
    }
    assert_int_equal(static_cast<int>(rig.answer(rig.events.requests[3].id, kBody)),
                     static_cast<int>(Code::full));
    assert_string_equal(rig.error_on(rig.first, asked[3]).c_str(), "request processing failed");
    assert_int_equal(rig.core->stats().answers_over_bytes, 1);
    assert_true(rig.core->stats().unsent_bytes <= kBudget);
    // Who has nothing outstanding is not the one to pay.
    const quic::StreamId other = rig.ask(rig.second, 10);
    assert_int_equal(static_cast<int>(rig.answer(rig.events.requests[4].id, kBody)),
                     static_cast<int>(Code::ok));
    assert_string_equal(rig.error_on(rig.second, other).c_str(), "");
    assert_false(rig.first.is_closing);
}

void chunks_wait_for_room_among_all_and_their_handlers_hear_of_it(void**)
{
    TwoPeers rig;
    rig.first.takes_nothing = rig.second.takes_nothing = true;
    const uint64_t one = rig.stream_of(rig.first);
    const uint64_t other = rig.stream_of(rig.second);
    for (int i = 0; i < 3; ++i) assert_int_equal(static_cast<int>(rig.chunk(one)), 0);
    assert_int_equal(static_cast<int>(rig.chunk(one)), static_cast<int>(Code::full));
    assert_int_equal(static_cast<int>(rig.chunk(other)), 0);
    assert_int_equal(static_cast<int>(rig.chunk(other)), static_cast<int>(Code::full));
    rig.wait(kSecond);
    assert_int_equal(rig.writable(one) + rig.writable(other), 0);
    // The first peer reads: there is room for both again.
    rig.link.endpoint->take(rig.first, 4, 3 * kBody + 100, 3 * kBody + 100);
    rig.turn();
    rig.wait(10 * kMillisecond);
    assert_int_equal(rig.writable(one), 1);
    assert_int_equal(rig.writable(other), 1);
    assert_int_equal(static_cast<int>(rig.chunk(other)), 0);
    rig.wait(kSecond);
    assert_int_equal(rig.writable(one) + rig.writable(other), 2);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(bodies_of_one_peer_leave_room_for_another),
        cmocka_unit_test(a_body_larger_than_the_budget_runs_alone),
        cmocka_unit_test(a_body_counts_until_its_handler_has_ended),
        cmocka_unit_test(an_answer_for_which_there_is_no_room_is_refused_as_busy),
        cmocka_unit_test(chunks_wait_for_room_among_all_and_their_handlers_hear_of_it),
    };
    return cmocka_run_group_tests_name("server budgets", tests, nullptr, nullptr);
}
