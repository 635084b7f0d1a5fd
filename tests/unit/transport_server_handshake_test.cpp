// The server's side of a handshake: who is admitted, in which form the others are refused
// (spec/transport.md 3.5), and whose connection it is afterwards.
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

void published_request_gets_the_published_answer(void**)
{
    ServerRig rig;
    rig.clock.now.unix_ms = 1'700'000'001'234;
    FakeConnection& connection = *rig.accept();
    auto bytes = codec::hex_decode(
        "01000000b494d930354366437234375635447465366277784e4245384b396f4e"
        "6e5164396669617936614445456b67597446763777344671ce6553f100d92030"
        "30303130323033303430353036303730383039306130623063306430653066d9"
        "5849474a2b2f3075685a697a36344746746d3771644a54503458526169636c7a"
        "4b3235486a67674b71396e383338366976656144546d4867543970724c59786a"
        "55714d4b7743347772657149706f7a563073557a716a673d3d");
    quic::StreamId stream = rig.send(connection, *bytes);
    assert_string_equal(codec::hex_encode(connection.streams[stream].sent).c_str(),
                        "020000010696d930354363797178586e4a756361436e5151767655673545507a"
                        "6a31756f4e417841435a767a417248773561564476674e48ce6553f101d9586c"
                        "726d69514e3043326c4a2b647370485a6a735762367072613963395065722f73"
                        "3043786c3167597830665a3938576839685131664e6a72526b746d47546b4149"
                        "426a3239467a496b7172727277525a3950483669413d3dc3d943636f6e6e5f35"
                        "4366437234375635447465366277784e4245384b396f4e6e5164396669617936"
                        "614445456b675974467637773446715f31373030303030303031323334d92c35"
                        "4e5a56306170334e784c6b352b566c666f5578557958494d6561304d65696164"
                        "385263634735694837633d");
    assert_true(connection.streams[stream].fin);
    assert_int_equal(rig.events.authenticated.size(), 1);
    assert_true(rig.events.authenticated[0].key == rig.validator.public_key());
    assert_int_equal(rig.core->stats().clock_offset_ms_last, -1000);
    // The limits went up before the answer, and the short life is over.
    assert_true(connection.raised.has_value());
    assert_int_equal(connection.raised->streams_open_max, 128);
    assert_true(connection.deadline_ns == kNever);
}

void undecodable_request_is_refused_anonymously(void**)
{
    for (Bytes payload : {Bytes{0xc1}, Bytes{}, Bytes{0x93, 0xa0, 0x00, 0xa0}}) {
        ServerRig rig;
        FakeConnection& connection = *rig.accept();
        quic::StreamId stream = rig.send(connection, frame(FrameType::handshake_request, payload));
        assert_true(connection.streams[stream].sent.empty());
        rig.wait(kDelay);
        // The published frame, but for the time.
        assert_string_equal(codec::hex_encode(connection.streams[stream].sent).c_str(),
                            "020000000b96a0ce6553f100a0c2a0c0");
        assert_false(connection.is_closing);
        assert_int_equal(rig.core->stats().refused_malformed, 1);
    }
}

