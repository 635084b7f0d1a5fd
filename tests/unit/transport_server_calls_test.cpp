// Streams and requests on the server: what runs, what is answered in which words, what strangers
// cannot make it hold.
#include "support/server_rig.h"

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
using codec::FrameType;

void authenticated_request_reaches_the_handler_and_is_answered(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.join();
    quic::StreamId stream = rig.send(
        connection,
        *codec::hex_decode("030000001b93a46563686f81a86772656574696e67a568656c6c6fce6553f100"));
    const SeenRequest& seen = rig.events.requests.at(0);
    assert_true(seen.peer == rig.validator.public_key());
    assert_string_equal(seen.hotkey.c_str(), "5CfCr47V5Dte6bwxNBE8K9oNnQd9fiay6aDEEkgYtFv7w4Fq");
    assert_string_equal(seen.type.c_str(), "echo");
    assert_string_equal(codec::hex_encode(connection.streams[stream].sent).c_str(),
                        "040000001894c381a86772656574696e67a568656c6c6fce6553f100c0");
    assert_true(connection.streams[stream].fin);
    assert_false(connection.streams[stream].stopped);
    assert_int_equal(rig.core->stats().requests, 1);
    assert_int_equal(rig.core->stats().requests_in_flight, 0);
}

void stranger_reads_authentication_failed_and_nothing_runs(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.accept();
    quic::StreamId stream = rig.send(connection, rig.packet("echo"));
    assert_string_equal(rig.error_on(connection, stream).c_str(), "authentication failed");
    // The name tells nothing (upstream-S15).
    stream = rig.send(connection, rig.packet("unknown"));
    assert_string_equal(rig.error_on(connection, stream).c_str(), "authentication failed");
    assert_int_equal(rig.events.requests.size(), 0);
    assert_int_equal(rig.core->stats().requests_unauthenticated, 2);
    assert_false(connection.is_closing);
}

void strangers_body_is_never_kept(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.accept();
    // After the header alone, of a frame of 64 MiB.
    quic::StreamId stream = rig.send(connection, Bytes{3, 4, 0, 0, 0}, false);
    assert_string_equal(rig.error_on(connection, stream).c_str(), "authentication failed");
    assert_true(connection.streams[stream].stopped);
    // A small one is let run out, so that the other side reads the answer and no write error.
    stream = rig.send(connection, Bytes{3, 0, 0, 0x10, 0}, false);
    assert_string_equal(rig.error_on(connection, stream).c_str(), "authentication failed");
    assert_false(connection.streams[stream].stopped);
    rig.link.endpoint->data(connection, stream, Bytes(4096, 0x93), true);
    rig.turn();
    assert_int_equal(connection.streams[stream].consumed, 4101);
    assert_true(connection.streams[stream].closed);
}

void handshake_frames_are_small(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.accept();
    quic::StreamId stream = rig.send(connection, Bytes{1, 0, 0, 0x10, 1}, false);
    assert_true(ServerRig::empty_fin(connection, stream));
    assert_true(connection.streams[stream].stopped);
    assert_int_equal(connection.glitches, 1);
    stream = rig.send(connection, Bytes{1, 0, 0, 0x10, 0}, false);
    assert_false(connection.streams[stream].fin);
}

void unreadable_frames_get_an_empty_end(void**)
{
    const Bytes rows[] = {
        {},                     // nothing at all
        {3, 0, 0},              // short header
        {3, 0, 0, 0, 9, 1, 2},  // short payload
        {7, 0, 0, 0, 0},        // unknown type
        {2, 0, 0, 0, 0},        // types a client does not send
        {4, 0, 0, 0, 0},
        {5, 0, 0, 0, 0},
        {6, 0, 0, 0, 0},
        {3, 0xff, 0xff, 0xff, 0xff, 0},  // over the limit
    };
    ServerRig rig;
    FakeConnection& connection = *rig.join();
    unsigned glitches = 0;
    for (const Bytes& row : rows) {
        quic::StreamId stream = rig.send(connection, row);
        assert_true(ServerRig::empty_fin(connection, stream));
        assert_int_equal(connection.glitches, ++glitches);
        assert_false(connection.is_closing);
    }
    // A reset in the middle of a frame.
    quic::StreamId stream = rig.send(connection, Bytes{3, 0, 0, 0, 9, 1}, false);
    rig.link.endpoint->reset(connection, stream);
    rig.turn();
    assert_true(ServerRig::empty_fin(connection, stream));
    assert_int_equal(rig.events.requests.size(), 0);
}

