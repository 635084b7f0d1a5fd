// Calls of the client: routed, queued, answered, cut short. Each has exactly one outcome.
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

// A rig with a live connection and no call outstanding.
struct Live : ClientRig {
    explicit Live(transport::ClientConfig config = {}) : ClientRig(std::move(config))
    {
        Error ignored = core->connect(1'000'000, miner.public_key(), address, kNever, clock.now);
        (void)ignored;
        authenticate();
    }
};

void ping_tells_who_answered(void**)
{
    Live rig;
    assert_int_equal(rig.events.connects[1'000'000].size(), 1);
    assert_true(rig.events.connects[1'000'000][0].ok());
    assert_true(rig.events.peers[0].key == rig.miner.public_key());
    assert_string_equal(rig.events.peers[0].alpn.c_str(), "btlightning");
    // On the live connection it is answered at once.
    assert_true(
        rig.core->connect(7, rig.miner.public_key(), rig.address, kNever, rig.clock.now).ok());
    assert_int_equal(rig.events.connects[7].size(), 1);
    assert_true(
        rig.core->connect(8, key_of(9).public_key(), rig.address, kNever, rig.clock.now).ok());
    assert_int_equal(static_cast<int>(rig.events.connects[8][0].code),
                     static_cast<int>(Code::hotkey_mismatch));
}

void request_matches_the_published_frame(void**)
{
    Live rig;
    transport::CallRequest request;
    request.id = 5;
    request.peer = rig.miner.public_key();
    request.address = rig.address;
    request.synapse_type = "echo";
    request.data = SharedBytes::copy(*codec::hex_decode("81a86772656574696e67a568656c6c6f"));
    assert_true(rig.core->call(std::move(request), rig.clock.now).ok());
    FakeStream& stream = rig.conn().streams[rig.newest()];
    assert_string_equal(codec::hex_encode(stream.sent).c_str(),
                        "030000001b93a46563686f81a86772656574696e67a568656c6c6fce6553f100");
    assert_true(stream.fin);
    rig.reply(rig.newest(),
              *codec::hex_decode("040000001894c381a86772656574696e67a568656c6c6fce6553f100c0"));
    assert_true(rig.outcome(5).error.ok());
    assert_string_equal(codec::hex_encode(rig.outcome(5).data.view()).c_str(),
                        "81a86772656574696e67a568656c6c6f");
}

void large_data_is_sent_from_where_it_lies(void**)
{
    Live rig;
    Bytes map = map_of("payload", Bytes(1'048'576, 0x42));
    SharedBytes lent = SharedBytes::copy(map);
    transport::CallRequest request;
    request.id = 5;
    request.peer = rig.miner.public_key();
    request.address = rig.address;
    request.synapse_type = "echo";
    request.data = lent;
    assert_true(rig.core->call(std::move(request), rig.clock.now).ok());
    FakeStream& stream = rig.conn().streams[rig.newest()];
    assert_int_equal(stream.chunks, 3);
    assert_int_equal(stream.sent.size(), 1'048'606);
    auto parsed = codec::parse_frame(stream.sent, 1 << 26);
    assert_true(parsed.ok());
    auto packet = codec::decode_synapse_packet(parsed->payload);
    assert_true(packet.ok());
    assert_int_equal(packet->data.size(), map.size());
    assert_memory_equal(packet->data.data(), map.data(), map.size());
}

void request_above_the_frame_limit_is_refused_at_once(void**)
{
    transport::ClientConfig config;
    config.frame_payload_max = 1'048'576;
    Live rig(config);
    transport::CallRequest request;
    request.id = 5;
    request.peer = rig.miner.public_key();
    request.address = rig.address;
    request.synapse_type = "echo";
    request.data = SharedBytes::copy(map_of("payload", Bytes(1'048'576, 0x42)));
    Error error = rig.core->call(std::move(request), rig.clock.now);
    assert_int_equal(static_cast<int>(error.code), static_cast<int>(Code::too_large));
    assert_string_equal(error.display().c_str(),
                        "transport error: frame payload 1048601 bytes exceeds maximum 1048576");
    assert_int_equal(rig.events.done.size(), 0);
}

