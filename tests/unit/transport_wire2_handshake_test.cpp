// Who is who on the second token: the published bytes, what happens to each changed field, and that
// what was said in one TLS session is worth nothing in another.
#include "codec/envelope2.h"
#include "support/client_rig.h"
#include "support/server_rig.h"
#include "vector_lines.h"

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
using codec::HandshakeRequest2;
using codec::HandshakeResponse2;

constexpr const char* kToken = "btlightning/2";

// Columns of a `handshake` line.
struct Published {
    Fields line;
    explicit Published(size_t index)
    {
        for (Fields& fields : read_vector_lines("wire2.txt")) {
            if (fields[0] == "handshake" && index-- == 0) line = std::move(fields);
        }
        assert_int_equal(line.size(), 16);
    }
    const std::string& request_text() const { return line[9]; }
    const std::string& response_text() const { return line[13]; }
    Bytes exporter() const { return unhex(line[8]); }
};

void signed_texts_are_the_published_ones(void**)
{
    for (size_t i = 0; i < 2; ++i) {
        const Published one(i);
        const std::string exporter = codec::base64_encode(one.exporter());
        const std::string asked = transport::request_string2(
            one.line[2], one.line[4], std::stoull(one.line[5]), one.line[6], one.line[7], exporter);
        assert_string_equal(asked.c_str(), one.request_text().c_str());
        const std::string told =
            transport::response_string2(one.line[2], one.line[4], std::stoull(one.line[12]),
                                        one.line[6], one.line[7], exporter);
        assert_string_equal(told.c_str(), one.response_text().c_str());
        const auto key = codec::ss58_decode(one.line[2], codec::Ss58Policy::only_42)->key;
        assert_true(crypto::verify(key, as_bytes(asked), unhex(one.line[10])));
    }
}

struct Client2 : ClientRig {
    explicit Client2(transport::ClientConfig config = {}) : ClientRig(std::move(config))
    {
        link.endpoint->ready_at_once = false;
    }
    // Dials; the server chooses the second token.
    void dial(Bytes exporter = Bytes(32, 0x5e))
    {
        wait(0);
        conn().chosen = kToken;
        conn().session = std::move(exporter);
        link.endpoint->make_ready(conn());
        turn();
    }
    HandshakeRequest2 asked(quic::StreamId stream)
    {
        auto parsed = codec::parse_frame(conn().streams[stream].sent, 1 << 20);
        return codec::decode_handshake_request2(parsed->payload).value();
    }
    HandshakeResponse2 answer_of(const crypto::KeyPair& who)
    {
        const HandshakeRequest2 request = asked(newest());
        HandshakeResponse2 out;
        out.miner_hotkey = hotkey_of(who).text;
        out.timestamp_s = clock.now.unix_s();
        out.accepted = true;
        out.connection_id = "conn_x";
        out.cert_fingerprint = codec::base64_encode(link.fingerprint);
        out.frame_payload_max = 2'000'000;
        out.signature = codec::base64_encode(sign_with(
            who, as_bytes(transport::response_string2(
                     request.validator_hotkey, out.miner_hotkey, out.timestamp_s, request.nonce,
                     *out.cert_fingerprint, codec::base64_encode(conn().session)))));
        return out;
    }
    HandshakeResponse2 refusal(codec::RefusalReason reason, std::string name)
    {
        HandshakeResponse2 out;
        out.miner_hotkey = std::move(name);
        out.timestamp_s = clock.now.unix_s();
        out.reason = static_cast<uint64_t>(reason);
        return out;
    }
    void answer(const HandshakeResponse2& response)
    {
        Bytes payload;
        codec::encode(response, payload);
        reply(newest(), frame(FrameType::handshake_response, payload));
    }
    std::string text_of(uint64_t id) { return outcome(id).error.display(); }
};

void request_is_the_published_one(void**)
{
    const Published one(0);
    Client2 rig;
    rig.call();
    rig.dial(one.exporter());
    assert_string_equal(codec::hex_encode(rig.conn().streams[0].sent).c_str(),
                        one.line[11].c_str());
    rig.clock.advance(kSecond);
    rig.reply(0, unhex(one.line[15]));
    assert_int_equal(rig.events.connected, 1);
    assert_string_equal(rig.core->peers()[0].alpn.c_str(), kToken);
}