void texts_of_the_wire(void**)
{
    transport::ServerConfig config;
    config.frame_payload_max = 1'048'576;
    ServerRig rig(config);
    FakeConnection& connection = *rig.join();
    quic::StreamId stream = rig.send(connection, rig.packet("unknown"));
    assert_string_equal(rig.error_on(connection, stream).c_str(), "unrecognized synapse type");

    stream = rig.send(connection, frame(FrameType::synapse_packet, Bytes{0x93, 0xa0, 0xc0, 0}));
    assert_string_equal(rig.error_on(connection, stream).c_str(), "invalid request format");

    rig.events.echo = false;
    stream = rig.send(connection, rig.packet("echo"));
    assert_true(rig.core->fail(rig.events.requests.back().id, rig.clock.now).ok());
    assert_string_equal(rig.error_on(connection, stream).c_str(), "request processing failed");

    stream = rig.send(connection, rig.packet("echo"));
    Error error =
        rig.core->answer(rig.events.requests.back().id,
                         SharedBytes::take(map_of("big", Bytes(1'048'576, 0))), rig.clock.now);
    assert_int_equal(static_cast<int>(error.code), static_cast<int>(Code::too_large));
    assert_string_equal(rig.error_on(connection, stream).c_str(), "internal serialization error");

    stream = rig.send(connection, rig.packet("echo"));
    uint64_t slow = rig.events.requests.back().id;
    rig.wait(30 * kSecond - 1);
    assert_true(connection.streams[stream].sent.empty());
    rig.wait(1);
    assert_string_equal(rig.error_on(connection, stream).c_str(), "handler timed out");
    assert_int_equal(rig.events.cancelled[slow].size(), 1);
    assert_int_equal(static_cast<int>(rig.events.cancelled[slow][0]),
                     static_cast<int>(Code::deadline));
    assert_int_equal(rig.core->stats().requests_timed_out, 1);
    // The handler's late answer goes nowhere.
    error = rig.core->answer(slow, SharedBytes::copy(codec::kEmptyMap), rig.clock.now);
    assert_int_equal(static_cast<int>(error.code), static_cast<int>(Code::wrong_state));
    error = rig.core->fail(slow, rig.clock.now);
    assert_int_equal(static_cast<int>(error.code), static_cast<int>(Code::wrong_state));
}

