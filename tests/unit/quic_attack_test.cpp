// What strangers and people in the middle try, and what becomes of it.
#include <sodium.h>

#include <ngtcp2/ngtcp2_crypto.h>

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/quic.h>
#include <wolfssl/ssl.h>

#include <algorithm>

#include "quic/tls/key_install.h"
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::CloseInfo;
using quic::EndpointConfig;

namespace {

EndpointConfig plain()
{
    EndpointConfig config;
    config.retry = quic::RetryPolicy::never;
    return config;
}

quic::tls::Identity identity(uint64_t seed)
{
    SeededRandom random(seed);
    auto made = quic::tls::make_identity(random);
    assert_true(made.ok());
    return made.value();
}

void expect_certificate_refused(Pair& pair)
{
    pair.dial();
    assert_true(pair.wire.run([&] { return pair.client.events.closed == 1; }));
    assert_int_equal(pair.client.events.ready, 0);
    assert_int_equal(static_cast<int>(pair.client.events.info.cause),
                     static_cast<int>(CloseInfo::Cause::certificate));
    assert_int_equal(static_cast<int>(pair.client.events.info.to_error().code),
                     static_cast<int>(Code::certificate));
    assert_true(pair.wire.run([&] { return pair.server.events.closed == 1; }));
    assert_int_equal(pair.server.events.ready, 0);
}

void a_copied_certificate_without_its_key_is_refused(void**)
{
    quic::tls::Identity thief = identity(11);
    thief.chain = identity(10).chain;
    Pair pair(plain(), plain(), &thief);
    expect_certificate_refused(pair);
}

void a_chain_is_refused(void**)
{
    quic::tls::Identity two = identity(11);
    two.chain.push_back(identity(10).chain[0]);
    Pair pair(plain(), plain(), &two);
    expect_certificate_refused(pair);
    assert_true(pair.client.events.info.reason.find("got 2") != std::string::npos);
    // And nothing of it stays with the client: an honest server is met as before.
    pair.wire.remove(pair.server);
    Node honest(pair.wire, kServerAddress, 5, true, plain());
    quic::Connection* again = pair.dial();
    assert_true(pair.wire.run([&] { return again->ready(); }));
}

// A server that leaves messages out of its flight, and finishes as if they had never been there.
struct Omitting {
    std::vector<uint8_t> omitted;  // TLS message types
    Bytes transcript, secret;
    bool omitted_any = false;
} g_omitting;

ngtcp2_conn* conn_of(WOLFSSL* ssl)
{
    auto* ref = static_cast<ngtcp2_crypto_conn_ref*>(wolfSSL_get_app_data(ssl));
    return ref->get_conn(ref);
}

ngtcp2_encryption_level level_of(WOLFSSL_ENCRYPTION_LEVEL level)
{
    switch (level) {
        case wolfssl_encryption_initial: return NGTCP2_ENCRYPTION_LEVEL_INITIAL;
        case wolfssl_encryption_early_data: return NGTCP2_ENCRYPTION_LEVEL_0RTT;
        case wolfssl_encryption_handshake: return NGTCP2_ENCRYPTION_LEVEL_HANDSHAKE;
        default: return NGTCP2_ENCRYPTION_LEVEL_1RTT;
    }
}

int hook_secrets(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL level, const uint8_t* rx, const uint8_t* tx,
                 size_t len)
{
    if (level == wolfssl_encryption_handshake && tx != nullptr && wolfSSL_is_server(ssl)) {
        g_omitting.secret.assign(tx, tx + len);
    }
    ngtcp2_conn* conn = conn_of(ssl);
    using quic::tls::install_rx_secret, quic::tls::install_tx_secret;
    return (rx == nullptr || install_rx_secret(conn, ssl, level_of(level), ByteView(rx, len))) &&
           (tx == nullptr || install_tx_secret(conn, ssl, level_of(level), ByteView(tx, len)));
}

Bytes hmac(const Bytes& key, const Bytes& message)
{
    Bytes out(32);
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key.data(), key.size());
    crypto_auth_hmacsha256_update(&state, message.data(), message.size());
    crypto_auth_hmacsha256_final(&state, out.data());
    return out;
}

