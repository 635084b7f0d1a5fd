// What a call may cost its caller: time for the request to leave, for each chunk and in all, bytes
// of the answer, requests that pile up. A peer whose work is not wanted any more is told.
#include "support/client_rig.h"

#include "transport/stream_codes.h"
#include "transport/write_budget.h"

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
namespace codes = transport::stream_code;

void assert_failed(ClientRig& rig, uint64_t id, Code code, const char* display)
{
    assert_string_equal(rig.outcome(id).error.display().c_str(), display);
    assert_int_equal(static_cast<int>(rig.outcome(id).error.code), static_cast<int>(code));
}

struct Live : ClientRig {
    explicit Live(transport::ClientConfig config = {}) : ClientRig(std::move(config))
    {
        Error ignored = core->connect(1'000'000, miner.public_key(), address, kNever, clock.now);
        (void)ignored;
        authenticate();
    }
    FakeStream& sent() { return conn().streams[newest()]; }
    void flush_request()
    {
        link.endpoint->take(conn(), newest(), SIZE_MAX, SIZE_MAX);
        turn();
    }
    void answer(ByteView bytes, bool fin = false) { reply(newest(), bytes, fin); }
    uint64_t big_call(size_t len, Nanos deadline_ns = kNever)
    {
        auto request = request_for(miner.public_key(), deadline_ns, "echo");
        request.data = SharedBytes::take(map_of("k", Bytes(len, 7)));
        accepted = core->call(std::move(request), clock.now);
        return next_call - 1;
    }
};

void write_budget_scales_with_payload_size(void**)
{
    assert_true(transport::write_budget(0) == 5 * kSecond);
    assert_true(transport::write_budget(1) == 6 * kSecond);
    assert_true(transport::write_budget(1 << 20) == 6 * kSecond);
    assert_true(transport::write_budget((1 << 20) + 1) == 7 * kSecond);
    assert_true(transport::write_budget(10 << 20) == 15 * kSecond);
}

void write_budget_is_capped(void**)
{
    assert_true(transport::write_budget(64 << 20) == 60 * kSecond);
    assert_true(transport::write_budget(UINT64_MAX) == 60 * kSecond);
}

void write_budget_exceeds_typical_response_timeouts_for_large_payloads(void**)
{
    assert_true(transport::write_budget(5 << 20) >= 10 * kSecond);
}

void a_request_that_does_not_leave_is_given_up_with_a_reset(void**)
{
    Live rig;
    rig.conn().takes_nothing = true;
    uint64_t id = rig.big_call(2 << 20);
    size_t len = rig.sent().backlog.unsent;
    assert_true(len > (2 << 20));
    rig.wait(8 * kSecond - 1);
    assert_true(rig.open(id));
    rig.wait(1);
    std::string display = "transport error: request transfer timed out after 8s (" +
                          std::to_string(len) + " bytes unacknowledged by peer)";
    assert_failed(rig, id, Code::deadline, display.c_str());
    assert_true(rig.sent().reset);
    assert_int_equal(rig.sent().reset_code, codes::kStalled);
    assert_int_equal(rig.sent().stop_code, codes::kStalled);
}

void a_slow_link_is_not_a_stalled_one(void**)
{
    Live rig;
    rig.conn().takes_nothing = true;
    uint64_t id = rig.big_call(2 << 20);
    // A third of the rest within each budget: far beyond the sum that the budget once was.
    for (int i = 0; i < 20; ++i) {
        rig.sent().backlog.unsent -= rig.sent().backlog.unsent / 3;
        rig.wait(8 * kSecond);
        assert_true(rig.open(id));
    }
    rig.sent().backlog.unsent = 0;
    rig.wait(100 * kSecond);
    assert_true(rig.open(id));
    rig.answer(rig.success(), true);
    assert_true(rig.outcome(id).error.ok());
    assert_true(rig.core->next_expiry_ns() == kNever);
}

void the_callers_deadline_is_the_only_one_for_the_transfer(void**)
{
    Live rig;
    rig.conn().takes_nothing = true;
    uint64_t id = rig.big_call(2 << 20, rig.clock.now.monotonic_ns + 30 * kSecond);
    rig.wait(30 * kSecond - 1);
    assert_true(rig.open(id));
    rig.wait(1);
    assert_failed(rig, id, Code::deadline, "transport error: query timed out");
    assert_int_equal(rig.sent().reset_code, codes::kDeadline);
    assert_int_equal(rig.sent().stop_code, codes::kDeadline);
}