void answers_have_the_texts_of_the_wire(void**)
{
    struct Row {
        std::function<Bytes(ClientRig&)> bytes;
        Code code;
        const char* start;
    };
    const Row rows[] = {
        {[](ClientRig& r) { return r.failure("unrecognized synapse type"); }, Code::handler,
         "handler error: unrecognized synapse type"},
        {[](ClientRig& r) { return r.failure(std::nullopt); }, Code::handler,
         "handler error: request failed"},
        {[](ClientRig&) {
             Bytes payload;
             codec::encode_stream_chunk(Bytes{1, 2}, payload);
             return frame(FrameType::stream_chunk, payload);
         },
         Code::unexpected_frame,
         "transport error: received StreamChunk on non-streaming query; use query_axon_stream for "
         "streaming synapses"},
        {[](ClientRig&) {
             Bytes payload;
             codec::encode_stream_end(true, std::nullopt, payload);
             return frame(FrameType::stream_end, payload);
         },
         Code::unexpected_frame, "transport error: unexpected response type: StreamEnd"},
        {[](ClientRig&) { return frame(FrameType::handshake_response, {}); },
         Code::unexpected_frame, "transport error: unexpected response type: HandshakeResponse"},
        {[](ClientRig&) {
             return frame(FrameType::synapse_response, Bytes{0x93, 0xc3, 0x80, 0});
         },
         Code::malformed, "serialization error: Failed to parse synapse response: "},
        {[](ClientRig&) {
             return Bytes{0xff, 0, 0, 0, 0};
         },
         Code::malformed, "transport error: unknown message type: 0xff"},
        {[](ClientRig&) {
             return Bytes{4, 0xff, 0xff, 0xff, 0xff};
         },
         Code::too_large,
         "transport error: frame payload 4294967295 bytes exceeds maximum 67108864"},
        {[](ClientRig&) { return Bytes{}; }, Code::ok,
         "transport error: stream closed after 0 of 5 bytes"},
        {[](ClientRig&) { return Bytes{4, 0, 0, 0, 9, 1}; }, Code::ok,
         "transport error: stream closed after 1 of 9 bytes"},
    };
    Live rig;
    for (const Row& row : rows) {
        uint64_t id = rig.call();
        rig.reply(rig.newest(), row.bytes(rig));
        std::string text = rig.outcome(id).error.display();
        assert_string_equal(text.substr(0, std::strlen(row.start)).c_str(), row.start);
        if (row.code != Code::ok) {
            assert_int_equal(static_cast<int>(rig.outcome(id).error.code),
                             static_cast<int>(row.code));
        }
        // The connection is none the worse.
        assert_false(rig.conn().is_closing);
    }
    uint64_t id = rig.call();
    rig.reply(rig.newest(), rig.success());
    assert_true(rig.outcome(id).error.ok());
}

void bytes_after_the_frame_and_a_missing_fin_do_not_matter(void**)
{
    Live rig;
    uint64_t id = rig.call();
    Bytes answer = rig.success();
    answer.push_back(0x99);
    rig.link.endpoint->stop_sending(rig.conn(), rig.newest());
    rig.reply(rig.newest(), answer, false);
    assert_true(rig.outcome(id).error.ok());
    assert_true(rig.conn().streams[rig.newest()].stopped);
    assert_int_equal(rig.conn().streams[rig.newest()].consumed, answer.size());
}

void reset_answer_is_a_read_error(void**)
{
    Live rig;
    uint64_t id = rig.call();
    rig.link.endpoint->reset(rig.conn(), rig.newest());
    rig.turn();
    assert_failed(rig, id, Code::stream_reset,
                  "transport error: read error: stream reset by peer: error 0");
}

