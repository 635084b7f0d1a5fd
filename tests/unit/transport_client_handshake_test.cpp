// The client's side of a handshake: what it sends, and every reason for which it does not believe
// the answer (spec/transport.md 3.7).
#include "support/client_rig.h"

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

void assert_failed(ClientRig& rig, uint64_t id, Code code, const char* display)
{
    assert_string_equal(rig.outcome(id).error.display().c_str(), display);
    assert_int_equal(static_cast<int>(rig.outcome(id).error.code), static_cast<int>(code));
}

void request_matches_the_published_bytes(void**)
{
    ClientRig rig;
    rig.call();
    rig.turn();
    FakeStream& stream = rig.conn().streams[0];
    assert_string_equal(codec::hex_encode(stream.sent).c_str(),
                        "01000000b494d930354366437234375635447465366277784e4245384b396f4e"
                        "6e5164396669617936614445456b67597446763777344671ce6553f100d92030"
                        "30303130323033303430353036303730383039306130623063306430653066d9"
                        "5849474a2b2f3075685a697a36344746746d3771644a54503458526169636c7a"
                        "4b3235486a67674b71396e383338366976656144546d4867543970724c59786a"
                        "55714d4b7743347772657149706f7a563073557a716a673d3d");
    assert_true(stream.fin);
    assert_int_equal(stream.chunks, 1);
}

void published_answer_authenticates_and_the_call_follows(void**)
{
    ClientRig rig;
    uint64_t id = rig.call();
    rig.turn();
    rig.clock.advance(kSecond);
    auto answer = codec::hex_decode(
        "020000010696d930354363797178586e4a756361436e5151767655673545507a"
        "6a31756f4e417841435a767a417248773561564476674e48ce6553f101d9586c"
        "726d69514e3043326c4a2b647370485a6a735762367072613963395065722f73"
        "3043786c3167597830665a3938576839685131664e6a72526b746d47546b4149"
        "426a3239467a496b7172727277525a3950483669413d3dc3d943636f6e6e5f35"
        "4366437234375635447465366277784e4245384b396f4e6e5164396669617936"
        "614445456b675974467637773446715f31373030303030303031323334d92c35"
        "4e5a56306170334e784c6b352b566c666f5578557958494d6561304d65696164"
        "385263634735694837633d");
    rig.reply(0, *answer);
    if (!rig.open(id)) fail_msg("%s", rig.outcome(id).error.display().c_str());
    assert_int_equal(rig.events.connected, 1);
    assert_int_equal(rig.newest(), 4);
    assert_true(rig.open(id));
    rig.reply(4, rig.success());
    assert_true(rig.outcome(id).error.ok());
    assert_int_equal(rig.core->peers().size(), 1);
    assert_int_equal(rig.core->peers()[0].clock_offset_ms, 0);
    assert_true(rig.core->peers()[0].key == rig.miner.public_key());
}

void answer_in_single_bytes_is_the_same_answer(void**)
{
    ClientRig rig;
    rig.call();
    rig.turn();
    Bytes payload;
    codec::encode(rig.honest(0), payload);
    Bytes bytes = frame(FrameType::handshake_response, payload);
    for (size_t i = 0; i < bytes.size(); ++i) {
        assert_int_equal(rig.events.connected, 0);
        rig.reply(0, ByteView(bytes).subspan(i, 1), false);
    }
    assert_int_equal(rig.events.connected, 1);
    // No FIN was needed, and the rest of the stream is not waited for.
    assert_true(rig.conn().streams[0].stopped);
    assert_int_equal(rig.conn().streams[0].consumed, bytes.size());
}

// One row of 3.7: what is changed in an honest answer, and what the caller reads.
struct Row {
    std::function<void(ClientRig&, codec::HandshakeResponse&)> change;
    Code code;
    const char* display;
};

