// When a connection is given up because nobody answers, and when it is not.
#include "quic/answer_watch.h"
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::CloseInfo;
using quic::EndpointConfig;

namespace {

EndpointConfig patient(Nanos unanswered_ns = 4 * kSecond)
{
    EndpointConfig config;
    config.retry = quic::RetryPolicy::never;
    config.unanswered_ns = unanswered_ns;
    return config;
}

// A pair whose wire can be cut; counts what the client sends.
struct CutPair : Pair {
    explicit CutPair(Nanos unanswered_ns = 4 * kSecond)
        : Pair(patient(unanswered_ns), patient(unanswered_ns))
    {
        server.events.echo = true;
        server.events.raise = true;
        wire.filter = [this](Address& from, Address&, Bytes&) {
            if (from == kClientAddress) ++from_client;
            return !cut;
        };
        connection = &connect();
        wire.run_for(10 * kSecond);
    }

    quic::StreamId ask(size_t len)
    {
        auto stream = connection->open_stream();
        assert_true(connection->send(*stream, SharedBytes::copy(pattern(len)), true).ok());
        return *stream;
    }
    bool answered(quic::StreamId stream, Nanos within_ns)
    {
        return wire.run([&] { return client.events.streams[stream].fin; }, within_ns);
    }
    void expect_nobody_gave_up()
    {
        assert_int_equal(client.events.closed + server.events.closed, 0);
        assert_int_equal(client.endpoint->stats().unanswered, 0);
        assert_int_equal(server.endpoint->stats().unanswered, 0);
    }