void call_made_inside_a_completion_dials_after_the_event(void**)
{
    Live rig;
    rig.call();
    uint64_t second = 0;
    rig.events.on_done = [&](uint64_t) {
        rig.events.on_done = nullptr;
        second = rig.call();
    };
    rig.link.endpoint->lose(rig.conn(), quic::CloseInfo::Cause::stateless_reset);
    rig.turn();
    assert_int_equal(rig.link.endpoint->connects, 2);
    assert_int_equal(rig.link.endpoint->forbidden_calls, 0);
    rig.authenticate();
    rig.reply(rig.newest(), rig.success());
    assert_true(rig.outcome(second).error.ok());
}

void calls_wait_for_streams_in_order(void**)
{
    Live rig;
    rig.conn().streams_allowed = 1;
    // The handshake's stream is over.
    std::vector<uint64_t> ids;
    for (int i = 0; i < 200; ++i) ids.push_back(rig.call());
    assert_int_equal(rig.core->stats().calls_in_flight, 200);
    for (size_t i = 0; i < ids.size(); ++i) {
        assert_true(rig.open(ids[i]));
        quic::StreamId stream = rig.newest();
        assert_int_equal(stream, 4 + 4 * i);
        rig.reply(stream, rig.success());
        assert_true(rig.outcome(ids[i]).error.ok());
    }
    assert_int_equal(rig.core->stats().calls_in_flight, 0);
    assert_int_equal(rig.core->stats().calls_ok, 200);
}

void too_many_calls_are_not_accepted(void**)
{
    transport::ClientConfig config;
    config.calls_max = 10;
    ClientRig rig(config);
    for (int i = 0; i < 10; ++i) {
        rig.call();
        assert_true(rig.accepted.ok());
    }
    uint64_t id = rig.call();
    assert_int_equal(static_cast<int>(rig.accepted.code), static_cast<int>(Code::full));
    rig.authenticate();
    assert_true(rig.events.done[id].empty());
}

void too_many_addresses_are_refused(void**)
{
    transport::ClientConfig config;
    config.connections_max = 2;
    ClientRig rig(config);
    rig.call();
    rig.address.port = 1;
    rig.call();
    rig.address.port = 2;
    uint64_t id = rig.call();
    assert_failed(rig, id, Code::full,
                  "connection error: Connection limit (2) reached, 192.0.2.1:2 not dialled");
}

void authentication_failed_proves_again_and_retries_once(void**)
{
    Live rig;
    uint64_t a = rig.call();
    quic::StreamId stream_a = rig.newest();
    uint64_t b = rig.call();
    quic::StreamId stream_b = rig.newest();
    rig.reply(stream_a, rig.failure("authentication failed"));
    assert_true(rig.open(a));
    quic::StreamId proof = rig.newest();
    // New calls and other failed ones wait for the same handshake.
    uint64_t c = rig.call();
    rig.reply(stream_b, rig.failure("authentication failed"));
    assert_int_equal(rig.newest(), proof);
    assert_int_equal(rig.events.questions.size(), 2);
    rig.reply_handshake(rig.honest(proof));
    assert_int_equal(rig.newest(), proof + 12);
    for (quic::StreamId s = proof + 4; s <= proof + 12; s += 4) rig.reply(s, rig.success());
    assert_true(rig.outcome(a).error.ok());
    assert_true(rig.outcome(b).error.ok());
    assert_true(rig.outcome(c).error.ok());
    assert_int_equal(rig.link.endpoint->connects, 1);
    assert_int_equal(rig.events.connected, 1);
}