void every_wrong_answer_has_its_text(void**)
{
    const Row rows[] = {
        {[](ClientRig&, codec::HandshakeResponse& r) { r.accepted = false; },
         Code::handshake_rejected, "handshake error: Handshake rejected by miner"},
        {[](ClientRig&, codec::HandshakeResponse& r) {
             r.miner_hotkey = hotkey_of(key_of(7)).text;
         },
         Code::hotkey_mismatch,
         "handshake error: Miner hotkey mismatch: expected "
         "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH, got "
         "5EsNLFaGe9XK5LzWH3i6eC2Wqv6YqZS1442N1C4yeSdP6uxy"},
        {[](ClientRig&, codec::HandshakeResponse& r) { r.miner_hotkey = "not a \x01key"; },
         Code::hotkey_mismatch,
         "handshake error: Miner hotkey mismatch: expected "
         "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH, got not a ?key"},
        {[](ClientRig&, codec::HandshakeResponse& r) { r.cert_fingerprint.reset(); },
         Code::fingerprint_mismatch,
         "handshake error: Miner handshake response omitted required cert fingerprint"},
        {[](ClientRig&, codec::HandshakeResponse& r) {
             r.cert_fingerprint = codec::base64_encode(Bytes(32, 9));
         },
         Code::fingerprint_mismatch,
         "handshake error: Cert fingerprint mismatch between TLS session and handshake response"},
        {[](ClientRig&, codec::HandshakeResponse& r) { r.signature.clear(); },
         Code::handshake_protocol, "handshake error: Miner returned empty signature"},
        {[](ClientRig&, codec::HandshakeResponse& r) {
             r.signature = codec::base64_encode(Bytes(63, 1));
         },
         Code::handshake_protocol, "handshake error: Invalid signature length: 63"},
        {[](ClientRig&, codec::HandshakeResponse& r) {
             r.signature = codec::base64_encode(Bytes(64, 0x80));
         },
         Code::bad_signature, "handshake error: Miner response signature verification failed"},
        // The time is signed too.
        {[](ClientRig&, codec::HandshakeResponse& r) { ++r.timestamp_s; }, Code::bad_signature,
         "handshake error: Miner response signature verification failed"},
    };
    for (const Row& row : rows) {
        ClientRig rig;
        uint64_t id = rig.call();
        rig.turn();
        auto response = rig.honest(rig.newest());
        row.change(rig, response);
        rig.reply_handshake(response);
        assert_failed(rig, id, row.code, row.display);
        assert_true(rig.conn().is_closing);
        assert_string_equal(rig.conn().close_reason.c_str(), "no_authenticated_hotkeys");
        assert_int_equal(rig.events.connected, 0);
        assert_int_equal(rig.core->stats().handshakes_failed, 1);
    }
}

void signature_that_is_not_base64_says_why(void**)
{
    ClientRig rig;
    uint64_t id = rig.call();
    rig.turn();
    auto response = rig.honest(rig.newest());
    response.signature = "!!";
    rig.reply_handshake(response);
    std::string text = rig.outcome(id).error.display();
    assert_int_equal(text.rfind("handshake error: Failed to decode signature: ", 0), 0);
}

void wrong_frames_instead_of_an_answer_have_their_texts(void**)
{
    struct FrameRow {
        Bytes bytes;
        const char* start;
    };
    const FrameRow rows[] = {
        {frame(FrameType::synapse_response, Bytes{0x90}),
         "handshake error: Expected HandshakeResponse, got SynapseResponse"},
        {frame(FrameType::handshake_request, {}),
         "handshake error: Expected HandshakeResponse, got HandshakeRequest"},
        {frame(FrameType::handshake_response, Bytes{0xc1}),
         "serialization error: Failed to parse handshake response: "},
        {Bytes{0x07, 0, 0, 0, 0}, "transport error: unknown message type: 0x07"},
        {Bytes{0x02, 0, 1, 0, 0},
         "transport error: frame payload 65536 bytes exceeds maximum 4096"},
        {Bytes{0x02, 0}, "transport error: stream closed after 2 of 5 bytes"},
        {Bytes{}, "transport error: stream closed after 0 of 5 bytes"},
    };
    for (const FrameRow& row : rows) {
        ClientRig rig;
        uint64_t id = rig.call();
        rig.turn();
        rig.reply(rig.newest(), row.bytes);
        std::string text = rig.outcome(id).error.display();
        assert_string_equal(text.substr(0, std::strlen(row.start)).c_str(), row.start);
        assert_string_equal(rig.conn().close_reason.c_str(), "no_authenticated_hotkeys");
    }
}

void reset_instead_of_an_answer_is_a_read_error(void**)
{
    ClientRig rig;
    uint64_t id = rig.call();
    rig.turn();
    rig.link.endpoint->reset(rig.conn(), rig.newest());
    rig.turn();
    assert_failed(rig, id, Code::stream_reset,
                  "transport error: read error: stream reset by peer: error 0");
}