void an_answer_before_the_whole_request_drops_the_rest(void**)
{
    Live rig;
    rig.conn().takes_nothing = true;
    uint64_t id = rig.big_call(2 << 20);
    rig.answer(rig.success(), true);
    assert_true(rig.outcome(id).error.ok());
    assert_true(rig.sent().reset);
    rig.wait(100 * kSecond);
    assert_int_equal(rig.events.done[id].size(), 1);
}

void a_cancelled_stream_tells_the_server(void**)
{
    Live rig;
    uint64_t id = rig.stream();
    rig.answer(rig.chunk(Bytes(5, 1)));
    rig.core->cancel(id, rig.clock.now);
    assert_failed(rig, id, Code::cancelled, "cancelled by the caller");
    assert_true(rig.sent().reset);
    assert_true(rig.sent().stopped);
    assert_int_equal(rig.sent().stop_code, codes::kCancelled);
    assert_int_not_equal(codes::kCancelled, 0);
}

void the_first_chunk_has_a_limit_of_its_own(void**)
{
    transport::StreamTerms terms;
    terms.first_chunk_ns = 3 * kSecond;
    terms.chunk_gap_ns = kSecond;
    Live rig;
    uint64_t id = rig.stream(terms);
    // It begins when the request is with the peer.
    rig.wait(4 * kSecond);
    rig.flush_request();
    rig.wait(3 * kSecond - 1);
    // Half a frame is none.
    rig.answer(Bytes{0x05, 0, 0});
    assert_true(rig.open(id));
    rig.wait(1);
    assert_failed(rig, id, Code::deadline, "stream error: chunk read timed out");
    assert_true(rig.sent().stopped);
    assert_int_equal(rig.sent().stop_code, codes::kSilent);
}

void a_pause_between_chunks_ends_the_stream(void**)
{
    transport::StreamTerms terms;
    terms.chunk_gap_ns = kSecond;
    Live rig;
    rig.events.on_one_chunk = [&](uint64_t call, const SharedBytes& bytes) {
        rig.core->taken(call, bytes.size(), rig.clock.now);
    };
    uint64_t id = rig.stream(terms);
    rig.flush_request();
    rig.wait(20 * kSecond);
    for (int i = 0; i < 5; ++i) {
        rig.answer(rig.chunk(Bytes(5, 1)));
        rig.wait(kSecond - 1);
        assert_true(rig.open(id));
    }
    rig.wait(1);
    assert_failed(rig, id, Code::deadline, "stream error: chunk read timed out");
    assert_int_equal(rig.outcome(id).chunks, 5);
}

void a_consumer_that_pauses_is_not_the_peers_fault(void**)
{
    transport::StreamTerms terms;
    terms.chunk_gap_ns = kSecond;
    Live rig;
    uint64_t id = rig.stream(terms);
    rig.answer(rig.chunk(Bytes(5, 1)));
    rig.wait(100 * kSecond);
    assert_true(rig.open(id));
    rig.core->taken(id, 4, rig.clock.now);
    rig.wait(100 * kSecond);
    assert_true(rig.open(id));
    rig.core->taken(id, 1, rig.clock.now);
    rig.wait(kSecond - 1);
    assert_true(rig.open(id));
    rig.wait(1);
    assert_failed(rig, id, Code::deadline, "stream error: chunk read timed out");
}

void the_deadline_bounds_the_whole_stream(void**)
{
    Live rig;
    uint64_t id = rig.stream({}, rig.clock.now.monotonic_ns + 10 * kSecond);
    for (int i = 0; i < 9; ++i) {
        rig.wait(kSecond);
        rig.answer(rig.chunk(Bytes(5, 1)));
    }
    assert_true(rig.open(id));
    rig.wait(kSecond);
    assert_failed(rig, id, Code::deadline, "transport error: query timed out");
    assert_int_equal(rig.sent().stop_code, codes::kDeadline);
    assert_int_equal(rig.events.chunks[id].size(), 9);
}

void an_answer_beyond_the_limit_is_cut_off(void**)
{
    transport::StreamTerms terms;
    terms.bytes_max = 10;
    Live exact;
    uint64_t id = exact.stream(terms);
    exact.answer(exact.chunk(Bytes(6, 1)));
    exact.answer(exact.chunk(Bytes(4, 1)));
    exact.answer(exact.chunk({}));
    exact.answer(exact.end(), true);
    assert_true(exact.outcome(id).error.ok());

    Live rig;
    id = rig.stream(terms);
    rig.answer(rig.chunk(Bytes(6, 1)));
    rig.answer(rig.chunk(Bytes(5, 1)));
    assert_failed(rig, id, Code::too_large,
                  "stream error: streaming response exceeded 10 byte aggregate limit");
    assert_int_equal(rig.events.chunks[id].size(), 1);
    assert_int_equal(rig.sent().stop_code, codes::kTooMuch);
}