void both_tokens_are_offered_the_second_first(void**)
{
    Client2 rig;
    const std::vector<std::string> both = {kToken, "btlightning"};
    assert_true(rig.link.endpoint->config.alpn == both);
    transport::ClientConfig strict;
    strict.require_wire_2 = true;
    assert_true(Client2(strict).link.endpoint->config.alpn == std::vector<std::string>{kToken});
    transport::ClientConfig old;
    old.wire_2 = false;
    assert_true(Client2(old).link.endpoint->config.alpn == std::vector<std::string>{"btlightning"});
    ServerRig server;
    assert_true(server.link.endpoint->config.alpn == both);
}

void an_old_server_is_named_as_such_when_the_token_is_required(void**)
{
    transport::ClientConfig strict;
    strict.require_wire_2 = true;
    Client2 rig(strict);
    const uint64_t id = rig.call();
    rig.wait(0);
    rig.link.endpoint->lose(rig.conn(), quic::CloseInfo::Cause::alpn);
    rig.turn();
    assert_int_equal(static_cast<int>(rig.outcome(id).error.code),
                     static_cast<int>(Code::alpn_mismatch));
    assert_non_null(std::strstr(rig.text_of(id).c_str(),
                                "expected a peer that speaks "
                                "btlightning/2"));
}

struct Row {
    std::function<void(Client2&, HandshakeResponse2&)> change;
    Code code;
};

void every_changed_answer_is_refused(void**)
{
    const Row rows[] = {
        {[](Client2& rig, HandshakeResponse2& r) { r = rig.answer_of(key_of(7)); },
         Code::hotkey_mismatch},
        {[](Client2&, HandshakeResponse2& r) { r.timestamp_s += 1; }, Code::bad_signature},
        {[](Client2&, HandshakeResponse2& r) { r.signature[5] ^= 1; }, Code::bad_signature},
        {[](Client2&, HandshakeResponse2& r) { r.signature.clear(); }, Code::handshake_protocol},
        {[](Client2&, HandshakeResponse2& r) { r.accepted = false; }, Code::handshake_rejected},
        {[](Client2&, HandshakeResponse2& r) { r.cert_fingerprint.reset(); },
         Code::fingerprint_mismatch},
        {[](Client2&, HandshakeResponse2& r) {
             r.cert_fingerprint = codec::base64_encode(Bytes(32, 1));
         },
         Code::fingerprint_mismatch},
        // The peer signed what binds another session.
        {[](Client2& rig, HandshakeResponse2& r) {
             rig.conn().session = Bytes(32, 0x77);
             r = rig.answer_of(rig.miner);
         },
         Code::bad_signature},
    };
    for (const Row& row : rows) {
        Client2 rig;
        const uint64_t id = rig.call();
        rig.dial();
        HandshakeResponse2 response = rig.answer_of(rig.miner);
        row.change(rig, response);
        rig.answer(response);
        assert_string_equal(code_name(rig.outcome(id).error.code).data(),
                            code_name(row.code).data());
    }
}

void reasons_of_a_refusal_reach_the_caller(void**)
{
    const struct {
        codec::RefusalReason reason;
        const char* text;
    } rows[] = {
        {codec::RefusalReason::untold, "handshake error: Handshake rejected by miner"},
        {codec::RefusalReason::clock,
         "handshake error: Handshake rejected by miner: its clock is 400 s ahead of ours"},
        {codec::RefusalReason::not_permitted,
         "handshake error: Handshake rejected by miner: hotkey not permitted there"},
        {codec::RefusalReason::busy, "handshake error: Handshake rejected by miner: busy"},
        {static_cast<codec::RefusalReason>(99), "handshake error: Handshake rejected by miner"},
    };
    for (const auto& row : rows) {
        Client2 rig;
        const uint64_t id = rig.call();
        rig.dial();
        HandshakeResponse2 response = rig.refusal(row.reason, "");
        response.timestamp_s += 400;
        rig.answer(response);
        assert_string_equal(rig.text_of(id).c_str(), row.text);
    }
}