void identity_point_as_miner_is_never_believed(void**)
{
    ClientRig rig;
    crypto::PublicKey zero{};
    uint64_t id = rig.call_for(zero);
    rig.turn();
    auto response = rig.honest(rig.newest());
    response.miner_hotkey = codec::ss58_encode(zero);
    Bytes forged(64, 0);
    forged[63] = 0x80;
    response.signature = codec::base64_encode(forged);
    rig.reply_handshake(response);
    assert_failed(rig, id, Code::bad_signature,
                  "handshake error: Miner response signature verification failed");
}

void other_prefix_of_the_same_key_needs_the_option(void**)
{
    for (bool liberal : {false, true}) {
        transport::ClientConfig config;
        config.ss58 = liberal ? codec::Ss58Policy::any_prefix : codec::Ss58Policy::only_42;
        ClientRig rig(config);
        rig.call();
        rig.turn();
        auto request = rig.request_on(rig.newest());
        auto response = rig.honest(rig.newest());
        response.miner_hotkey = codec::ss58_encode(rig.miner.public_key(), 0);
        response.signature = codec::base64_encode(sign_with(
            rig.miner, as_bytes(transport::response_string(
                           request.validator_hotkey, response.miner_hotkey, response.timestamp_s,
                           request.nonce, *response.cert_fingerprint))));
        rig.reply_handshake(response);
        assert_int_equal(rig.events.connected, liberal ? 1 : 0);
    }
}

void missing_certificate_is_said(void**)
{
    ClientRig rig;
    rig.link.endpoint->ready_at_once = false;
    uint64_t id = rig.call();
    rig.turn();
    rig.link.endpoint->ready_without_certificate(rig.conn());
    rig.turn();
    assert_failed(rig, id, Code::handshake_protocol,
                  "handshake error: peer certificate not available for fingerprinting");
}

void bad_signers_are_caught_before_anything_is_sent(void**)
{
    struct SignerRow {
        Signer mode;
        const char* display;
    };
    const SignerRow rows[] = {
        {Signer::fails, "signing error: the vault is closed"},
        {Signer::lies,
         "signing error: expected a signature by 5CfCr47V5Dte6bwxNBE8K9oNnQd9fiay6aDEEkgYtFv7w4Fq, "
         "the signer's answer does not verify against it"},
        {Signer::short_answer,
         "signing error: expected a signature of 64 bytes from the signer, got 63"},
    };
    for (const SignerRow& row : rows) {
        ClientRig rig;
        rig.events.signer = row.mode;
        uint64_t id = rig.call();
        rig.turn();
        assert_failed(rig, id, Code::signer_failed, row.display);
        assert_true(rig.conn().streams.empty());
        assert_true(rig.conn().is_closing);
    }
}

void silent_signer_runs_into_its_deadline(void**)
{
    transport::ClientConfig config;
    config.signer_timeout_ns = 3 * kSecond;
    ClientRig rig(config);
    rig.events.signer = Signer::silent;
    uint64_t id = rig.call();
    rig.turn();
    rig.wait(2999 * kMillisecond);
    assert_true(rig.open(id));
    // Who sees the call end finds its question withdrawn already.
    size_t withdrawn_when_done = 0;
    rig.events.on_done = [&](uint64_t) { withdrawn_when_done = rig.events.sign_cancelled.size(); };
    rig.wait(kMillisecond);
    assert_int_equal(withdrawn_when_done, 1);
    assert_failed(rig, id, Code::signer_timeout,
                  "signing error: expected an answer from the signer within 3000 ms, none came");
    assert_int_equal(rig.events.sign_cancelled.size(), 1);
    // Its late answer is refused and harms nobody.
    Error late =
        rig.core->sign_done(rig.events.questions[0].id,
                            sign_with(rig.own, rig.events.questions[0].message), rig.clock.now);
    assert_int_equal(static_cast<int>(late.code), static_cast<int>(Code::wrong_state));
}

