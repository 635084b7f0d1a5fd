// Two cores that speak the second token over the real QUIC link, and each of them with one that does
// not: deadlines, giving up, chunks in both directions, limits.
#include "support/link_rig.h"

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

#define assert_code(got, wanted) \
    assert_string_equal(code_name(got).data(), code_name(wanted).data())

transport::ClientConfig old_client()
{
    transport::ClientConfig config;
    config.wire_2 = false;
    return config;
}

transport::ServerConfig old_server()
{
    transport::ServerConfig config;
    config.wire_2 = false;
    return config;
}

struct Rig : LinkRig {
    using LinkRig::LinkRig;

    // A call with chunks; `streamed`: so is its answer.
    uint64_t upload(bool streamed = false, std::string type = "echo")
    {
        transport::CallRequest asked =
            request(std::move(type), SharedBytes::copy(codec::kEmptyMap), kNever);
        asked.sends_chunks = true;
        const Error error = streamed ? client->open(std::move(asked), {}, clock.now)
                                     : client->call(std::move(asked), clock.now);
        assert_true(error.ok());
        return next_call - 1;
    }
    Code send(uint64_t id, size_t len, uint8_t fill = 5)
    {
        return client->send_chunk(id, SharedBytes::take(Bytes(len, fill)), clock.now).code;
    }
    std::string alpn() { return client->peers().at(0).alpn; }
};

void both_speak_the_second_token_when_they_can(void**)
{
    Rig rig;
    const uint64_t id = rig.call();
    rig.run(kSecond);
    assert_code(rig.outcome(id).error.code, Code::ok);
    assert_string_equal(rig.alpn().c_str(), "btlightning/2");
    assert_string_equal(rig.server->peers().at(0).alpn.c_str(), "btlightning/2");
}

void an_old_peer_on_either_side_is_served_as_before(void**)
{
    Rig from_old(old_client());
    const uint64_t first = from_old.call();
    from_old.run(kSecond);
    assert_code(from_old.outcome(first).error.code, Code::ok);
    assert_string_equal(from_old.alpn().c_str(), "btlightning");

    Rig to_old({}, old_server());
    const uint64_t second = to_old.call();
    to_old.run(kSecond);
    assert_code(to_old.outcome(second).error.code, Code::ok);
    assert_string_equal(to_old.alpn().c_str(), "btlightning");
}

void who_requires_the_second_token_says_so_to_an_old_peer(void**)
{
    transport::ClientConfig strict;
    strict.require_wire_2 = true;
    Rig rig(strict, old_server());
    const uint64_t id = rig.call();
    rig.run(kSecond);
    assert_code(rig.outcome(id).error.code, Code::alpn_mismatch);
    assert_non_null(std::strstr(rig.outcome(id).error.text.c_str(), "btlightning/2"));

    transport::ServerConfig server;
    server.require_wire_2 = true;
    Rig refused(old_client(), server);
    const uint64_t other = refused.call();
    refused.run(kSecond);
    assert_code(refused.outcome(other).error.code, Code::alpn_mismatch);
}

void the_callers_deadline_reaches_the_handler(void**)
{
    Rig rig;
    rig.server_events.echo = false;
    const uint64_t warm = rig.call();
    rig.run(kSecond);
    rig.client->cancel(warm, rig.clock.now);
    rig.run(kSecond);
    rig.call(Bytes{0x80}, rig.clock.now.monotonic_ns + 2 * kSecond);
    rig.run(100 * kMillisecond);
    const SeenRequest& seen = rig.server_events.requests.back();
    const Nanos left = seen.deadline_ns - rig.clock.now.monotonic_ns;
    assert_true(left > 1850 * kMillisecond && left <= 2 * kSecond);
    assert_int_equal(seen.priority, 3);
    rig.run(3 * kSecond);
    assert_int_equal(rig.server_events.cancelled[seen.id].size(), 1);
    assert_code(rig.server_events.cancelled[seen.id][0], Code::deadline);
}

void giving_up_reaches_the_handler_with_its_reason(void**)
{
    Rig rig;
    rig.server_events.echo = false;
    const uint64_t id = rig.call();
    rig.run(kSecond);
    rig.client->cancel(id, rig.clock.now);
    rig.run(kSecond);
    const uint64_t request = rig.server_events.requests.back().id;
    assert_int_equal(rig.server_events.cancelled[request].size(), 1);
    assert_code(rig.server_events.cancelled[request][0], Code::cancelled);
}

void a_failure_brings_its_code(void**)
{
    Rig rig;
    const uint64_t id = rig.call(Bytes{0x80}, kNever, "unknown");
    rig.run(kSecond);
    assert_code(rig.outcome(id).error.code, Code::handler);
    assert_string_equal(rig.outcome(id).error.text.c_str(), "unrecognized synapse type");
    assert_int_equal(rig.outcome(id).answer_code,
                     static_cast<int>(codec::AnswerCode::unknown_type));
}