Bytes finished_over(const Bytes& secret, const Bytes& transcript)
{
    const std::string label = "tls13 finished";
    Bytes info = {0, 32, static_cast<uint8_t>(label.size())};
    info.insert(info.end(), label.begin(), label.end());
    info.push_back(0);
    info.push_back(1);
    Bytes hash(32);
    crypto_hash_sha256(hash.data(), transcript.data(), transcript.size());
    return hmac(hmac(secret, info), hash);
}

int hook_data(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL level, const uint8_t* data, size_t len)
{
    Bytes out;
    if (!wolfSSL_is_server(ssl)) {
        if (level == wolfssl_encryption_initial) {
            g_omitting.transcript.insert(g_omitting.transcript.end(), data, data + len);
        }
        out.assign(data, data + len);
    }
    for (size_t at = 0; wolfSSL_is_server(ssl) && at + 4 <= len;) {
        size_t size =
            4 + (static_cast<size_t>(data[at + 1]) << 16 | data[at + 2] << 8 | data[at + 3]);
        assert_true(at + size <= len);
        Bytes message(data + at, data + at + size);
        at += size;
        if (std::count(g_omitting.omitted.begin(), g_omitting.omitted.end(), message[0]) > 0) {
            g_omitting.omitted_any = true;
            continue;
        }
        if (message[0] == 20) {
            Bytes finished = finished_over(g_omitting.secret, g_omitting.transcript);
            // The arithmetic above is right: with nothing left out it gives what wolfSSL gave.
            if (g_omitting.omitted.empty()) {
                assert_memory_equal(finished.data(), message.data() + 4, 32);
            }
            std::copy(finished.begin(), finished.end(), message.begin() + 4);
        }
        g_omitting.transcript.insert(g_omitting.transcript.end(), message.begin(), message.end());
        out.insert(out.end(), message.begin(), message.end());
    }
    if (out.empty()) return 1;
    return ngtcp2_conn_submit_crypto_data(conn_of(ssl), level_of(level), out.data(), out.size()) ==
           0;
}

int hook_flush(WOLFSSL*)
{
    return 1;
}

int hook_alert(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL, uint8_t alert)
{
    ngtcp2_conn_set_tls_alert(conn_of(ssl), alert);
    return 1;
}

const WOLFSSL_QUIC_METHOD kHooks = {hook_secrets, hook_data, hook_flush, hook_alert};

void hook(quic::Connection& connection)
{
    ngtcp2_conn* conn = static_cast<quic::ConnectionImpl&>(connection).native();
    auto* ssl = static_cast<WOLFSSL*>(ngtcp2_conn_get_tls_native_handle2(conn));
    assert_int_equal(wolfSSL_set_quic_method(ssl, &kHooks), WOLFSSL_SUCCESS);
}

// True if the client took the server for good.
bool accepted_without(std::vector<uint8_t> omitted)
{
    g_omitting = {};
    g_omitting.omitted = std::move(omitted);
    Pair pair(plain(), plain());
    pair.server.events.when_accepted = hook;
    hook(*pair.dial());
    pair.wire.run([&] { return pair.client.events.ready + pair.client.events.closed > 0; });
    assert_true(g_omitting.omitted_any == !g_omitting.omitted.empty());
    return pair.client.events.ready > 0;
}

void a_server_that_leaves_its_proof_out_is_refused(void**)
{
    assert_true(accepted_without({}));
    assert_false(accepted_without({15}));      // CertificateVerify
    assert_false(accepted_without({11, 15}));  // Certificate too, as if a session were resumed
    assert_false(accepted_without({11}));
}

