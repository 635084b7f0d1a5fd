// How calls of the client are cut short: deadlines, lost connections, cancel, stop. Each has exactly
// one outcome all the same.
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
    rig.wait(2 * kSecond);  // the pause after the failure
    assert_int_equal(rig.link.endpoint->connects, 2);
    rig.wait(10 * kSecond);
    assert_failed(rig, id, Code::connect_timeout,
                  "connection error: Reconnection to 192.0.2.1:8091 timed out");
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

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(deadline_holds_in_every_phase),
        cmocka_unit_test(dial_has_its_own_limit),
        cmocka_unit_test(dial_failures_tell_why),
        cmocka_unit_test(lost_connection_fails_calls_and_the_next_call_dials_once),
        cmocka_unit_test(cancel_wins_in_every_phase_and_only_once),
        cmocka_unit_test(stop_gives_one_outcome_in_every_state),
        cmocka_unit_test(stop_inside_a_completion_is_safe),
        cmocka_unit_test(idle_client_stops_too),
    };
    return cmocka_run_group_tests_name("transport_client_endings", tests, nullptr, nullptr);
}
