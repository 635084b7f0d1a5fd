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
        Error ignored =
            core->connect(1'000'000, miner.public_key(), address, kNever, clock.now);
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
    assert_true(rig.core->connect(7, rig.miner.public_key(), rig.address, kNever, rig.clock.now)
                    .ok());
    assert_int_equal(rig.events.connects[7].size(), 1);
    assert_true(rig.core->connect(8, key_of(9).public_key(), rig.address, kNever, rig.clock.now)
                    .ok());
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
        {[](ClientRig&) { return frame(FrameType::synapse_response, Bytes{0x93, 0xc3, 0x80, 0}); },
         Code::malformed, "serialization error: Failed to parse synapse response: "},
        {[](ClientRig&) { return Bytes{0xff, 0, 0, 0, 0}; }, Code::malformed,
         "transport error: unknown message type: 0xff"},
        {[](ClientRig&) { return Bytes{4, 0xff, 0xff, 0xff, 0xff}; }, Code::too_large,
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

void deadline_holds_in_every_phase(void**)
{
    const Nanos kSoon = 300 * kMillisecond;
    {
        // While the link is being dialled.
        ClientRig rig;
        rig.link.endpoint->ready_at_once = false;
        uint64_t id = rig.call(rig.clock.now.monotonic_ns + kSoon);
        rig.turn();
        rig.wait(kSoon - 1);
        assert_true(rig.open(id));
        assert_true(rig.core->next_expiry_ns() == rig.clock.now.monotonic_ns + 1);
        rig.wait(1);
        assert_failed(rig, id, Code::deadline, "transport error: query timed out");
        // The dial outlives its caller and serves the next one.
        uint64_t next = rig.call();
        rig.link.endpoint->make_ready(rig.conn());
        rig.authenticate();
        rig.reply(rig.newest(), rig.success());
        assert_true(rig.outcome(next).error.ok());
        assert_int_equal(rig.link.endpoint->connects, 1);
    }
    {
        // While our signer thinks.
        ClientRig rig;
        rig.events.signer = Signer::silent;
        uint64_t id = rig.call(rig.clock.now.monotonic_ns + kSoon);
        rig.turn();
        rig.wait(kSoon);
        assert_failed(rig, id, Code::deadline, "transport error: query timed out");
        assert_false(rig.conn().is_closing);
    }
    {
        // While the handshake's answer is awaited.
        ClientRig rig;
        uint64_t id = rig.call(rig.clock.now.monotonic_ns + kSoon);
        rig.turn();
        assert_int_equal(rig.conn().streams.size(), 1);
        rig.wait(kSoon);
        assert_failed(rig, id, Code::deadline, "transport error: query timed out");
    }
    {
        // While all streams are in use; nothing was sent for it.
        Live rig;
        rig.conn().streams_allowed = 0;
        uint64_t id = rig.call(rig.clock.now.monotonic_ns + kSoon);
        size_t streams = rig.conn().streams.size();
        rig.wait(kSoon);
        assert_failed(rig, id, Code::deadline, "transport error: query timed out");
        assert_int_equal(rig.conn().streams.size(), streams);
    }
    {
        // While the answer is awaited: reset, never half a frame with a FIN.
        Live rig;
        uint64_t id = rig.call(rig.clock.now.monotonic_ns + kSoon);
        rig.wait(kSoon);
        assert_failed(rig, id, Code::deadline, "transport error: query timed out");
        assert_true(rig.conn().streams[rig.newest()].reset);
        assert_true(rig.conn().streams[rig.newest()].stopped);
        // A late answer is nobody's.
        rig.reply(rig.newest(), rig.success());
        assert_int_equal(rig.events.done[id].size(), 1);
    }
    {
        // Before it began.
        ClientRig rig;
        uint64_t id = rig.call(rig.clock.now.monotonic_ns);
        assert_failed(rig, id, Code::deadline, "transport error: query timed out");
        assert_int_equal(rig.link.endpoint->connects, 0);
    }
}

void dial_has_its_own_limit(void**)
{
    ClientRig rig;
    rig.link.endpoint->ready_at_once = false;
    uint64_t id = rig.call();
    rig.turn();
    rig.wait(10 * kSecond);
    assert_failed(rig, id, Code::connect_timeout,
                  "connection error: Connection to 192.0.2.1:8091 timed out");
    // It covers the handshake too.
    rig.link.endpoint->ready_at_once = true;
    id = rig.call();
    rig.turn();
    rig.wait(10 * kSecond);
    assert_failed(rig, id, Code::connect_timeout,
                  "connection error: Connection to 192.0.2.1:8091 timed out");
    assert_int_equal(rig.core->stats().handshakes_failed, 2);
}

void dial_failures_tell_why(void**)
{
    using Cause = quic::CloseInfo::Cause;
    struct Row {
        Cause cause;
        Code code;
        const char* start;
    };
    const Row rows[] = {
        {Cause::alpn, Code::alpn_mismatch, "connection error: Connection handshake failed: "},
        {Cause::certificate, Code::certificate, "handshake error: Connection handshake failed: "},
        {Cause::handshake_timeout, Code::connect_timeout,
         "connection error: Connection to 192.0.2.1:8091 timed out"},
        {Cause::stateless_reset, Code::connection_lost,
         "connection error: Connection handshake failed: "},
    };
    for (const Row& row : rows) {
        ClientRig rig;
        rig.link.endpoint->ready_at_once = false;
        uint64_t id = rig.call();
        rig.link.endpoint->lose(rig.conn(), row.cause);
        rig.turn();
        std::string text = rig.outcome(id).error.display();
        assert_string_equal(text.substr(0, std::strlen(row.start)).c_str(), row.start);
        assert_int_equal(static_cast<int>(rig.outcome(id).error.code), static_cast<int>(row.code));
    }
    ClientRig rig;
    rig.link.endpoint->refuse_connect = true;
    uint64_t id = rig.call();
    assert_failed(rig, id, Code::connect, "connection error: Connection failed: no route");
}

void lost_connection_fails_calls_and_the_next_call_dials_once(void**)
{
    Live rig;
    uint64_t flying = rig.call();
    rig.conn().streams_allowed = 0;
    uint64_t waiting = rig.call();
    FakeConnection& old = rig.conn();
    rig.link.endpoint->lose(old, quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    assert_failed(rig, flying, Code::connection_lost,
                  "connection error: connection lost: nothing heard from the peer for too long");
    assert_int_equal(static_cast<int>(rig.outcome(waiting).error.code),
                     static_cast<int>(Code::connection_lost));
    assert_int_equal(rig.events.disconnected.size(), 1);
    assert_int_equal(rig.link.endpoint->connects, 1);

    uint64_t a = rig.call();
    uint64_t b = rig.call();
    assert_int_equal(rig.link.endpoint->connects, 2);
    rig.authenticate();
    rig.reply(4, rig.success());
    rig.reply(8, rig.success());
    assert_true(rig.outcome(a).error.ok());
    assert_true(rig.outcome(b).error.ok());
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

void cancel_wins_in_every_phase_and_only_once(void**)
{
    ClientRig rig;
    rig.events.signer = Signer::silent;
    uint64_t dialling = rig.call();
    rig.core->cancel(dialling, rig.clock.now);
    rig.core->cancel(dialling, rig.clock.now);
    assert_failed(rig, dialling, Code::cancelled, "cancelled by the caller");

    Live live;
    uint64_t sent = live.call();
    live.core->cancel(sent, live.clock.now);
    assert_failed(live, sent, Code::cancelled, "cancelled by the caller");
    assert_true(live.conn().streams[live.newest()].reset);
    assert_true(live.conn().streams[live.newest()].stopped);
    live.conn().streams_allowed = 0;
    uint64_t waiting = live.call();
    live.core->cancel(waiting, live.clock.now);
    assert_failed(live, waiting, Code::cancelled, "cancelled by the caller");
    live.core->cancel(12345, live.clock.now);
    // A cancelled call's place in the queue is nobody's hindrance.
    uint64_t next = live.call();
    live.conn().streams_allowed = 100;
    live.link.endpoint->streams_available(live.conn());
    live.turn();
    live.reply(live.newest(), live.success());
    assert_true(live.outcome(next).error.ok());
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

void stop_gives_one_outcome_in_every_state(void**)
{
    Live rig;
    rig.conn().streams_allowed = 2;
    std::vector<uint64_t> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(rig.call());
    rig.address.port = 1;
    rig.link.endpoint->ready_at_once = false;
    ids.push_back(rig.call());
    rig.link.endpoint->ready_at_once = true;
    rig.events.signer = Signer::silent;
    rig.address.port = 2;
    ids.push_back(rig.call());
    rig.turn();
    rig.core->stop(rig.clock.now);
    rig.core->stop(rig.clock.now);
    for (uint64_t id : ids) {
        assert_int_equal(static_cast<int>(rig.outcome(id).error.code),
                         static_cast<int>(Code::shutdown));
    }
    assert_int_equal(rig.events.sign_cancelled.size(), 1);
    assert_int_equal(rig.events.stopped, 0);
    for (auto& connection : rig.link.endpoint->connections) {
        assert_string_equal(connection->close_reason.c_str(), "client_shutdown");
    }
    rig.wait(0);
    rig.wait(0);
    assert_int_equal(rig.events.stopped, 1);
    rig.call();
    assert_int_equal(static_cast<int>(rig.accepted.code), static_cast<int>(Code::shutdown));
    assert_int_equal(rig.events.disconnected.size(), 1);
    assert_int_equal(rig.link.endpoint->forbidden_calls, 0);
}

void stop_inside_a_completion_is_safe(void**)
{
    Live rig;
    uint64_t a = rig.call();
    uint64_t b = rig.call();
    rig.events.on_done = [&](uint64_t) { rig.core->stop(rig.clock.now); };
    rig.reply(rig.newest() - 4, rig.success());
    assert_true(rig.outcome(a).error.ok());
    assert_int_equal(static_cast<int>(rig.outcome(b).error.code), static_cast<int>(Code::shutdown));
    rig.wait(0);
    rig.wait(0);
    assert_int_equal(rig.events.stopped, 1);
    assert_int_equal(rig.link.endpoint->forbidden_calls, 0);
}

void idle_client_stops_too(void**)
{
    ClientRig rig;
    rig.core->stop(rig.clock.now);
    assert_true(rig.core->next_expiry_ns() == 0);
    rig.wait(0);
    assert_int_equal(rig.events.stopped, 1);
    assert_true(rig.core->next_expiry_ns() == kNever);
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
        cmocka_unit_test(deadline_holds_in_every_phase),
        cmocka_unit_test(dial_has_its_own_limit),
        cmocka_unit_test(dial_failures_tell_why),
        cmocka_unit_test(lost_connection_fails_calls_and_the_next_call_dials_once),
        cmocka_unit_test(call_made_inside_a_completion_dials_after_the_event),
        cmocka_unit_test(cancel_wins_in_every_phase_and_only_once),
        cmocka_unit_test(calls_wait_for_streams_in_order),
        cmocka_unit_test(too_many_calls_are_not_accepted),
        cmocka_unit_test(too_many_addresses_are_refused),
        cmocka_unit_test(authentication_failed_proves_again_and_retries_once),
        cmocka_unit_test(authentication_failed_twice_is_the_answer),
        cmocka_unit_test(repeated_proof_that_is_rejected_ends_the_connection),
        cmocka_unit_test(repeated_proof_waits_for_a_stream_before_the_calls),
        cmocka_unit_test(stop_gives_one_outcome_in_every_state),
        cmocka_unit_test(stop_inside_a_completion_is_safe),
        cmocka_unit_test(idle_client_stops_too),
        cmocka_unit_test(times_of_a_call_add_up),
    };
    return cmocka_run_group_tests_name("transport_client_calls", tests, nullptr, nullptr);
}