void a_collected_answer_of_empty_chunks_without_end_is_cut_off(void**)
{
    transport::StreamTerms terms;
    terms.bytes_max = 100'000;
    for (bool collected : {true, false}) {
        terms.collected = collected;
        Live rig;
        rig.events.on_one_chunk = [&](uint64_t call, const SharedBytes& bytes) {
            rig.core->taken(call, bytes.size(), rig.clock.now);
        };
        const uint64_t id = rig.stream(terms);
        Bytes many;
        for (int i = 0; i < 500; ++i) {
            const Bytes one = rig.chunk(Bytes(static_cast<size_t>(i % 2), 1));
            many.insert(many.end(), one.begin(), one.end());
        }
        size_t sent = 0;
        for (; sent < 40'000 && rig.open(id); sent += 500) rig.answer(many);
        if (!collected) {
            // Somebody reads them on the way, and they cost nothing.
            assert_true(rig.open(id));
            continue;
        }
        assert_failed(rig, id, Code::too_large,
                      "stream error: streaming response exceeded 100000 byte aggregate limit, "
                      "small chunks taken for 64 bytes");
        assert_in_range(rig.events.chunks[id].size(), 4096, 4096 + 2 * 100'000 / 64);
        assert_int_equal(rig.sent().stop_code, codes::kTooMuch);
    }
}

void requests_that_pile_up_are_refused(void**)
{
    transport::ClientConfig config;
    config.unsent_bytes_max = 1 << 20;
    Live rig(config);
    // Alone, a request may be larger than the bound.
    uint64_t alone = rig.big_call(2 << 20);
    assert_true(rig.accepted.ok());
    rig.call();
    assert_int_equal(static_cast<int>(rig.accepted.code), static_cast<int>(Code::full));
    rig.core->cancel(alone, rig.clock.now);

    rig.big_call(600'000);
    quic::StreamId first = rig.newest();
    rig.big_call(400'000);
    assert_true(rig.accepted.ok());
    rig.big_call(100'000);
    assert_int_equal(static_cast<int>(rig.accepted.code), static_cast<int>(Code::full));
    rig.stream({}, kNever, map_of("k", Bytes(100'000, 1)));
    assert_int_equal(static_cast<int>(rig.accepted.code), static_cast<int>(Code::full));
    // With the peer, they are not on their way any more.
    rig.link.endpoint->take(rig.conn(), first, SIZE_MAX, SIZE_MAX);
    rig.turn();
    rig.big_call(500'000);
    assert_true(rig.accepted.ok());
}

void a_request_above_the_frame_limit_is_refused_at_once(void**)
{
    Live rig;
    rig.stream({}, kNever, Bytes(67'108'864, 0x80));
    assert_int_equal(static_cast<int>(rig.accepted.code), static_cast<int>(Code::too_large));
    assert_int_equal(rig.core->stats().calls_in_flight, 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(write_budget_scales_with_payload_size),
        cmocka_unit_test(write_budget_is_capped),
        cmocka_unit_test(write_budget_exceeds_typical_response_timeouts_for_large_payloads),
        cmocka_unit_test(a_request_that_does_not_leave_is_given_up_with_a_reset),
        cmocka_unit_test(a_slow_link_is_not_a_stalled_one),
        cmocka_unit_test(the_callers_deadline_is_the_only_one_for_the_transfer),
        cmocka_unit_test(an_answer_before_the_whole_request_drops_the_rest),
        cmocka_unit_test(a_cancelled_stream_tells_the_server),
        cmocka_unit_test(the_first_chunk_has_a_limit_of_its_own),
        cmocka_unit_test(a_pause_between_chunks_ends_the_stream),
        cmocka_unit_test(a_consumer_that_pauses_is_not_the_peers_fault),
        cmocka_unit_test(the_deadline_bounds_the_whole_stream),
        cmocka_unit_test(an_answer_beyond_the_limit_is_cut_off),
        cmocka_unit_test(a_collected_answer_of_empty_chunks_without_end_is_cut_off),
        cmocka_unit_test(requests_that_pile_up_are_refused),
        cmocka_unit_test(a_request_above_the_frame_limit_is_refused_at_once),
    };
    return cmocka_run_group_tests_name("transport_client_limits", tests, nullptr, nullptr);
}
