// A core whose admission desk is another loop's: its answers come late, or for nobody any more.
#include "support/server_refusal.h"
#include "transport/admission_desk.h"

namespace {

using namespace ltn;
using namespace ltn::test;
using namespace ltn::transport;

struct FarRig : ServerRig {
    CountingRandom desk_random;
    AdmissionDesk desk;
    size_t carried = 0;

    static ServerConfig config()
    {
        ServerConfig config;
        config.desk_elsewhere = true;
        config.quic.loop_index = 3;
        config.handshake_timeout_ns = 5 * kSecond;
        return config;
    }
    FarRig() : ServerRig(config()), desk(ServerConfig(), desk_random, clock.now) {}

    // Carries what was said so far to the desk, and its answers back unless told to keep them.
    std::vector<DeskReply> exchange(bool deliver = true)
    {
        std::vector<DeskReply> replies;
        for (; carried < events.to_desk.size(); ++carried) {
            desk.take(events.to_desk[carried], clock.now);
        }
        DeskReply reply;
        while (desk.next_reply(reply)) replies.push_back(reply);
        if (deliver) {
            for (const DeskReply& one : replies) core->desk_reply(one, clock.now);
        }
        return replies;
    }
    void settle()
    {
        while (carried < events.to_desk.size()) (void)exchange();
    }
};

void late_answers_admit_like_early_ones(void**)
{
    FarRig rig;
    FakeConnection& connection = *rig.accept();
    quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
    assert_true(connection.streams[stream].sent.empty());
    assert_int_equal(rig.events.questions.size(), 0);
    rig.wait(kSecond);
    rig.exchange();  // admitted: the signature is checked, and the desk asked again
    assert_int_equal(rig.events.questions.size(), 0);
    rig.wait(kSecond);
    rig.settle();
    assert_true(rig.response_on(connection, stream).accepted);
    assert_int_equal(rig.core->stats().authenticated, 1);
    assert_int_equal(rig.desk.peers(), 1);
    assert_int_equal(rig.desk.nonces(), 1);
    rig.link.endpoint->lose(connection, quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    rig.settle();
    assert_int_equal(rig.desk.peers(), 0);
}

void connection_that_died_before_the_answer_leaves_no_place_taken(void**)
{
    FarRig rig;
    FakeConnection& connection = *rig.accept();
    rig.send_request(connection, rig.request_by(rig.validator));
    rig.exchange();
    auto replies = rig.exchange(false);
    assert_int_equal(rig.desk.peers(), 1);
    rig.link.endpoint->lose(connection, quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    for (const DeskReply& reply : replies) rig.core->desk_reply(reply, rig.clock.now);
    rig.settle();
    assert_int_equal(rig.desk.peers(), 0);
    assert_int_equal(rig.events.questions.size(), 0);
    // The nonce stays used all the same.
    assert_int_equal(rig.desk.nonces(), 1);
}

void silent_desk_is_a_refusal_in_time(void**)
{
    FarRig rig;
    FakeConnection& connection = *rig.accept();
    quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
    rig.wait(5 * kSecond);
    assert_false(rig.response_on(connection, stream).accepted);
    assert_string_equal(rig.response_on(connection, stream).miner_hotkey.c_str(),
                        own_hotkey(rig).c_str());
    assert_int_equal(rig.core->stats().refused_capacity, 1);
    rig.settle();
    assert_int_equal(rig.desk.peers(), 0);
}

void failed_signer_gives_its_place_back(void**)
{
    FarRig rig;
    rig.events.signer = Signer::fails;
    FakeConnection& connection = *rig.accept();
    rig.send_request(connection, rig.request_by(rig.validator));
    rig.settle();
    assert_int_equal(rig.core->stats().refused_signer, 1);
    assert_int_equal(rig.desk.peers(), 0);
}

void order_to_close_reaches_the_connection_it_means_only(void**)
{
    FarRig rig;
    FakeConnection& connection = *rig.accept();
    rig.send_request(connection, rig.request_by(rig.validator));
    rig.settle();
    const auto entered = std::get<Entered>(rig.events.to_desk.back());
    // An order by an older handshake is obsolete: a newer one has succeeded meanwhile.
    rig.send_request(connection, rig.request_by(rig.validator));
    rig.core->desk_reply(CloseOrder{entered.seat, entered.attempt, kReplaced}, rig.clock.now);
    rig.settle();
    rig.core->desk_reply(CloseOrder{entered.seat, entered.attempt, kReplaced}, rig.clock.now);
    // The first order came before the second handshake was through.
    assert_true(connection.is_closing);
    assert_string_equal(connection.close_reason.c_str(), "replaced");

    FakeConnection& second = *rig.accept();
    rig.send_request(second, rig.request_by(rig.validator));
    rig.settle();
    const auto first = std::get<Entered>(rig.events.to_desk.back());
    rig.send_request(second, rig.request_by(rig.validator));
    rig.settle();
    rig.core->desk_reply(CloseOrder{first.seat, first.attempt, kReplaced}, rig.clock.now);
    assert_false(second.is_closing);
}

void desks_core_answers_other_loops_and_keeps_to_itself_what_is_its_own(void**)
{
    ServerRig rig;
    rig.join();
    rig.events.from_desk.clear();
    Accepted accepted{{2, 1}, ServerRig::from(2), Lane::unknown};
    rig.core->desk_message(accepted, rig.clock.now);
    Proved proved;
    proved.seat = {2, 1};
    proved.attempt = 5;
    proved.key = rig.validator.public_key();
    proved.nonce.fill('7');
    proved.timestamp_s = rig.clock.now.unix_s();
    rig.core->desk_message(proved, rig.clock.now);
    assert_int_equal(rig.events.from_desk.size(), 1);
    const auto ruling = std::get<Ruling>(rig.events.from_desk[0]);
    assert_int_equal(loop_of(rig.events.from_desk[0]), 2);
    assert_false(ruling.refusal.has_value());
    // The hotkey's connection here is closed when the other loop has entered it.
    FakeConnection& here = rig.link.endpoint->last();
    rig.core->desk_message(
        Entered{{2, 1}, 5, proved.key, ServerRig::from(2), true, true, Lane::unknown},
        rig.clock.now);
    assert_true(here.is_closing);
    assert_string_equal(here.close_reason.c_str(), "replaced");
    assert_int_equal(rig.core->stats().replaced, 1);
    // A new list of sources goes to every loop.
    rig.core->set_sources({}, rig.clock.now);
    assert_int_equal(loop_of(rig.events.from_desk.back()), kEveryLoop);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(late_answers_admit_like_early_ones),
        cmocka_unit_test(connection_that_died_before_the_answer_leaves_no_place_taken),
        cmocka_unit_test(silent_desk_is_a_refusal_in_time),
        cmocka_unit_test(failed_signer_gives_its_place_back),
        cmocka_unit_test(order_to_close_reaches_the_connection_it_means_only),
        cmocka_unit_test(desks_core_answers_other_loops_and_keeps_to_itself_what_is_its_own),
    };
    return cmocka_run_group_tests_name("transport_server_far_desk", tests, nullptr, nullptr);
}