void junk_is_dropped_whatever_its_size(void**)
{
    Pair pair;
    auto& connection = pair.connect();
    pair.wire.run_for(kSecond);
    uint64_t sent = pair.wire.bytes_from[kServerAddress];
    uint64_t received = 0;
    for (size_t len : {0u, 1u, 2u, 6u, 7u, 8u, 20u, 1199u, 1200u, 1472u, 65507u}) {
        for (uint8_t first : {0x00, 0x40, 0x80, 0xc0, 0xc3, 0xd0, 0xe0, 0xf0, 0xff}) {
            Bytes junk = pattern(len, len + first);
            if (len > 0) junk[0] = first;
            for (bool version_one : {false, true}) {
                if (version_one && len > 5) std::memcpy(&junk[1], "\0\0\0\1", 4);
                received += len;
                pair.server.endpoint->receive({kServerAddress, kClientAddress, junk, 0},
                                              pair.wire.now());
                pair.client.endpoint->receive({kClientAddress, kServerAddress, junk, 0},
                                              pair.wire.now());
                (void)pair.server.endpoint->is_handshake_work(
                    {kServerAddress, kClientAddress, junk, 0});
            }
        }
    }
    pair.wire.flush();
    assert_true(pair.wire.bytes_from[kServerAddress] - sent < received / 10);
    assert_int_equal(pair.client.events.closed + pair.server.events.closed, 0);
    pair.server.events.echo = true;
    pair.expect_echo(connection, pattern(10));
}

void flipped_bits_end_nothing(void**)
{
    Pair pair;
    SeededRandom dice(9);
    pair.server.events.echo = true;
    pair.server.events.raise = true;
    pair.wire.filter = [&](Address& from, Address& to, Bytes& datagram) {
        // A damaged copy travels ahead of every datagram.
        Bytes damaged = datagram;
        damaged[dice.next_u64() % damaged.size()] ^=
            static_cast<uint8_t>(1 + dice.next_u64() % 255);
        auto filter = std::move(pair.wire.filter);
        pair.wire.filter = nullptr;
        pair.wire.put(from, to, damaged);
        pair.wire.filter = std::move(filter);
        return true;
    };
    auto& connection = pair.connect();
    for (int i = 0; i < 20; ++i) pair.expect_echo(connection, pattern(5000));
    assert_int_equal(pair.client.events.closed, 0);
    assert_int_equal(pair.server.endpoint->connection_count(), 1);
}

void an_unproved_address_gets_no_more_than_three_times_its_bytes(void**)
{
    for (auto policy : {quic::RetryPolicy::never, quic::RetryPolicy::always}) {
        EndpointConfig config;
        config.retry = policy;
        Pair pair(config, {});
        // The victim never answers; the attacker repeats his Initial.
        Bytes hello;
        pair.wire.filter = [&](Address& from, Address&, Bytes& datagram) {
            if (from == kClientAddress && hello.empty()) hello = datagram;
            return from == kClientAddress;
        };
        pair.dial();
        pair.wire.run_for(30 * kSecond);
        uint64_t in = pair.server.endpoint->stats().datagrams_received * 1200;
        uint64_t out = pair.wire.bytes_from[kServerAddress];
        assert_true(out > 0);
        assert_true(out <= (policy == quic::RetryPolicy::always ? in / 5 : 3 * in));
    }
}

void a_flood_of_spoofed_hellos_leaves_no_state(void**)
{
    Pair pair;
    Bytes hello;
    pair.wire.filter = [&](Address&, Address&, Bytes& datagram) {
        if (hello.empty()) hello = datagram;
        return false;
    };
    pair.dial();
    pair.wire.flush();
    pair.wire.filter = nullptr;
    for (uint16_t port = 1024; port < 21024; ++port) {
        Address from =
            Address::v4(10, 9, static_cast<uint8_t>(port >> 8), static_cast<uint8_t>(port), port);
        hello[7] = static_cast<uint8_t>(port);
        pair.server.endpoint->receive({kServerAddress, from, hello, 0}, pair.wire.now());
        if (port % 64 == 0) pair.wire.flush();
    }
    pair.wire.flush();
    assert_int_equal(pair.server.endpoint->connection_count(), 0);
    assert_int_equal(pair.server.events.accepted, 0);
    assert_true(pair.server.endpoint->stats().retries_sent >= 19990);
    assert_true(pair.wire.bytes_from[kServerAddress] < 20000ULL * 1200 / 4);
}