void every_refusable_request_gets_the_same_identified_form(void**)
{
    using Stats = transport::ServerStats;
    struct Row {
        std::function<void(ServerRig&, codec::HandshakeRequest&)> change;
        uint64_t Stats::*counter;
    };
    const Row rows[] = {
        // Age: inclusive limit.
        {[](ServerRig& rig, codec::HandshakeRequest& r) {
             r.timestamp_s -= 300;
             rig.sign(r, rig.validator);
         },
         &Stats::refused_clock},
        // Future: exclusive limit.
        {[](ServerRig& rig, codec::HandshakeRequest& r) {
             r.timestamp_s += 61;
             rig.sign(r, rig.validator);
         },
         &Stats::refused_clock},
        {[](ServerRig& rig, codec::HandshakeRequest& r) {
             r.timestamp_s = UINT64_MAX;
             rig.sign(r, rig.validator);
         },
         &Stats::refused_clock},
        {[](ServerRig& rig, codec::HandshakeRequest& r) {
             r.nonce[3] = 'g';
             rig.sign(r, rig.validator);
         },
         &Stats::refused_nonce},
        {[](ServerRig&, codec::HandshakeRequest& r) { r.nonce.clear(); }, &Stats::refused_nonce},
        {[](ServerRig&, codec::HandshakeRequest& r) { r.validator_hotkey.back() = 'z'; },
         &Stats::refused_malformed},
        {[](ServerRig&, codec::HandshakeRequest& r) { r.validator_hotkey.clear(); },
         &Stats::refused_malformed},
        {[](ServerRig& rig, codec::HandshakeRequest& r) {
             // Prefix 0 of the same key: an alias, refused by default (upstream-S10).
             r.validator_hotkey = codec::ss58_encode(rig.validator.public_key(), 0);
             rig.sign(r, rig.validator);
         },
         &Stats::refused_malformed},
        {[](ServerRig&, codec::HandshakeRequest& r) { r.signature.pop_back(); },
         &Stats::refused_malformed},
        {[](ServerRig&, codec::HandshakeRequest& r) {
             r.signature = codec::base64_encode(Bytes(63, 1));
         },
         &Stats::refused_malformed},
        {[](ServerRig& rig, codec::HandshakeRequest& r) { rig.sign(r, rig.own); },
         &Stats::refused_signature},
        {[](ServerRig&, codec::HandshakeRequest& r) { ++r.timestamp_s; },
         &Stats::refused_signature},
        {[](ServerRig&, codec::HandshakeRequest& r) {
             // The identity point verifies any signature by the bare equation (upstream-S16).
             r.validator_hotkey = codec::ss58_encode(crypto::PublicKey{});
             Bytes forged(64, 0);
             forged[63] = 0x80;
             r.signature = codec::base64_encode(forged);
         },
         &Stats::refused_signature},
    };
    for (const Row& row : rows) {
        ServerRig rig;
        FakeConnection& connection = *rig.accept();
        auto request = rig.request_by(rig.validator);
        row.change(rig, request);
        quic::StreamId stream = rig.send_request(connection, request);
        assert_refused(rig, connection, stream);
        assert_int_equal(rig.core->stats().*row.counter, 1);
        assert_int_equal(rig.core->stats().authenticated, 0);
        assert_int_equal(rig.events.questions.size(), 0);
        // The same connection may try again.
        rig.send_request(connection, rig.request_by(rig.validator));
        assert_int_equal(rig.core->stats().authenticated, 1);
    }
}