void a_server_that_is_another_wanted_one_is_asked_again_by_name(void**)
{
    Client2 rig;
    const crypto::KeyPair other = key_of(7);
    const uint64_t first = rig.call();
    const uint64_t second = rig.call_for(other.public_key());
    rig.dial();
    assert_string_equal(rig.asked(0).expected_hotkey.c_str(), hotkey_of(rig.miner).text.c_str());
    rig.answer(rig.refusal(codec::RefusalReason::other_hotkey, hotkey_of(other).text));
    assert_int_equal(static_cast<int>(rig.outcome(first).error.code),
                     static_cast<int>(Code::hotkey_mismatch));
    assert_true(rig.open(second));
    assert_string_equal(rig.asked(rig.newest()).expected_hotkey.c_str(),
                        hotkey_of(other).text.c_str());
    rig.answer(rig.answer_of(other));
    assert_int_equal(rig.events.connected, 1);
}

void a_server_that_keeps_naming_others_is_asked_once(void**)
{
    Client2 rig;
    const crypto::KeyPair other = key_of(7);
    rig.call();
    const uint64_t second = rig.call_for(other.public_key());
    rig.dial();
    for (int i = 0; i < 2; ++i) {
        rig.answer(rig.refusal(codec::RefusalReason::other_hotkey, hotkey_of(other).text));
    }
    assert_int_equal(static_cast<int>(rig.outcome(second).error.code),
                     static_cast<int>(Code::hotkey_mismatch));
    assert_true(rig.conn().is_closing);
}

struct Server2 : ServerRig {
    using ServerRig::ServerRig;
    FakeConnection* meet(Bytes exporter = Bytes(32, 0x5e), Address remote = from(1))
    {
        FakeConnection* connection = link.endpoint->accept(remote);
        connection->chosen = kToken;
        connection->session = std::move(exporter);
        turn();
        return connection;
    }
    HandshakeRequest2 request(const FakeConnection& connection)
    {
        HandshakeRequest2 out;
        static_cast<codec::HandshakeRequest&>(out) = request_by(validator);
        out.expected_hotkey = hotkey_of(own).text;
        out.frame_payload_max = 3'000'000;
        sign2(out, connection);
        return out;
    }
    void sign2(HandshakeRequest2& out, const FakeConnection& connection)
    {
        out.signature = codec::base64_encode(
            sign_with(validator, as_bytes(transport::request_string2(
                                     out.validator_hotkey, out.expected_hotkey, out.timestamp_s,
                                     out.nonce, codec::base64_encode(link.fingerprint),
                                     codec::base64_encode(connection.session)))));
    }
    HandshakeResponse2 ask(FakeConnection& connection, const HandshakeRequest2& request)
    {
        Bytes payload;
        codec::encode(request, payload);
        const quic::StreamId stream =
            send(connection, frame(FrameType::handshake_request, payload));
        wait(kSecond);
        auto parsed = codec::parse_frame(connection.streams[stream].sent, 1 << 20);
        if (!parsed.ok()) fail_msg("no answer");
        return codec::decode_handshake_response2(parsed->payload).value();
    }
};

void an_honest_request_is_accepted_and_bound_to_the_session(void**)
{
    Server2 rig;
    FakeConnection& peer = *rig.meet();
    const HandshakeRequest2 request = rig.request(peer);
    const HandshakeResponse2 response = rig.ask(peer, request);
    assert_true(response.accepted);
    assert_int_equal(response.reason, 0);
    assert_int_equal(response.frame_payload_max, 67'108'864);
    const std::string told = transport::response_string2(
        request.validator_hotkey, response.miner_hotkey, response.timestamp_s, request.nonce,
        *response.cert_fingerprint, codec::base64_encode(peer.session));
    assert_true(crypto::verify(rig.own.public_key(), as_bytes(told),
                               codec::base64_decode(response.signature).value()));
    assert_int_equal(rig.core->stats().authenticated, 1);
}

