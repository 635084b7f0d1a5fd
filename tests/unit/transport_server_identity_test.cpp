// Whose connection it is after a handshake, and what our own signer can do to it.
#include "support/server_refusal.h"

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
using codec::FrameType;

void later_answer_of_the_signer_is_used_once(void**)
{
    ServerRig rig;
    rig.events.signer = Signer::silent;
    FakeConnection& connection = *rig.accept();
    quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
    rig.wait(3 * kSecond);
    SignQuestion question = rig.events.questions.at(0);
    Bytes signature = sign_with(rig.own, question.message);
    assert_true(rig.core->sign_done(question.id, signature, rig.clock.now).ok());
    assert_false(rig.core->sign_done(question.id, signature, rig.clock.now).ok());
    auto response = rig.response_on(connection, stream);
    assert_true(response.accepted);
    // What was signed is the time it was asked at.
    assert_int_equal(response.timestamp_s, 1'700'000'000);
    assert_string_equal(response.connection_id.c_str(),
                        ("conn_" + hotkey_of(rig.validator).text + "_1700000003000").c_str());
}

void silent_signer_is_refused_at_its_deadline_and_its_late_answer_ignored(void**)
{
    transport::ServerConfig config;
    config.signer_timeout_ns = 4 * kSecond;
    ServerRig rig(config);
    rig.events.signer = Signer::silent;
    FakeConnection& connection = *rig.accept();
    quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
    rig.wait(4 * kSecond - 1);
    assert_true(connection.streams[stream].sent.empty());
    rig.wait(1);
    assert_false(rig.response_on(connection, stream).accepted);
    assert_string_equal(rig.response_on(connection, stream).miner_hotkey.c_str(),
                        own_hotkey(rig).c_str());
    // The time in the refusal is the one taken for the answer.
    assert_int_equal(rig.response_on(connection, stream).timestamp_s, 1'700'000'000);
    assert_int_equal(rig.events.sign_cancelled.size(), 1);
    SignQuestion question = rig.events.questions.at(0);
    Error late =
        rig.core->sign_done(question.id, sign_with(rig.own, question.message), rig.clock.now);
    assert_int_equal(static_cast<int>(late.code), static_cast<int>(Code::wrong_state));
    assert_int_equal(rig.core->stats().authenticated, 0);
}

void connection_that_dies_while_the_signer_thinks_leaves_no_record(void**)
{
    ServerRig rig;
    rig.events.signer = Signer::silent;
    FakeConnection& connection = *rig.accept();
    rig.send_request(connection, rig.request_by(rig.validator));
    SignQuestion question = rig.events.questions.at(0);
    // Closing, but not gone yet: the answer must not enter it (upstream-S7).
    rig.link.endpoint->lose(connection, quic::CloseInfo::Cause::peer_application);
    Error error =
        rig.core->sign_done(question.id, sign_with(rig.own, question.message), rig.clock.now);
    assert_true(error.ok());
    assert_int_equal(rig.core->stats().authenticated, 0);
    rig.turn();
    assert_int_equal(rig.core->stats().connections, 0);

    FakeConnection& second = *rig.accept();
    rig.send_request(second, rig.request_by(rig.validator));
    rig.link.endpoint->lose(second, quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    assert_int_equal(rig.events.sign_cancelled.size(), 1);
    assert_int_equal(rig.core->stats().connections, 0);
}

void newer_connection_of_a_hotkey_replaces_the_older(void**)
{
    ServerRig rig;
    rig.events.echo = false;
    FakeConnection& old = *rig.join();
    rig.send(old, rig.packet("slow"));
    uint64_t request = rig.events.requests.at(0).id;
    FakeConnection& fresh = *rig.join(rig.validator, ServerRig::from(2));
    assert_true(old.is_closing);
    assert_string_equal(old.close_reason.c_str(), "replaced");
    assert_false(fresh.is_closing);
    assert_int_equal(rig.core->stats().replaced, 1);
    assert_int_equal(rig.core->stats().authenticated, 1);
    assert_int_equal(rig.events.cancelled[request].size(), 1);
    assert_int_equal(rig.events.gone.size(), 1);
    rig.turn();
    rig.wait(0);
    // The end of the old one takes nothing away from the new one.
    assert_int_equal(rig.core->stats().authenticated, 1);
    rig.send(fresh, rig.packet("slow"));
    assert_int_equal(rig.events.requests.size(), 2);
}

void second_hotkey_on_a_connection_replaces_the_first(void**)
{
    ServerRig rig;
    crypto::KeyPair other = key_of(9);
    FakeConnection& connection = *rig.join();
    quic::StreamId stream = rig.send_request(connection, rig.request_by(other));
    assert_true(rig.response_on(connection, stream).accepted);
    assert_int_equal(rig.core->stats().authenticated, 1);
    assert_true(rig.core->peers().at(0).key == other.public_key());
    assert_int_equal(rig.events.gone.size(), 1);
    rig.send(connection, rig.packet("echo"));
    assert_true(rig.events.requests.at(0).peer == other.public_key());
    rig.link.endpoint->lose(connection, quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    assert_int_equal(rig.core->stats().authenticated, 0);
}

void repeat_by_the_same_hotkey_refreshes(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.join();
    rig.wait(kSecond);
    quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
    auto response = rig.response_on(connection, stream);
    assert_true(response.accepted);
    assert_string_equal(response.connection_id.c_str(),
                        ("conn_" + hotkey_of(rig.validator).text + "_1700000001000").c_str());
    assert_int_equal(rig.core->stats().authenticated, 1);
    assert_int_equal(rig.events.gone.size(), 0);
    assert_int_equal(rig.events.authenticated.size(), 2);
    assert_false(connection.is_closing);
}

void full_house_refuses_new_hotkeys_but_not_known_ones(void**)
{
    transport::ServerConfig config;
    config.connections_max = 1;
    ServerRig rig(config);
    // Both connections are open before the house is full.
    FakeConnection& first = *rig.accept(ServerRig::from(1));
    FakeConnection& second = *rig.accept(ServerRig::from(2));
    FakeConnection& third = *rig.accept(ServerRig::from(3));
    rig.send_request(first, rig.request_by(rig.validator));
    quic::StreamId stream = rig.send_request(second, rig.request_by(key_of(9)));
    assert_refused(rig, second, stream);
    assert_int_equal(rig.core->stats().refused_capacity, 1);
    // No signature was spent on it.
    assert_int_equal(rig.events.questions.size(), 1);
    stream = rig.send_request(third, rig.request_by(rig.validator));
    assert_true(rig.response_on(third, stream).accepted);
    assert_string_equal(first.close_reason.c_str(), "replaced");
    // The door stays open, so that a peer comes back from whatever port or address it has now.
    FakeConnection* moved = rig.join(rig.validator, ServerRig::from(4, 999));
    assert_non_null(moved);
    assert_string_equal(third.close_reason.c_str(), "replaced");
    assert_int_equal(rig.core->stats().authenticated, 1);
}

void signatures_are_checked_a_few_per_turn(void**)
{
    transport::ServerConfig config;
    config.verifications_per_turn_max = 2;
    ServerRig rig(config);
    FakeConnection& connection = *rig.accept();
    for (int i = 0; i < 5; ++i) {
        Bytes payload;
        codec::encode(rig.request_by(rig.validator), payload);
        rig.link.endpoint->data(connection, 4 * i, frame(FrameType::handshake_request, payload),
                                true);
    }
    rig.turn();
    assert_int_equal(rig.core->stats().handshakes_ok, 2);
    assert_true(rig.core->wants_flush());
    rig.core->flush(rig.sink, rig.clock.now);
    assert_true(rig.core->next_expiry_ns() == 0);
    rig.core->handle_expiry(rig.clock.now);
    assert_int_equal(rig.core->stats().handshakes_ok, 4);
    rig.core->flush(rig.sink, rig.clock.now);
    rig.core->handle_expiry(rig.clock.now);
    assert_int_equal(rig.core->stats().handshakes_ok, 5);
    assert_false(rig.core->wants_flush());
}

void bad_signers_refuse_and_stay_silent_about_it(void**)
{
    for (Signer mode : {Signer::fails, Signer::lies, Signer::short_answer}) {
        ServerRig rig;
        rig.events.signer = mode;
        FakeConnection& connection = *rig.accept();
        quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
        assert_refused(rig, connection, stream);
        assert_int_equal(rig.core->stats().refused_signer, 1);
        assert_int_equal(rig.core->stats().authenticated, 0);
        assert_false(connection.raised.has_value());
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(bad_signers_refuse_and_stay_silent_about_it),
        cmocka_unit_test(silent_signer_is_refused_at_its_deadline_and_its_late_answer_ignored),
        cmocka_unit_test(later_answer_of_the_signer_is_used_once),
        cmocka_unit_test(connection_that_dies_while_the_signer_thinks_leaves_no_record),
        cmocka_unit_test(newer_connection_of_a_hotkey_replaces_the_older),
        cmocka_unit_test(second_hotkey_on_a_connection_replaces_the_first),
        cmocka_unit_test(repeat_by_the_same_hotkey_refreshes),
        cmocka_unit_test(full_house_refuses_new_hotkeys_but_not_known_ones),
        cmocka_unit_test(signatures_are_checked_a_few_per_turn),
    };
    return cmocka_run_group_tests_name("transport_server_identity", tests, nullptr, nullptr);
}