void large_answer_is_sent_from_where_it_lies(void**)
{
    ServerRig rig;
    rig.events.echo = false;
    FakeConnection& connection = *rig.join();
    quic::StreamId stream = rig.send(connection, rig.packet("echo"));
    Bytes map = map_of("payload", Bytes(100'000, 7));
    assert_true(
        rig.core->answer(rig.events.requests.at(0).id, SharedBytes::copy(map), rig.clock.now).ok());
    assert_int_equal(connection.streams[stream].chunks, 3);
    auto parsed = codec::parse_frame(connection.streams[stream].sent, 1 << 26);
    auto response = codec::decode_synapse_response(parsed->payload);
    assert_true(response.ok());
    assert_true(response->success);
    assert_memory_equal(response->data.data(), map.data(), map.size());
}

void request_in_pieces_with_trailing_bytes_and_no_fin_runs(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.join();
    Bytes bytes = rig.packet("echo", map_of("k", Bytes(10'000, 3)));
    bytes.push_back(0x77);
    quic::StreamId stream = rig.send(connection, ByteView(bytes).first(1), false);
    for (size_t at = 1; at < bytes.size(); at += 1000) {
        rig.link.endpoint->data(
            connection, stream,
            ByteView(bytes).subspan(at, std::min<size_t>(1000, bytes.size() - at)), false);
    }
    rig.turn();
    assert_string_equal(rig.error_on(connection, stream).c_str(), "");
    assert_int_equal(connection.streams[stream].consumed, bytes.size());
    assert_true(connection.streams[stream].stopped);
}

// upstream-S19: in order, so that they cost no memory, but each is work.
void body_in_crumbs_counts_against_its_writer(void**)
{
    const auto oddities = [](size_t piece, size_t total) {
        ServerRig rig;
        FakeConnection& connection = *rig.join();
        const Bytes bytes = rig.packet("echo", map_of("k", Bytes(total, 3)));
        const quic::StreamId stream = rig.send(connection, ByteView(bytes).first(piece), false);
        for (size_t at = piece; at < bytes.size(); at += piece) {
            const size_t len = std::min(piece, bytes.size() - at);
            rig.link.endpoint->data(connection, stream, ByteView(bytes).subspan(at, len), false);
        }
        rig.turn();
        assert_string_equal(rig.error_on(connection, stream).c_str(), "");
        return connection.glitches;
    };
    // A body of 3 kB in 12-byte pieces is odd and harmless; 320 kB in 32-byte pieces are not.
    assert_int_equal(oddities(12, 3000), 0);
    assert_in_range(oddities(32, 320'000), 9000, 10'000);
    // What a path with the smallest packets makes of it, cut in two for good measure.
    assert_int_equal(oddities(500, 2'000'000), 0);
}

void bin_keys_are_made_str_before_the_handler_sees_them(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.join();
    Bytes payload = {0x93, 0xa4, 'e', 'c', 'h', 'o', 0x81, 0xc4, 0x01, 'k', 0x01, 0x00};
    rig.send(connection, frame(FrameType::synapse_packet, payload));
    const Bytes expected = {0x81, 0xa1, 'k', 0x01};
    assert_true(rig.events.requests.at(0).data == expected);
}

void request_waits_while_the_path_is_unproved(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.join();
    rig.link.endpoint->path(connection, false);
    quic::StreamId stream = rig.send(connection, rig.packet("echo"));
    assert_int_equal(rig.events.requests.size(), 0);
    rig.wait(kSecond);
    rig.link.endpoint->path(connection, true);
    rig.turn();
    assert_int_equal(rig.events.requests.size(), 1);
    assert_string_equal(rig.error_on(connection, stream).c_str(), "");
    // One that is never proved: the peer is told, the handler never hears of it.
    rig.link.endpoint->path(connection, false);
    stream = rig.send(connection, rig.packet("echo"));
    rig.wait(30 * kSecond);
    assert_string_equal(rig.error_on(connection, stream).c_str(), "handler timed out");
    assert_int_equal(rig.events.requests.size(), 1);
    assert_int_equal(rig.events.cancelled.size(), 0);
}

void peer_that_loses_interest_cancels_its_request(void**)
{
    ServerRig rig;
    rig.events.echo = false;
    FakeConnection& connection = *rig.join();
    quic::StreamId stopped = rig.send(connection, rig.packet("slow"));
    quic::StreamId reset = rig.send(connection, rig.packet("slow"), false);
    rig.send(connection, rig.packet("slow"));
    rig.link.endpoint->stop_sending(connection, stopped);
    rig.link.endpoint->reset(connection, reset);
    rig.turn();
    assert_int_equal(rig.events.cancelled.size(), 2);
    assert_true(connection.streams[stopped].reset);
    rig.link.endpoint->lose(connection, quic::CloseInfo::Cause::idle_timeout);
    rig.turn();
    assert_int_equal(rig.events.cancelled.size(), 3);
    for (const auto& [id, codes] : rig.events.cancelled) assert_int_equal(codes.size(), 1);
    assert_int_equal(rig.core->stats().requests_in_flight, 0);
    assert_int_equal(rig.events.gone.size(), 1);
}

void stop_sending_after_the_answer_is_routine(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.join();
    quic::StreamId stream = rig.send(connection, rig.packet("echo"), false);
    rig.link.endpoint->stop_sending(connection, stream);
    rig.turn();
    assert_false(connection.streams[stream].reset);
    assert_int_equal(rig.events.cancelled.size(), 0);
}

void too_many_requests_at_once_are_answered_not_kept(void**)
{
    transport::ServerConfig config;
    config.requests_in_flight_max = 2;
    ServerRig rig(config);
    rig.events.echo = false;
    FakeConnection& connection = *rig.join();
    rig.send(connection, rig.packet("slow"));
    rig.send(connection, rig.packet("slow"));
    quic::StreamId stream = rig.send(connection, rig.packet("slow"));
    assert_string_equal(rig.error_on(connection, stream).c_str(), "request processing failed");
    assert_int_equal(rig.events.requests.size(), 2);
}

void strangers_are_counted_per_source_and_in_all(void**)
{
    transport::ServerConfig config;
    config.unauthenticated_connections_max = 5;
    config.unauthenticated_per_source_max = 2;
    ServerRig rig(config);
    FakeConnection* first = rig.accept(ServerRig::from(1, 1));
    assert_non_null(first);
    assert_non_null(rig.accept(ServerRig::from(1, 2)));
    assert_null(rig.accept(ServerRig::from(1, 3)));
    assert_non_null(rig.accept(ServerRig::from(2)));
    // Who proves himself makes room.
    rig.send_request(*first, rig.request_by(rig.validator));
    assert_non_null(rig.accept(ServerRig::from(1, 3)));
    assert_non_null(rig.accept(ServerRig::from(3)));
    assert_non_null(rig.accept(ServerRig::from(4)));
    assert_null(rig.accept(ServerRig::from(5)));
}

void stranger_is_closed_after_his_time(void**)
{
    ServerRig rig;
    FakeConnection& stranger = *rig.accept(ServerRig::from(2));
    FakeConnection& peer = *rig.join();
    rig.wait(10 * kSecond - 1);
    assert_false(stranger.is_closing);
    rig.wait(1);
    assert_true(stranger.gone);
    assert_false(peer.is_closing);
    assert_int_equal(rig.core->stats().unauthenticated_closed, 1);
    assert_int_equal(rig.core->stats().connections, 1);
    assert_int_equal(peer.keep_alive_ns, 30 * kSecond);
    assert_int_equal(stranger.keep_alive_ns, 0);
}

void stop_cancels_what_runs_and_tells_once(void**)
{
    ServerRig rig;
    rig.events.echo = false;
    FakeConnection& peer = *rig.join();
    FakeConnection& stranger = *rig.accept(ServerRig::from(2));
    rig.send(peer, rig.packet("slow"));
    rig.events.signer = Signer::silent;
    rig.send_request(stranger, rig.request_by(key_of(9)));
    rig.core->stop(0, rig.clock.now);
    rig.core->stop(0, rig.clock.now);
    assert_string_equal(peer.close_reason.c_str(), "server_shutdown");
    assert_string_equal(stranger.close_reason.c_str(), "server_shutdown");
    uint64_t request = rig.events.requests.at(0).id;
    assert_int_equal(rig.events.cancelled[request].size(), 1);
    assert_int_equal(static_cast<int>(rig.events.cancelled[request][0]),
                     static_cast<int>(Code::shutdown));
    assert_int_equal(rig.events.sign_cancelled.size(), 1);
    Error error = rig.core->answer(request, SharedBytes::copy(codec::kEmptyMap), rig.clock.now);
    assert_int_equal(static_cast<int>(error.code), static_cast<int>(Code::wrong_state));
    rig.wait(0);
    rig.wait(0);
    assert_int_equal(rig.events.stopped, 1);
    assert_null(rig.accept());
    assert_int_equal(rig.link.endpoint->forbidden_calls, 0);
}

void drain_lets_requests_finish_and_takes_no_new_ones(void**)
{
    ServerRig rig;
    rig.events.echo = false;
    FakeConnection& peer = *rig.join();
    quic::StreamId running = rig.send(peer, rig.packet("slow"));
    rig.core->stop(5 * kSecond, rig.clock.now);
    assert_true(rig.link.endpoint->stopped_accepting);
    assert_false(peer.is_closing);
    quic::StreamId late = rig.send(peer, rig.packet("slow"));
    assert_string_equal(rig.error_on(peer, late).c_str(), "request processing failed");
    rig.wait(kSecond);
    // Answered, but not on its way yet: the close must not overtake it.
    peer.unacked_bytes = 10;
    assert_true(rig.core
                    ->answer(rig.events.requests.at(0).id, SharedBytes::copy(codec::kEmptyMap),
                             rig.clock.now)
                    .ok());
    assert_string_equal(rig.error_on(peer, running).c_str(), "");
    assert_false(peer.is_closing);
    peer.unacked_bytes = 0;
    rig.turn();
    assert_string_equal(peer.close_reason.c_str(), "server_shutdown");
    rig.wait(0);
    rig.wait(0);
    assert_int_equal(rig.events.stopped, 1);
    assert_int_equal(rig.events.cancelled.size(), 0);
}

void drain_ends_by_its_own_deadline(void**)
{
    ServerRig rig;
    rig.events.echo = false;
    FakeConnection& peer = *rig.join();
    rig.send(peer, rig.packet("slow"));
    rig.core->stop(5 * kSecond, rig.clock.now);
    rig.wait(5 * kSecond);
    assert_true(peer.is_closing);
    assert_int_equal(rig.events.cancelled.size(), 1);
    rig.wait(0);
    assert_int_equal(rig.events.stopped, 1);
}

void link_is_made_as_the_configuration_says(void**)
{
    transport::ServerConfig config;
    config.require_address_validation = false;
    config.idle_timeout_ns = 99 * kSecond;
    ServerRig rig(config);
    assert_true(rig.link.endpoint->config.retry == quic::RetryPolicy::never);
    assert_true(rig.link.endpoint->config.idle_timeout_ns == 99 * kSecond);
    assert_true(rig.core->fingerprint() == vector_fingerprint());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(authenticated_request_reaches_the_handler_and_is_answered),
        cmocka_unit_test(stranger_reads_authentication_failed_and_nothing_runs),
        cmocka_unit_test(strangers_body_is_never_kept),
        cmocka_unit_test(handshake_frames_are_small),
        cmocka_unit_test(unreadable_frames_get_an_empty_end),
        cmocka_unit_test(texts_of_the_wire),
        cmocka_unit_test(large_answer_is_sent_from_where_it_lies),
        cmocka_unit_test(request_in_pieces_with_trailing_bytes_and_no_fin_runs),
        cmocka_unit_test(body_in_crumbs_counts_against_its_writer),
        cmocka_unit_test(bin_keys_are_made_str_before_the_handler_sees_them),
        cmocka_unit_test(request_waits_while_the_path_is_unproved),
        cmocka_unit_test(peer_that_loses_interest_cancels_its_request),
        cmocka_unit_test(stop_sending_after_the_answer_is_routine),
        cmocka_unit_test(too_many_requests_at_once_are_answered_not_kept),
        cmocka_unit_test(strangers_are_counted_per_source_and_in_all),
        cmocka_unit_test(stranger_is_closed_after_his_time),
        cmocka_unit_test(stop_cancels_what_runs_and_tells_once),
        cmocka_unit_test(drain_lets_requests_finish_and_takes_no_new_ones),
        cmocka_unit_test(drain_ends_by_its_own_deadline),
        cmocka_unit_test(link_is_made_as_the_configuration_says),
    };
    return cmocka_run_group_tests_name("transport_server_calls", tests, nullptr, nullptr);
}
