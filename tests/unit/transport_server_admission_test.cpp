// Who a serving core lets in, and what its host may change meanwhile.
#include "support/server_refusal.h"

namespace {

using namespace ltn;
using namespace ltn::test;
using transport::ServerConfig;
using transport::ServerLimits;
using transport::SourcePolicy;

transport::ServerConfig gated()
{
    ServerConfig config;
    config.require_validator_permit = true;
    return config;
}

bool admitted(ServerRig& rig, const crypto::KeyPair& who, Address from)
{
    FakeConnection* connection = rig.accept(from);
    if (connection == nullptr) return false;
    quic::StreamId stream = rig.send_request(*connection, rig.request_by(who));
    rig.wait(kDelay);
    return rig.response_on(*connection, stream).accepted;
}

void nobody_is_admitted_before_the_first_permits_and_nobody_waits(void**)
{
    ServerRig rig(gated());
    rig.wait(0);
    assert_int_equal(rig.events.permits_wanted, 1);
    assert_int_equal(rig.events.sources_wanted, 1);
    FakeConnection& connection = *rig.accept();
    quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
    assert_refused(rig, connection, stream);
    assert_int_equal(rig.core->stats().refused_permit, 1);
    assert_int_equal(rig.core->stats().permits_age_ms, -1);
    // Neither a nonce nor a budget was spent on it.
    assert_int_equal(rig.core->stats().nonces, 0);
    assert_true(rig.core->permits_resolved({rig.validator.public_key()}, rig.clock.now));
    rig.wait(kSecond);
    assert_int_equal(rig.core->stats().permits, 1);
    assert_int_equal(rig.core->stats().permits_age_ms, 1000);
    assert_true(admitted(rig, rig.validator, ServerRig::from(2)));
    rig.wait(1800 * kSecond);
    assert_int_equal(rig.events.permits_wanted, 2);
}

void permit_counts_whatever_prefix_the_hotkey_was_written_with(void**)
{
    ServerConfig config = gated();
    config.ss58 = codec::Ss58Policy::any_prefix;
    ServerRig rig(config);
    rig.core->set_permits({rig.validator.public_key()}, rig.clock.now);
    FakeConnection& connection = *rig.accept();
    auto request = rig.request_by(rig.validator);
    request.validator_hotkey = codec::ss58_encode(rig.validator.public_key(), 0);
    rig.sign(request, rig.validator);
    quic::StreamId stream = rig.send_request(connection, request);
    assert_true(rig.response_on(connection, stream).accepted);
}

void peer_without_its_permit_is_closed_after_the_grace(void**)
{
    ServerRig rig(gated());
    rig.core->set_permits({rig.validator.public_key()}, rig.clock.now);
    FakeConnection& connection = *rig.join();
    assert_int_equal(rig.core->stats().authenticated, 1);
    rig.core->set_permits({rig.own.public_key()}, rig.clock.now);
    rig.wait(59 * kSecond);
    assert_false(connection.is_closing);
    rig.wait(kSecond);
    assert_true(connection.is_closing);
    assert_string_equal(connection.close_reason.c_str(), "permit_withdrawn");
    assert_int_equal(rig.core->stats().closed_permit, 1);
    assert_int_equal(rig.events.gone.size(), 1);
}

void answer_that_would_lock_everybody_out_is_held_and_asked_again_soon(void**)
{
    ServerRig rig(gated());
    rig.wait(0);
    assert_true(rig.core->permits_resolved({rig.validator.public_key()}, rig.clock.now));
    assert_false(rig.core->permits_resolved({}, rig.clock.now));
    assert_true(rig.core->stats().permits_held);
    assert_true(admitted(rig, rig.validator, ServerRig::from(2)));
    rig.wait(10 * kSecond);
    assert_int_equal(rig.events.permits_wanted, 2);
    assert_true(rig.core->permits_resolved({}, rig.clock.now));
    assert_false(admitted(rig, rig.validator, ServerRig::from(3)));
}

void enforced_sources_are_closed_until_the_first_list_and_by_a_list(void**)
{
    ServerConfig config;
    config.enforce_source_allowlist = true;
    ServerRig rig(config);
    assert_null(rig.accept(ServerRig::from(1)));
    assert_int_equal(rig.core->stats().dropped_source, 1);
    SourcePolicy policy;
    policy.allowed.push_back({ServerRig::from(1), 32});
    policy.blocked.push_back({ServerRig::from(1, 0), 32});
    policy.allowed.push_back({ServerRig::from(2), 32});
    rig.core->set_sources(policy, rig.clock.now);
    assert_int_equal(rig.core->stats().sources_allowed, 2);
    assert_null(rig.accept(ServerRig::from(1)));
    assert_non_null(rig.accept(ServerRig::from(2)));
    assert_null(rig.accept(ServerRig::from(3)));
    SourcePolicy bypass;
    bypass.bypass = true;
    assert_true(rig.core->sources_resolved(bypass, rig.clock.now));
    assert_true(rig.core->stats().sources_bypassed);
    assert_int_equal(rig.core->stats().sources_allowed, 0);
    assert_non_null(rig.accept(ServerRig::from(3)));
    // Connected peers are not asked.
    FakeConnection& inside = *rig.join(rig.validator, ServerRig::from(4));
    rig.core->set_sources({}, rig.clock.now);
    assert_null(rig.accept(ServerRig::from(4, 4001)));
    assert_false(inside.is_closing);
}

void failed_question_keeps_the_list_and_comes_again_sooner(void**)
{
    ServerRig rig;
    rig.wait(0);
    SourcePolicy policy;
    policy.allowed.push_back({ServerRig::from(1), 32});
    assert_true(rig.core->sources_resolved(policy, rig.clock.now));
    rig.wait(300 * kSecond);
    assert_int_equal(rig.events.sources_wanted, 2);
    rig.core->sources_failed(rig.clock.now);
    assert_int_equal(rig.core->stats().sources_allowed, 1);
    rig.wait(5 * kSecond);
    assert_int_equal(rig.events.sources_wanted, 3);
    assert_int_equal(rig.core->stats().sources_age_ms, 305'000);
}

// attack-A15: what a packet says of its sender counts once the sender has answered there.
void peer_that_moves_is_known_there_only_when_the_path_is_proved(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.join();
    rig.wait(2 * kSecond);
    assert_int_equal(rig.core->known_sources().size(), 1);
    rig.link.endpoint->move(connection, ServerRig::from(77));
    rig.wait(2 * kSecond);
    assert_int_equal(rig.core->known_sources().size(), 1);
    rig.link.endpoint->path(connection, true);
    rig.wait(2 * kSecond);
    const auto known = rig.core->known_sources();
    assert_int_equal(known.size(), 2);
    assert_true(known[0].prefix.address.ip == ServerRig::from(77).ip ||
                known[1].prefix.address.ip == ServerRig::from(77).ip);
    rig.send(connection, rig.packet("echo"));
    assert_int_equal(rig.events.requests.size(), 1);
    // One that never answers there teaches nothing and stays.
    rig.link.endpoint->move(connection, ServerRig::from(78));
    rig.wait(2 * kSecond);
    assert_int_equal(rig.core->known_sources().size(), 2);
    assert_false(connection.is_closing);
}

void peer_that_moves_to_a_blocked_source_is_closed_when_the_path_is_proved(void**)
{
    ServerRig rig;
    transport::SourcePolicy policy;
    policy.blocked.push_back({ServerRig::from(9), 32});
    rig.core->set_sources(std::move(policy), rig.clock.now);
    FakeConnection& connection = *rig.join();
    FakeConnection& other = *rig.join(key_of(3), ServerRig::from(2));
    // Anybody could have written that packet.
    rig.link.endpoint->move(connection, ServerRig::from(9));
    rig.turn();
    rig.wait(2 * kSecond);
    assert_false(connection.is_closing);
    rig.send(connection, rig.packet("echo"));
    rig.link.endpoint->path(connection, true);
    rig.turn();
    assert_true(connection.is_closing);
    assert_string_equal(connection.close_reason.c_str(), "source_blocked");
    assert_int_equal(rig.core->stats().closed_source, 1);
    assert_int_equal(rig.events.requests.size(), 0);
    assert_false(other.is_closing);
    rig.wait(2 * kSecond);
    for (const auto& known : rig.core->known_sources()) {
        assert_true(known.lane == transport::Lane::blocked ||
                    known.prefix.address.ip != ServerRig::from(9).ip);
    }
}

void peer_that_moves_off_an_enforced_list_is_closed_and_a_new_port_is_no_move(void**)
{
    transport::ServerConfig config;
    config.enforce_source_allowlist = true;
    ServerRig rig(config);
    transport::SourcePolicy policy;
    policy.allowed.push_back({ServerRig::from(1), 32});
    rig.core->set_sources(std::move(policy), rig.clock.now);
    FakeConnection& connection = *rig.join();
    for (const Address& there : {ServerRig::from(1, 5000), ServerRig::from(2)}) {
        assert_false(connection.is_closing);
        rig.link.endpoint->move(connection, there);
        rig.link.endpoint->path(connection, true);
        rig.turn();
    }
    assert_true(connection.is_closing);
}

void known_sources_are_told_with_their_lanes(void**)
{
    ServerRig rig;
    SourcePolicy policy;
    policy.allowed.push_back({Address::v4(10, 1, 2, 3, 0), 8});
    policy.blocked.push_back({ServerRig::from(9), 32});
    rig.core->set_sources(policy, rig.clock.now);
    rig.join(rig.validator, ServerRig::from(1));
    auto known = rig.core->known_sources();
    assert_int_equal(known.size(), 3);
    assert_string_equal(known[0].prefix.address.host_text().c_str(), "10.0.0.0");
    assert_string_equal(known[1].prefix.address.host_text().c_str(), "198.51.100.1");
    assert_int_equal(known[1].prefix.bits, 32);
    assert_true(known[1].lane == transport::Lane::known);
    assert_true(known[2].lane == transport::Lane::blocked);
}

void every_accepted_handshake_is_observed_and_no_other(void**)
{
    ServerRig rig;
    FakeConnection& connection = *rig.join();
    rig.send_request(connection, rig.request_by(rig.validator));
    auto forged = rig.request_by(rig.validator);
    rig.sign(forged, rig.own);
    rig.send_request(connection, forged);
    assert_int_equal(rig.events.observed.size(), 2);
    assert_true(rig.events.observed[1].first == rig.validator.public_key());
    assert_true(rig.events.observed[1].second == ServerRig::from(1));
}

void repeats_of_a_peer_do_not_use_up_its_neighbours_minute(void**)
{
    ServerConfig config;
    config.handshake_attempts_per_minute_max = 2;
    ServerRig rig(config);
    FakeConnection& connection = *rig.join();
    for (int i = 0; i < 20; ++i) {
        quic::StreamId stream = rig.send_request(connection, rig.request_by(rig.validator));
        assert_true(rig.response_on(connection, stream).accepted);
        rig.wait(0);  // ends the turn and its share of signature checks
    }
    assert_true(admitted(rig, key_of(9), ServerRig::from(1, 5000)));
    assert_false(admitted(rig, key_of(8), ServerRig::from(1, 5001)));
    assert_int_equal(rig.core->stats().refused_rate, 1);
}

void idle_peers_are_swept_and_busy_ones_are_not(void**)
{
    ServerRig rig;
    rig.events.echo = false;
    crypto::KeyPair other = key_of(9);
    FakeConnection& idle = *rig.join(rig.validator, ServerRig::from(1));
    FakeConnection& busy = *rig.join(other, ServerRig::from(2));
    rig.send(busy, rig.packet("slow"));
    rig.wait(10 * kSecond);
    // Strictly longer than asked.
    assert_int_equal(rig.core->sweep_idle(10 * kSecond, rig.clock.now), 0);
    assert_int_equal(rig.core->sweep_idle(10 * kSecond - 1, rig.clock.now), 1);
    assert_string_equal(idle.close_reason.c_str(), "cleanup");
    assert_false(busy.is_closing);
    assert_int_equal(rig.core->stats().authenticated, 1);
}

void sweep_runs_by_itself_when_it_is_set(void**)
{
    ServerConfig config;
    config.idle_sweep_ns = 100 * kSecond;
    ServerRig rig(config);
    FakeConnection& connection = *rig.join();
    rig.wait(90 * kSecond);
    rig.send(connection, rig.packet("echo"));
    for (int i = 0; i < 4; ++i) rig.wait(25 * kSecond);
    assert_false(connection.is_closing);
    rig.wait(25 * kSecond);
    assert_true(connection.is_closing);
    assert_int_equal(rig.core->stats().closed_idle, 1);
}

void limits_change_while_serving(void**)
{
    ServerRig rig;
    ServerLimits limits = rig.core->limits();
    assert_int_equal(limits.connections_max, 128);
    FakeConnection& first = *rig.join();
    limits.connections_max = 1;
    limits.handshake_attempts_per_minute_max = 1;
    rig.core->set_limits(limits, rig.clock.now);
    assert_int_equal(rig.core->limits().connections_max, 1);
    assert_false(admitted(rig, key_of(9), ServerRig::from(2)));
    assert_int_equal(rig.core->stats().refused_capacity, 1);
    assert_false(admitted(rig, key_of(9), ServerRig::from(2, 5000)));
    assert_int_equal(rig.core->stats().refused_rate, 1);
    assert_false(first.is_closing);
    // Permits demanded from now on are demanded of who is in, too.
    limits.require_validator_permit = true;
    limits.enforce_source_allowlist = true;
    rig.core->set_permits({rig.own.public_key()}, rig.clock.now);
    rig.core->set_limits(limits, rig.clock.now);
    assert_null(rig.accept(ServerRig::from(3)));
    rig.wait(60 * kSecond);
    assert_string_equal(first.close_reason.c_str(), "permit_withdrawn");
}

void clock_that_jumps_an_hour_disconnects_nobody(void**)
{
    for (const int64_t jump_ms : {int64_t{3'600'000}, int64_t{-3'600'000}}) {
        ServerConfig config;
        config.idle_sweep_ns = 600 * kSecond;
        ServerRig rig(config);
        FakeConnection& peer = *rig.join();
        auto request = rig.request_by(key_of(9));
        rig.clock.now.unix_ms += static_cast<uint64_t>(jump_ms);
        for (int i = 0; i < 4; ++i) rig.wait(60 * kSecond);
        assert_false(peer.is_closing);
        rig.send(peer, rig.packet("echo"));
        assert_int_equal(rig.events.requests.size(), 1);
        // Who has the right time is told apart from a forger in our counters.
        FakeConnection& fresh = *rig.accept(ServerRig::from(2));
        rig.send_request(fresh, request);
        assert_int_equal(rig.core->stats().refused_clock, 1);
        rig.clock.now.unix_ms -= static_cast<uint64_t>(jump_ms);
        assert_true(admitted(rig, key_of(9), ServerRig::from(2, 4001)));
    }
}

// A server whose roster enforces: the validator is known at host 1.
void make_enforcing(ServerRig& rig)
{
    rig.core->set_permits({rig.validator.public_key(), key_of(9).public_key()}, rig.clock.now);
    rig.join(rig.validator, ServerRig::from(1));
    rig.wait(kSecond);
    rig.wait(4320 * kSecond);
    rig.wait(kSecond);
    assert_true(rig.core->stats().roster_enforcing);
}

void flood_of_strangers_leaves_the_known_peers_handshake_alone(void**)
{
    ServerConfig config = gated();
    config.unknown_connections_max = 64;
    config.unauthenticated_per_source_max = 64;
    ServerRig rig(config);
    make_enforcing(rig);
    // Strangers in the name of a permitted key: each costs a signature check.
    size_t inside = 0;
    for (uint16_t i = 0; i < 200; ++i) {
        Address from = Address::v4(10, 0, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i), 1);
        FakeConnection* connection = rig.link.endpoint->accept(from);
        if (connection == nullptr) continue;
        ++inside;
        Bytes payload;
        auto forged = rig.request_by(key_of(9));
        rig.sign(forged, rig.own);
        codec::encode(forged, payload);
        rig.link.endpoint->later([&rig, connection, payload] {
            rig.link.endpoint->data(*connection, 0,
                                    frame(codec::FrameType::handshake_request, payload), true);
        });
        rig.turn();
    }
    assert_int_equal(inside, 64);
    assert_int_equal(rig.core->stats().refused_stranger, 136);
    // An eighth of a turn is theirs.
    assert_int_equal(rig.core->stats().refused_signature, 2);
    rig.core->flush(rig.sink, rig.clock.now);
    FakeConnection& fresh = *rig.accept(ServerRig::from(1, 4001));
    quic::StreamId stream = rig.send_request(fresh, rig.request_by(rig.validator));
    assert_true(rig.response_on(fresh, stream).accepted);
    assert_true(rig.core->stats().refused_signature <= 4);
}

void moved_peer_proves_itself_through_the_strangers_lane_and_is_known_then(void**)
{
    ServerRig rig(gated());
    make_enforcing(rig);
    assert_true(admitted(rig, rig.validator, ServerRig::from(77)));
    auto known = rig.core->known_sources();
    assert_int_equal(known.size(), 2);
    assert_string_equal(known[1].prefix.address.host_text().c_str(), "198.51.100.77");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_admitted_before_the_first_permits_and_nobody_waits),
        cmocka_unit_test(permit_counts_whatever_prefix_the_hotkey_was_written_with),
        cmocka_unit_test(peer_without_its_permit_is_closed_after_the_grace),
        cmocka_unit_test(answer_that_would_lock_everybody_out_is_held_and_asked_again_soon),
        cmocka_unit_test(enforced_sources_are_closed_until_the_first_list_and_by_a_list),
        cmocka_unit_test(failed_question_keeps_the_list_and_comes_again_sooner),
        cmocka_unit_test(peer_that_moves_is_known_there_only_when_the_path_is_proved),
        cmocka_unit_test(peer_that_moves_to_a_blocked_source_is_closed_when_the_path_is_proved),
        cmocka_unit_test(peer_that_moves_off_an_enforced_list_is_closed_and_a_new_port_is_no_move),
        cmocka_unit_test(known_sources_are_told_with_their_lanes),
        cmocka_unit_test(every_accepted_handshake_is_observed_and_no_other),
        cmocka_unit_test(repeats_of_a_peer_do_not_use_up_its_neighbours_minute),
        cmocka_unit_test(idle_peers_are_swept_and_busy_ones_are_not),
        cmocka_unit_test(sweep_runs_by_itself_when_it_is_set),
        cmocka_unit_test(limits_change_while_serving),
        cmocka_unit_test(clock_that_jumps_an_hour_disconnects_nobody),
        cmocka_unit_test(flood_of_strangers_leaves_the_known_peers_handshake_alone),
        cmocka_unit_test(moved_peer_proves_itself_through_the_strangers_lane_and_is_known_then),
    };
    return cmocka_run_group_tests_name("transport_server_admission", tests, nullptr, nullptr);
}