void every_changed_request_is_refused_without_a_reason(void**)
{
    const std::function<void(HandshakeRequest2&)> changes[] = {
        [](HandshakeRequest2& r) { r.validator_hotkey = hotkey_of(key_of(9)).text; },
        [](HandshakeRequest2& r) { r.timestamp_s += 1; },
        [](HandshakeRequest2& r) { r.nonce[0] = r.nonce[0] == 'a' ? 'b' : 'a'; },
        [](HandshakeRequest2& r) { r.signature[7] ^= 1; },
        [](HandshakeRequest2& r) { r.expected_hotkey = hotkey_of(key_of(9)).text; },
    };
    for (const auto& change : changes) {
        Server2 rig;
        FakeConnection& peer = *rig.meet();
        HandshakeRequest2 request = rig.request(peer);
        change(request);
        const HandshakeResponse2 response = rig.ask(peer, request);
        assert_false(response.accepted);
        assert_int_equal(response.reason, 0);
        assert_int_equal(rig.core->stats().authenticated, 0);
    }
}

void a_request_of_another_session_is_refused(void**)
{
    Server2 rig;
    FakeConnection& first = *rig.meet(Bytes(32, 1));
    FakeConnection& relayed = *rig.meet(Bytes(32, 2), ServerRig::from(2));
    const HandshakeRequest2 request = rig.request(first);
    assert_false(rig.ask(relayed, request).accepted);
    assert_int_equal(rig.core->stats().refused_signature, 1);
    assert_true(rig.ask(first, rig.request(first)).accepted);
}

void who_expects_another_server_is_told_who_this_is(void**)
{
    Server2 rig;
    FakeConnection& peer = *rig.meet();
    HandshakeRequest2 request = rig.request(peer);
    request.expected_hotkey = hotkey_of(key_of(9)).text;
    rig.sign2(request, peer);
    const HandshakeResponse2 response = rig.ask(peer, request);
    assert_false(response.accepted);
    assert_int_equal(response.reason, static_cast<int>(codec::RefusalReason::other_hotkey));
    assert_string_equal(response.miner_hotkey.c_str(), hotkey_of(rig.own).text.c_str());
    assert_int_equal(rig.core->stats().refused_other_hotkey, 1);
    assert_int_equal(rig.core->stats().authenticated, 0);
    // Its place is free again, and it may ask for the right one.
    assert_true(rig.ask(peer, rig.request(peer)).accepted);
}

void a_wrong_clock_is_told_to_anyone(void**)
{
    Server2 rig;
    FakeConnection& peer = *rig.meet();
    HandshakeRequest2 request = rig.request(peer);
    request.timestamp_s -= 400;
    const HandshakeResponse2 response = rig.ask(peer, request);
    assert_false(response.accepted);
    assert_int_equal(response.reason, static_cast<int>(codec::RefusalReason::clock));
    // The refusal leaves a little later than the request came.
    assert_in_range(response.timestamp_s - request.timestamp_s, 400, 401);
}

void the_old_token_gets_the_old_bytes(void**)
{
    ServerRig rig;
    FakeConnection* peer = rig.join();
    const Bytes& sent = peer->streams[0].sent;
    assert_true(
        codec::decode_handshake_response(codec::parse_frame(sent, 1 << 20)->payload)->accepted);
    assert_int_equal(sent[5], 0x96);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(signed_texts_are_the_published_ones),
        cmocka_unit_test(request_is_the_published_one),
        cmocka_unit_test(both_tokens_are_offered_the_second_first),
        cmocka_unit_test(an_old_server_is_named_as_such_when_the_token_is_required),
        cmocka_unit_test(every_changed_answer_is_refused),
        cmocka_unit_test(reasons_of_a_refusal_reach_the_caller),
        cmocka_unit_test(a_server_that_is_another_wanted_one_is_asked_again_by_name),
        cmocka_unit_test(a_server_that_keeps_naming_others_is_asked_once),
        cmocka_unit_test(an_honest_request_is_accepted_and_bound_to_the_session),
        cmocka_unit_test(every_changed_request_is_refused_without_a_reason),
        cmocka_unit_test(a_request_of_another_session_is_refused),
        cmocka_unit_test(who_expects_another_server_is_told_who_this_is),
        cmocka_unit_test(a_wrong_clock_is_told_to_anyone),
        cmocka_unit_test(the_old_token_gets_the_old_bytes),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