void the_peers_frame_limit_stops_a_call_before_it_is_sent(void**)
{
    transport::ServerConfig small;
    small.frame_payload_max = codec::kFramePayloadMinMax;
    Rig rig({}, small);
    const uint64_t early = rig.call(map_of("k", Bytes(2 << 20)));
    const uint64_t fits = rig.call();
    rig.run(kSecond);
    assert_code(rig.outcome(early).error.code, Code::too_large);
    assert_code(rig.outcome(fits).error.code, Code::ok);
    transport::CallRequest late =
        rig.request("echo", SharedBytes::take(map_of("k", Bytes(2 << 20))), kNever);
    assert_code(rig.client->call(std::move(late), rig.clock.now).code, Code::too_large);
    assert_int_equal(rig.server_events.requests.size(), 1);
}

void an_answer_beyond_the_callers_limit_is_not_sent(void**)
{
    transport::ClientConfig small;
    small.frame_payload_max = codec::kFramePayloadMinMax;
    Rig rig(small);
    rig.server_events.echo = false;
    Code said = Code::ok;
    rig.server_events.when_asked = [&](uint64_t request) {
        said = rig.server
                   ->answer(request, SharedBytes::take(map_of("k", Bytes(2 << 20))), rig.clock.now)
                   .code;
    };
    const uint64_t id = rig.call();
    rig.run(kSecond);
    assert_code(said, Code::too_large);
    assert_string_equal(rig.outcome(id).error.text.c_str(), "internal serialization error");
    assert_int_equal(rig.outcome(id).answer_code, static_cast<int>(codec::AnswerCode::too_large));
}