void signer_that_answers_later_or_twice_is_taken_once(void**)
{
    ClientRig rig;
    rig.events.signer = Signer::silent;
    rig.call();
    rig.turn();
    rig.wait(kSecond);
    SignQuestion question = rig.events.questions.at(0);
    Bytes signature = sign_with(rig.own, question.message);
    assert_true(rig.core->sign_done(question.id, signature, rig.clock.now).ok());
    Error again = rig.core->sign_done(question.id, signature, rig.clock.now);
    assert_int_equal(static_cast<int>(again.code), static_cast<int>(Code::wrong_state));
    assert_int_equal(rig.conn().streams.size(), 1);
    rig.reply_handshake(rig.honest(0));
    assert_int_equal(rig.events.connected, 1);
    assert_int_equal(rig.events.sign_cancelled.size(), 0);
}

void connection_that_dies_takes_the_question_back(void**)
{
    ClientRig rig;
    rig.events.signer = Signer::silent;
    uint64_t id = rig.call();
    rig.turn();
    rig.link.endpoint->lose(rig.conn(), quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    assert_int_equal(rig.events.sign_cancelled.size(), 1);
    assert_failed(rig, id, Code::connection_lost,
                  "connection error: Connection handshake failed: nothing heard from the peer for "
                  "too long");
}

void one_handshake_serves_everyone_who_waits(void**)
{
    ClientRig rig;
    uint64_t first = rig.call();
    uint64_t other = rig.call_for(key_of(7).public_key());
    uint64_t second = rig.call();
    rig.turn();
    assert_int_equal(rig.events.questions.size(), 1);
    rig.reply_handshake(rig.honest(0));
    assert_failed(rig, other, Code::hotkey_mismatch,
                  "handshake error: Miner hotkey mismatch: expected "
                  "5EsNLFaGe9XK5LzWH3i6eC2Wqv6YqZS1442N1C4yeSdP6uxy, got "
                  "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH");
    rig.reply(4, rig.success());
    rig.reply(8, rig.success());
    assert_true(rig.outcome(first).error.ok());
    assert_true(rig.outcome(second).error.ok());
    // On the live connection the stranger has no route, and costs no handshake.
    uint64_t again = rig.call_for(key_of(7).public_key());
    assert_failed(rig, again, Code::hotkey_mismatch,
                  "handshake error: no authenticated route for "
                  "5EsNLFaGe9XK5LzWH3i6eC2Wqv6YqZS1442N1C4yeSdP6uxy at 192.0.2.1:8091");
    assert_int_equal(rig.events.questions.size(), 1);
    assert_int_equal(rig.link.endpoint->connects, 1);
}

void clock_of_the_peer_shows_in_its_information(void**)
{
    ClientRig rig;
    rig.call();
    rig.turn();
    auto request = rig.request_on(0);
    auto response = rig.honest(0);
    response.timestamp_s -= 120;
    response.signature = codec::base64_encode(sign_with(
        rig.miner, as_bytes(transport::response_string(
                       request.validator_hotkey, response.miner_hotkey, response.timestamp_s,
                       request.nonce, *response.cert_fingerprint))));
    rig.reply_handshake(response);
    assert_int_equal(rig.core->peers().at(0).clock_offset_ms, -120'000);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(request_matches_the_published_bytes),
        cmocka_unit_test(published_answer_authenticates_and_the_call_follows),
        cmocka_unit_test(answer_in_single_bytes_is_the_same_answer),
        cmocka_unit_test(every_wrong_answer_has_its_text),
        cmocka_unit_test(signature_that_is_not_base64_says_why),
        cmocka_unit_test(wrong_frames_instead_of_an_answer_have_their_texts),
        cmocka_unit_test(reset_instead_of_an_answer_is_a_read_error),
        cmocka_unit_test(identity_point_as_miner_is_never_believed),
        cmocka_unit_test(other_prefix_of_the_same_key_needs_the_option),
        cmocka_unit_test(missing_certificate_is_said),
        cmocka_unit_test(bad_signers_are_caught_before_anything_is_sent),
        cmocka_unit_test(silent_signer_runs_into_its_deadline),
        cmocka_unit_test(signer_that_answers_later_or_twice_is_taken_once),
        cmocka_unit_test(connection_that_dies_takes_the_question_back),
        cmocka_unit_test(one_handshake_serves_everyone_who_waits),
        cmocka_unit_test(clock_of_the_peer_shows_in_its_information),
    };
    return cmocka_run_group_tests_name("transport_client_handshake", tests, nullptr, nullptr);
}