void reflectors_are_not_answered(void**)
{
    Pair pair;
    for (uint16_t port : {0, 53, 123, 161, 389, 1900, 11211}) {
        Bytes junk = pattern(1200, port);
        junk[0] = 0xc0;
        Address from = Address::v4(10, 1, 1, 1, port);
        pair.server.endpoint->receive({kServerAddress, from, junk, 0}, pair.wire.now());
        junk[0] = 0x40;
        pair.server.endpoint->receive({kServerAddress, from, junk, 0}, pair.wire.now());
    }
    assert_false(pair.server.endpoint->wants_flush());
}

void opening_and_resetting_streams_has_a_budget(void**)
{
    Pair pair(plain());
    pair.server.events.raise = true;
    auto& connection = pair.connect();
    pair.wire.run_for(10 * kMillisecond);
    int resets = 0;
    while (pair.client.events.closed == 0 && !connection.closing() && resets < 50'000) {
        auto stream = connection.open_stream();
        if (!stream.ok()) {
            pair.wire.run_for(kMillisecond);
            continue;
        }
        assert_true(connection.send(*stream, SharedBytes::copy(pattern(1)), false).ok());
        connection.reset(*stream, 0);
        connection.stop_sending(*stream, 0);
        ++resets;
    }
    assert_int_equal(pair.client.events.closed, 1);
    assert_int_equal(pair.server.endpoint->stats().glitch_closes, 1);
    assert_in_range(resets, 2000, 8000);
}

void the_budget_of_a_source_outlives_its_connections(void**)
{
    Pair pair(plain());
    for (int i = 0; i < 11; ++i) {
        pair.connect();
        quic::Connection& there = pair.peer();
        for (int j = 0; j < 1001; ++j) there.glitch(1);
        pair.wire.run_for(10 * kMillisecond);
    }
    assert_int_equal(pair.server.endpoint->stats().glitch_closes, 11);
    int accepted = pair.server.events.accepted;
    pair.dial();
    pair.wire.run_for(100 * kMillisecond);
    assert_int_equal(pair.server.events.accepted, accepted);
    // It recovers.
    pair.wire.run_for(30 * kSecond);
    pair.connect();
}

void handshakes_in_progress_are_counted(void**)
{
    EndpointConfig config = plain();
    config.handshakes_max = 8;
    Pair pair(config, {});
    // Hellos arrive, nothing else does.
    pair.wire.filter = [&](Address& from, Address&, Bytes&) { return from == kClientAddress; };
    for (int i = 0; i < 20; ++i) pair.dial();
    pair.wire.run_for(kSecond);
    // The last quarter is for those who bring a token.
    assert_int_equal(pair.server.endpoint->stats().handshaking, 6);
    assert_true(pair.server.endpoint->stats().initials_shed > 0);
    assert_int_equal(pair.server.endpoint->stats().initial_keys_derived, 6);
    pair.wire.run_for(15 * kSecond);
    assert_int_equal(pair.server.endpoint->stats().handshaking, 0);
    assert_int_equal(pair.server.endpoint->connection_count(), 0);
    assert_int_equal(pair.server.events.closed, pair.server.events.accepted);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_copied_certificate_without_its_key_is_refused),
        cmocka_unit_test(a_chain_is_refused),
        cmocka_unit_test(a_server_that_leaves_its_proof_out_is_refused),
        cmocka_unit_test(junk_is_dropped_whatever_its_size),
        cmocka_unit_test(flipped_bits_end_nothing),
        cmocka_unit_test(an_unproved_address_gets_no_more_than_three_times_its_bytes),
        cmocka_unit_test(a_flood_of_spoofed_hellos_leaves_no_state),
        cmocka_unit_test(reflectors_are_not_answered),
        cmocka_unit_test(opening_and_resetting_streams_has_a_budget),
        cmocka_unit_test(the_budget_of_a_source_outlives_its_connections),
        cmocka_unit_test(handshakes_in_progress_are_counted),
    };
    return cmocka_run_group_tests_name("quic attacks", tests, nullptr, nullptr);
}