void chunks_follow_a_request_and_are_answered_once(void**)
{
    Rig rig;
    rig.server_events.echo = false;
    size_t got = 0;
    rig.server_events.on_one_chunk = [&](uint64_t id, const SharedBytes& bytes) {
        got += bytes.size();
        rig.server->taken_chunk(id, bytes.size(), rig.clock.now);
    };
    rig.server_events.on_chunks_end = [&](uint64_t id) {
        Error ignored = rig.server->answer(id, SharedBytes::copy(codec::kEmptyMap), rig.clock.now);
        (void)ignored;
    };
    const uint64_t id = rig.upload();
    // Not yet connected: told to wait, then that there is room.
    assert_code(rig.send(id, 10), Code::full);
    rig.run(kSecond);
    assert_int_equal(rig.client_events.writable.size(), 1);
    assert_true(rig.server_events.requests.at(0).more_follows);
    assert_code(rig.send(id, 1000), Code::ok);
    assert_code(rig.send(id, 0), Code::ok);
    assert_code(rig.send(id, 300'000), Code::ok);
    rig.run(kSecond);
    assert_int_equal(got, 301'000);
    assert_true(rig.client_events.done[id].empty());
    assert_true(rig.client->end_chunks(id, rig.clock.now).ok());
    assert_code(rig.send(id, 1), Code::wrong_state);
    rig.run(kSecond);
    assert_code(rig.outcome(id).error.code, Code::ok);
    assert_int_equal(rig.server_events.chunks[rig.server_events.requests[0].id].size(), 3);
}

void a_slow_handler_holds_its_sender_back(void**)
{
    Rig rig;
    rig.server_events.echo = false;
    const uint64_t id = rig.upload();
    rig.run(kSecond);
    const uint64_t request = rig.server_events.requests.at(0).id;
    size_t sent = 0;
    for (int i = 0; i < 2000; ++i) {
        while (rig.send(id, 10'000) == Code::ok) ++sent;
        rig.run(10 * kMillisecond);
        if (i == 200) break;
    }
    // What lies at the handler, on the way, and here: each has its bound.
    auto& chunks = rig.server_events.chunks[request];
    assert_true(chunks.size() * 10'000 <= 1'250'000);
    assert_true(sent * 10'000 < 6'000'000);
    const size_t before = sent;
    size_t taken = 0;
    for (int i = 0; i < 300; ++i) {
        for (; taken < chunks.size(); ++taken) {
            rig.server->taken_chunk(request, chunks[taken].size(), rig.clock.now);
        }
        while (sent < before + 500 && rig.send(id, 10'000) == Code::ok) ++sent;
        rig.run(10 * kMillisecond);
    }
    assert_int_equal(sent, before + 500);
    assert_int_equal(chunks.size(), sent);
    assert_true(rig.client_events.done[id].empty());
}

void chunks_travel_both_ways_at_once(void**)
{
    Rig rig;
    rig.server_events.streamed = {"talk"};
    rig.server_events.on_one_chunk = [&](uint64_t id, const SharedBytes& bytes) {
        rig.server->taken_chunk(id, bytes.size(), rig.clock.now);
        assert_true(rig.server->send_chunk(id, bytes, rig.clock.now).ok());
    };
    rig.server_events.on_chunks_end = [&](uint64_t id) {
        assert_true(rig.server->end_stream(id, rig.clock.now).ok());
    };
    const uint64_t id = rig.upload(true, "talk");
    rig.run(kSecond);
    for (uint8_t i = 0; i < 5; ++i) {
        assert_code(rig.send(id, 100, i), Code::ok);
        rig.run(100 * kMillisecond);
        const auto& back = rig.client_events.chunks[id];
        assert_int_equal(back.size(), i + 1);
        assert_int_equal(back.back().view()[0], i);
        rig.client->taken(id, 100, rig.clock.now);
    }
    assert_true(rig.client->end_chunks(id, rig.clock.now).ok());
    rig.run(kSecond);
    assert_code(rig.outcome(id).error.code, Code::ok);
}

void an_early_answer_ends_the_sending(void**)
{
    Rig rig;
    const uint64_t id = rig.upload();
    rig.run(kSecond);
    // The handler echoed the request at once.
    assert_code(rig.outcome(id).error.code, Code::ok);
    assert_code(rig.send(id, 10), Code::wrong_state);
    const uint64_t again = rig.call();
    rig.run(kSecond);
    assert_code(rig.outcome(again).error.code, Code::ok);
}

void giving_up_between_chunks_reaches_the_handler(void**)
{
    Rig rig;
    rig.server_events.echo = false;
    const uint64_t id = rig.upload();
    rig.run(kSecond);
    assert_code(rig.send(id, 10), Code::ok);
    rig.run(kSecond);
    rig.client->cancel(id, rig.clock.now);
    rig.run(kSecond);
    const uint64_t request = rig.server_events.requests.at(0).id;
    assert_code(rig.server_events.cancelled[request].at(0), Code::cancelled);
    assert_true(rig.server_events.chunks_ended.empty());
}

void chunks_to_an_old_peer_are_refused_with_the_reason(void**)
{
    Rig rig({}, old_server());
    const uint64_t id = rig.upload();
    rig.run(kSecond);
    assert_code(rig.outcome(id).error.code, Code::unsupported);
    assert_non_null(std::strstr(rig.outcome(id).error.text.c_str(), "btlightning/2"));
    assert_true(rig.server_events.requests.empty());
}

void urgent_requests_go_first_among_those_that_wait(void**)
{
    transport::ServerConfig one;
    one.requests_per_peer_max = 1;
    Rig rig({}, one);
    rig.server_events.echo = false;
    for (uint8_t priority : {3, 0, 3, 7, 5}) {
        auto request = rig.request("p", SharedBytes::copy(codec::kEmptyMap), kNever);
        request.priority = priority;
        assert_true(rig.client->call(std::move(request), rig.clock.now).ok());
        rig.run(100 * kMillisecond);
    }
    std::vector<int> order;
    for (size_t i = 0; i < 5; ++i) {
        assert_int_equal(rig.server_events.requests.size(), i + 1);
        const SeenRequest seen = rig.server_events.requests.back();
        order.push_back(seen.priority);
        Error ignored =
            rig.server->answer(seen.id, SharedBytes::copy(codec::kEmptyMap), rig.clock.now);
        (void)ignored;
        rig.run(100 * kMillisecond);
    }
    assert_true(order == (std::vector<int>{3, 7, 5, 3, 0}));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(both_speak_the_second_token_when_they_can),
        cmocka_unit_test(an_old_peer_on_either_side_is_served_as_before),
        cmocka_unit_test(who_requires_the_second_token_says_so_to_an_old_peer),
        cmocka_unit_test(the_callers_deadline_reaches_the_handler),
        cmocka_unit_test(giving_up_reaches_the_handler_with_its_reason),
        cmocka_unit_test(a_failure_brings_its_code),
        cmocka_unit_test(the_peers_frame_limit_stops_a_call_before_it_is_sent),
        cmocka_unit_test(an_answer_beyond_the_callers_limit_is_not_sent),
        cmocka_unit_test(chunks_follow_a_request_and_are_answered_once),
        cmocka_unit_test(a_slow_handler_holds_its_sender_back),
        cmocka_unit_test(chunks_travel_both_ways_at_once),
        cmocka_unit_test(an_early_answer_ends_the_sending),
        cmocka_unit_test(giving_up_between_chunks_reaches_the_handler),
        cmocka_unit_test(chunks_to_an_old_peer_are_refused_with_the_reason),
        cmocka_unit_test(urgent_requests_go_first_among_those_that_wait),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