void both_ends_of_the_clock_window_are_admitted(void**)
{
    for (int64_t offset : {int64_t{-299}, int64_t{60}}) {
        ServerRig rig;
        FakeConnection& connection = *rig.accept();
        auto request = rig.request_by(rig.validator);
        request.timestamp_s = static_cast<uint64_t>(1'700'000'000 + offset);
        rig.sign(request, rig.validator);
        quic::StreamId stream = rig.send_request(connection, request);
        assert_true(rig.response_on(connection, stream).accepted);
        assert_int_equal(rig.core->stats().clock_offset_ms_last, offset * 1000);
    }
}

void other_prefix_is_admitted_with_the_option_as_the_same_key(void**)
{
    transport::ServerConfig config;
    config.ss58 = codec::Ss58Policy::any_prefix;
    ServerRig rig(config);
    FakeConnection& first = *rig.join();
    FakeConnection& second = *rig.accept(ServerRig::from(2));
    auto request = rig.request_by(rig.validator);
    request.validator_hotkey = codec::ss58_encode(rig.validator.public_key(), 0);
    rig.sign(request, rig.validator);
    quic::StreamId stream = rig.send_request(second, request);
    assert_true(rig.response_on(second, stream).accepted);
    assert_int_equal(rig.core->stats().authenticated, 1);
    assert_string_equal(first.close_reason.c_str(), "replaced");
    // Text as received is kept beside the key.
    assert_string_equal(rig.core->peers().at(0).hotkey_text.c_str(),
                        request.validator_hotkey.c_str());
}

void replayed_request_is_refused_on_any_connection(void**)
{
    ServerRig rig;
    FakeConnection& first = *rig.accept();
    auto request = rig.request_by(rig.validator);
    rig.send_request(first, request);
    assert_int_equal(rig.core->stats().authenticated, 1);
    assert_int_equal(rig.core->stats().nonces, 1);
    FakeConnection& thief = *rig.accept(ServerRig::from(9));
    quic::StreamId stream = rig.send_request(thief, request);
    assert_refused(rig, thief, stream);
    assert_int_equal(rig.core->stats().refused_nonce, 1);
    // Neither did it disturb the owner.
    assert_false(first.is_closing);
}

void wrong_signature_burns_no_nonce(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.accept();
    auto request = rig.request_by(rig.validator);
    auto forged = request;
    rig.sign(forged, key_of(9));
    rig.send_request(connection, forged);
    assert_int_equal(rig.core->stats().nonces, 0);
    quic::StreamId stream = rig.send_request(connection, request);
    assert_true(rig.response_on(connection, stream).accepted);
}

void full_replay_set_refuses_and_forgets_later(void**)
{
    transport::ServerConfig config;
    config.nonce_entries_max = 2;
    ServerRig rig(config);
    FakeConnection& connection = *rig.join();
    rig.send_request(connection, rig.request_by(rig.validator));
    quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
    assert_refused(rig, connection, stream);
    assert_int_equal(rig.core->stats().refused_capacity, 1);
    // Housekeeping gives the places back without any handshake.
    for (int i = 0; i < 8; ++i) rig.wait(60 * kSecond);
    assert_int_equal(rig.core->stats().nonces, 0);
}

void source_budget_refuses_anonymously(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.accept();
    for (int i = 0; i < 30; ++i) {
        auto request = rig.request_by(rig.validator);
        rig.sign(request, rig.own);
        rig.send_request(connection, request);
        rig.wait(0);
    }
    rig.wait(kDelay);
    assert_int_equal(rig.core->stats().refused_signature, 30);
    quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
    assert_true(connection.streams[stream].sent.empty());
    rig.wait(kDelay);
    assert_string_equal(rig.response_on(connection, stream).miner_hotkey.c_str(), "");
    assert_int_equal(rig.core->stats().refused_rate, 1);
    // Another port of the host is the same source, another host is not.
    FakeConnection& sibling = *rig.accept(ServerRig::from(1, 5000));
    stream = rig.send_request(sibling, rig.request_by(rig.validator));
    rig.wait(kDelay);
    assert_false(rig.response_on(sibling, stream).accepted);
    FakeConnection& other = *rig.accept(ServerRig::from(2));
    stream = rig.send_request(other, rig.request_by(rig.validator));
    assert_true(rig.response_on(other, stream).accepted);
}

void malformed_requests_spend_the_source_budget(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.accept();
    for (int i = 0; i < 30; ++i) {
        rig.send(connection, frame(FrameType::handshake_request, Bytes{0xc1}));
    }
    quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
    rig.wait(kDelay);
    assert_false(rig.response_on(connection, stream).accepted);
    assert_int_equal(rig.core->stats().refused_malformed, 30);
    assert_int_equal(rig.core->stats().refused_rate, 1);
}

void stranger_cannot_spend_a_hotkeys_budget(void**)
{
    transport::ServerConfig config;
    config.hotkey_attempts_per_minute_max = 2;
    ServerRig rig(config);
    // Forged requests in the validator's name, from many hosts.
    for (uint8_t host = 10; host < 40; ++host) {
        FakeConnection& connection = *rig.accept(ServerRig::from(host));
        auto request = rig.request_by(rig.validator);
        rig.sign(request, rig.own);
        rig.send_request(connection, request);
        rig.wait(0);
    }
    FakeConnection& connection = *rig.join();
    assert_int_equal(rig.core->stats().authenticated, 1);
    rig.send_request(connection, rig.request_by(rig.validator));
    quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
    assert_refused(rig, connection, stream);
    assert_int_equal(rig.core->stats().refused_hotkey_rate, 1);
}

// Clients behind one address that all dial at once, on a machine too slow to verify one before the next
// comes: as many as the option allows are served, and only those beyond refused.
void all_that_one_source_may_bring_at_once_are_verified(void**)
{
    transport::ServerConfig config;
    config.unauthenticated_per_source_max = 40;
    config.handshake_attempts_per_minute_max = 1000;
    ServerRig rig(config);
    std::vector<FakeConnection*> peers;
    for (uint8_t i = 0; i < 40; ++i) peers.push_back(rig.accept(ServerRig::from(1, 4000 + i)));
    for (uint8_t i = 0; i < 40; ++i) {
        Bytes payload;
        codec::encode(rig.request_by(key_of(static_cast<uint8_t>(10 + i))), payload);
        rig.link.endpoint->data(*peers[i], 0, frame(codec::FrameType::handshake_request, payload),
                                true);
    }
    for (int turns = 0; turns < 4; ++turns) rig.wait(kMillisecond);
    assert_int_equal(rig.core->stats().refused_capacity, 0);
    for (FakeConnection* peer : peers) assert_true(rig.response_on(*peer, 0).accepted);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(published_request_gets_the_published_answer),
        cmocka_unit_test(undecodable_request_is_refused_anonymously),
        cmocka_unit_test(every_refusable_request_gets_the_same_identified_form),
        cmocka_unit_test(both_ends_of_the_clock_window_are_admitted),
        cmocka_unit_test(other_prefix_is_admitted_with_the_option_as_the_same_key),
        cmocka_unit_test(replayed_request_is_refused_on_any_connection),
        cmocka_unit_test(wrong_signature_burns_no_nonce),
        cmocka_unit_test(full_replay_set_refuses_and_forgets_later),
        cmocka_unit_test(source_budget_refuses_anonymously),
        cmocka_unit_test(malformed_requests_spend_the_source_budget),
        cmocka_unit_test(stranger_cannot_spend_a_hotkeys_budget),
        cmocka_unit_test(all_that_one_source_may_bring_at_once_are_verified),
    };
    return cmocka_run_group_tests_name("transport_server_handshake", tests, nullptr, nullptr);
}