void authentication_failed_twice_is_the_answer(void**)
{
    Live rig;
    uint64_t id = rig.call();
    rig.reply(rig.newest(), rig.failure("authentication failed"));
    rig.reply_handshake(rig.honest(rig.newest()));
    rig.reply(rig.newest(), rig.failure("authentication failed"));
    assert_failed(rig, id, Code::handler, "handler error: authentication failed");
    // A server that always says so is not worth a handshake per call.
    uint64_t next = rig.call();
    rig.reply(rig.newest(), rig.failure("authentication failed"));
    assert_failed(rig, next, Code::handler, "handler error: authentication failed");
    assert_int_equal(rig.events.questions.size(), 2);
}

void repeated_proof_that_is_rejected_ends_the_connection(void**)
{
    Live rig;
    uint64_t id = rig.call();
    uint64_t other = rig.call();
    rig.reply(rig.newest() - 4, rig.failure("authentication failed"));
    auto response = rig.honest(rig.newest());
    response.accepted = false;
    rig.reply_handshake(response);
    assert_failed(rig, id, Code::handshake_rejected,
                  "handshake error: Handshake rejected by miner");
    assert_int_equal(static_cast<int>(rig.outcome(other).error.code),
                     static_cast<int>(Code::connection_lost));
    assert_true(rig.conn().is_closing);
}

void repeated_proof_waits_for_a_stream_before_the_calls(void**)
{
    Live rig;
    uint64_t first = rig.call();
    quic::StreamId stream = rig.newest();
    rig.call();
    rig.conn().streams_allowed = 2;
    rig.call();
    // The answered stream is not over yet: its slot comes back a turn later.
    rig.link.endpoint->data(rig.conn(), stream, rig.failure("authentication failed"), false);
    rig.turn();
    assert_int_equal(rig.events.questions.size(), 2);
    assert_int_equal(rig.newest(), stream + 4);
    rig.conn().streams_allowed = 3;
    rig.link.endpoint->streams_available(rig.conn());
    rig.turn();
    assert_int_equal(rig.newest(), stream + 8);
    assert_int_equal(rig.conn().streams[rig.newest()].sent.at(0), 0x01);
    rig.conn().streams_allowed = 100;
    rig.reply_handshake(rig.honest(rig.newest()));
    assert_true(rig.open(first));
    assert_int_equal(rig.newest(), stream + 16);
}

void times_of_a_call_add_up(void**)
{
    Live rig;
    rig.conn().streams_allowed = 0;
    uint64_t id = rig.call();
    rig.wait(20 * kMillisecond);
    rig.conn().streams_allowed = 10;
    rig.link.endpoint->streams_available(rig.conn());
    rig.turn();
    rig.clock.advance(5 * kMillisecond);
    rig.reply(rig.newest(), rig.success());
    assert_int_equal(rig.outcome(id).queue_ns, 20 * kMillisecond);
    assert_int_equal(rig.outcome(id).network_ns, 5 * kMillisecond);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(ping_tells_who_answered),
        cmocka_unit_test(request_matches_the_published_frame),
        cmocka_unit_test(large_data_is_sent_from_where_it_lies),
        cmocka_unit_test(request_above_the_frame_limit_is_refused_at_once),
        cmocka_unit_test(answers_have_the_texts_of_the_wire),
        cmocka_unit_test(bytes_after_the_frame_and_a_missing_fin_do_not_matter),
        cmocka_unit_test(reset_answer_is_a_read_error),
        cmocka_unit_test(call_made_inside_a_completion_dials_after_the_event),
        cmocka_unit_test(calls_wait_for_streams_in_order),
        cmocka_unit_test(too_many_calls_are_not_accepted),
        cmocka_unit_test(too_many_addresses_are_refused),
        cmocka_unit_test(authentication_failed_proves_again_and_retries_once),
        cmocka_unit_test(authentication_failed_twice_is_the_answer),
        cmocka_unit_test(repeated_proof_that_is_rejected_ends_the_connection),
        cmocka_unit_test(repeated_proof_waits_for_a_stream_before_the_calls),
        cmocka_unit_test(times_of_a_call_add_up),
    };
    return cmocka_run_group_tests_name("transport_client_calls", tests, nullptr, nullptr);
}