    quic::Connection* connection = nullptr;
    bool cut = false;
    uint64_t from_client = 0;
};

void assert_cause(const CloseInfo& info, CloseInfo::Cause cause)
{
    assert_int_equal(static_cast<int>(info.cause), static_cast<int>(cause));
}

void a_call_to_a_silent_peer_ends_its_connection_within_the_time_allowed(void**)
{
    CutPair pair;
    pair.cut = true;
    pair.ask(100);
    const Nanos asked_ns = pair.wire.now_ns;
    assert_true(pair.wire.run([&] { return pair.client.events.closed == 1; }));
    assert_in_range(pair.wire.now_ns - asked_ns, 4 * kSecond, 5 * kSecond);
    assert_cause(pair.client.events.info, CloseInfo::Cause::unanswered);
    assert_int_equal(static_cast<int>(pair.client.events.info.to_error().code),
                     static_cast<int>(Code::connection_lost));
    assert_int_equal(pair.client.endpoint->stats().unanswered, 1);
}

void a_keep_alive_that_nobody_answers_ends_the_connection(void**)
{
    CutPair pair;
    pair.connection->set_keep_alive(10 * kSecond);
    assert_true(pair.answered(pair.ask(100), kSecond));
    pair.wire.run_for(30 * kSecond);
    pair.expect_nobody_gave_up();
    pair.cut = true;
    const Nanos cut_ns = pair.wire.now_ns;
    assert_true(pair.wire.run([&] { return pair.client.events.closed == 1; }, 60 * kSecond));
    assert_in_range(pair.wire.now_ns - cut_ns, 4 * kSecond, 15 * kSecond);
    assert_cause(pair.client.events.info, CloseInfo::Cause::unanswered);
}

void an_idle_connection_outlives_an_outage_of_which_nobody_knows(void**)
{
    CutPair pair;
    pair.cut = true;
    pair.wire.run_for(60 * kSecond);
    pair.cut = false;
    assert_true(pair.answered(pair.ask(100), kSecond));
    pair.expect_nobody_gave_up();
}

void a_handler_may_take_as_long_as_it_likes(void**)
{
    CutPair pair;
    pair.server.events.echo = false;
    const quic::StreamId stream = pair.ask(100);
    pair.wire.run_for(120 * kSecond);
    assert_true(pair.peer().send(stream, SharedBytes::copy(pattern(10)), true).ok());
    assert_true(pair.answered(stream, kSecond));
    pair.expect_nobody_gave_up();
}

void a_server_keeps_an_answer_for_a_client_that_was_away(void**)
{
    CutPair pair;
    pair.server.events.echo = false;
    const quic::StreamId stream = pair.ask(100);
    pair.wire.run_for(kSecond);
    pair.cut = true;
    assert_true(pair.peer().send(stream, SharedBytes::copy(pattern(10)), true).ok());
    pair.wire.run_for(20 * kSecond);
    pair.cut = false;
    assert_true(pair.answered(stream, 5 * kSecond));
    pair.expect_nobody_gave_up();
}

void a_longer_time_allowed_carries_calls_over_a_longer_outage(void**)
{
    for (const Nanos allowed_ns : {20 * kSecond, kNever}) {
        CutPair pair(allowed_ns);
        pair.cut = true;
        const quic::StreamId stream = pair.ask(100);
        pair.wire.run_for(6 * kSecond);
        pair.cut = false;
        assert_true(pair.answered(stream, 5 * kSecond));
        pair.expect_nobody_gave_up();
    }
}

void a_machine_that_slept_asks_again_before_it_gives_up(void**)
{
    CutPair pair;
    pair.cut = true;
    const quic::StreamId stream = pair.ask(100);
    pair.wire.run_for(kSecond);
    pair.cut = false;
    pair.wire.now_ns += 60 * kSecond;
    assert_true(pair.answered(stream, 2 * kSecond));
    pair.expect_nobody_gave_up();
}

void acknowledgements_read_after_a_sleep_do_not_slow_the_connection_down(void**)
{
    CutPair pair(kNever);
    pair.wire.delay_ns = 7 * kSecond;
    for (int i = 0; i < 8; ++i) {
        pair.cut = true;
        pair.ask(100);  // its loss makes ngtcp2 work out its pace anew
        pair.wire.run_for(kMillisecond);
        pair.cut = false;
        assert_true(pair.answered(pair.ask(100), 60 * kSecond));
    }
    pair.wire.delay_ns = kMillisecond;
    pair.wire.run_for(20 * kSecond);
    const Nanos awake_ns = pair.wire.now_ns;
    for (int i = 0; i < 20; ++i) assert_true(pair.answered(pair.ask(1400), 5 * kSecond));
    assert_in_range(pair.wire.now_ns - awake_ns, 0, kSecond);
}

void bulk_over_a_long_path_fills_the_window_and_is_not_given_up(void**)
{
    CutPair pair;
    pair.wire.delay_ns = 600 * kMillisecond;
    const quic::StreamId stream = pair.ask(4 << 20);
    const Nanos asked_ns = pair.wire.now_ns;
    assert_true(pair.answered(stream, 300 * kSecond));
    assert_true(pair.wire.now_ns - asked_ns > 8 * kSecond);
    pair.expect_nobody_gave_up();
}

void a_server_whose_window_is_full_of_losses_gives_up_without_being_asked(void**)
{
    CutPair pair;
    pair.server.events.echo = false;
    const quic::StreamId stream = pair.ask(100);
    pair.wire.run_for(kSecond);
    pair.cut = true;
    assert_true(pair.peer().send(stream, SharedBytes::copy(pattern(1 << 20)), true).ok());
    const Nanos sent_ns = pair.wire.now_ns;
    assert_true(pair.wire.run([&] { return pair.server.events.closed == 1; }));
    assert_in_range(pair.wire.now_ns - sent_ns, 3 * kSecond, 5 * kSecond);
    assert_cause(pair.server.events.info, CloseInfo::Cause::unanswered);
    assert_int_equal(pair.server.endpoint->stats().unanswered, 1);
}

// The reason for watching the window at all. When this fails ngtcp2 lets probes through often enough:
// then ConnectionImpl::watch_answers() need not look at the room any more.
void ngtcp2_still_asks_ever_more_rarely_when_its_window_is_full(void**)
{
    CutPair pair(kNever);
    pair.cut = true;
    pair.ask(1 << 20);
    pair.wire.run_for(30 * kSecond);
    const uint64_t before = pair.from_client;
    pair.wire.run_for(10 * kSecond);
    // Five PINGs were asked for, and four pairs of probes would be due if they were two seconds apart.
    assert_in_range(pair.from_client - before, 0, 2);
    pair.expect_nobody_gave_up();
}

void looks_are_counted_and_not_time(void**)
{
    using Watch = quic::AnswerWatch;
    Watch off(kNever);
    assert_false(off.wanted());
    Watch watch(4 * kSecond);
    assert_true(watch.wanted());
    watch.begin(10 * kSecond, 7);
    assert_false(watch.wanted());
    assert_int_equal(watch.due_ns(), 11 * kSecond);
    Nanos now_ns = 500 * kSecond;
    for (int i = 1; i < 4; ++i, now_ns += kSecond) {
        assert_true(watch.look(now_ns, {true, true, 7}) == Watch::Verdict::answered);
    }
    assert_true(watch.look(now_ns, {true, true, 8}) == Watch::Verdict::answered);
    for (int i = 1; i < 4; ++i) {
        assert_true(watch.look(now_ns, {true, false, 8}) == Watch::Verdict::answered);
    }
    // Room was made in between: only the silence counts on.
    watch.made_room();
    assert_true(watch.look(now_ns, {true, false, 8}) == Watch::Verdict::silent);
    watch.begin(now_ns, 8);
    for (uint64_t i = 1; i < 4; ++i) {
        assert_true(watch.look(now_ns, {true, false, 8 + i}) == Watch::Verdict::answered);
    }
    assert_true(watch.look(now_ns, {true, false, 20}) == Watch::Verdict::full);
    // Nothing on its way: nobody looks until there is.
    assert_true(watch.look(now_ns, {false, true, 20}) == Watch::Verdict::answered);
    assert_true(watch.wanted());
    assert_int_equal(watch.due_ns(), kNever);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_call_to_a_silent_peer_ends_its_connection_within_the_time_allowed),
        cmocka_unit_test(a_keep_alive_that_nobody_answers_ends_the_connection),
        cmocka_unit_test(an_idle_connection_outlives_an_outage_of_which_nobody_knows),
        cmocka_unit_test(a_handler_may_take_as_long_as_it_likes),
        cmocka_unit_test(a_server_keeps_an_answer_for_a_client_that_was_away),
        cmocka_unit_test(a_longer_time_allowed_carries_calls_over_a_longer_outage),
        cmocka_unit_test(a_machine_that_slept_asks_again_before_it_gives_up),
        cmocka_unit_test(acknowledgements_read_after_a_sleep_do_not_slow_the_connection_down),
        cmocka_unit_test(bulk_over_a_long_path_fills_the_window_and_is_not_given_up),
        cmocka_unit_test(a_server_whose_window_is_full_of_losses_gives_up_without_being_asked),
        cmocka_unit_test(ngtcp2_still_asks_ever_more_rarely_when_its_window_is_full),
        cmocka_unit_test(looks_are_counted_and_not_time),
    };
    return cmocka_run_group_tests_name("quic_answer", tests, nullptr, nullptr);
}
