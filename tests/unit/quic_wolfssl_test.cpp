// Tripwires: each behaviour of wolfSSL that the link works around. When one of these fails after an
// update, the workaround it names can go.
#include <cstdlib>

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/error-ssl.h>
#include <wolfssl/quic.h>
#include <wolfssl/ssl.h>

#include "quic/tls/random.h"
#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;

namespace {

// One side of a TLS handshake whose bytes go straight to the other side.
struct Side {
    WOLFSSL* ssl = nullptr;
    std::vector<std::pair<WOLFSSL_ENCRYPTION_LEVEL, Bytes>> out;
    bool spoke_after = false;  // at the application's level: tickets
    int last_alert = -1;
    Bytes hello;
};

Side& side_of(WOLFSSL* ssl)
{
    return *static_cast<Side*>(wolfSSL_get_app_data(ssl));
}

const WOLFSSL_QUIC_METHOD kMethod = {
    [](WOLFSSL*, WOLFSSL_ENCRYPTION_LEVEL, const uint8_t*, const uint8_t*, size_t) { return 1; },
    [](WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL level, const uint8_t* data, size_t len) {
        Side& side = side_of(ssl);
        side.spoke_after |= level == wolfssl_encryption_application;
        side.out.emplace_back(level, Bytes(data, data + len));
        if (side.hello.empty()) side.hello.assign(data, data + len);
        return 1;
    },
    [](WOLFSSL*) { return 1; },
    [](WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL, uint8_t alert) {
        side_of(ssl).last_alert = alert;
        return 1;
    },
};

void prepare(Side& side, WOLFSSL* ssl)
{
    side.ssl = ssl;
    wolfSSL_set_app_data(ssl, &side);
    assert_int_equal(wolfSSL_set_quic_method(ssl, &kMethod), WOLFSSL_SUCCESS);
    const uint8_t params[] = {0x01, 0x02, 0x67, 0x10};
    assert_int_equal(wolfSSL_set_quic_transport_params(ssl, params, sizeof params),
                     WOLFSSL_SUCCESS);
}

// Steps both until neither has anything to say. True if both are done.
bool shake(Side& client, Side& server)
{
    Side* sides[] = {&client, &server};
    bool done[] = {false, false};
    for (int turn = 0; turn < 20; ++turn) {
        Side& me = *sides[turn % 2];
        Side& other = *sides[(turn + 1) % 2];
        done[turn % 2] = wolfSSL_quic_do_handshake(me.ssl) == WOLFSSL_SUCCESS;
        for (auto& [level, bytes] : me.out) {
            wolfSSL_provide_quic_data(other.ssl, level, bytes.data(), bytes.size());
        }
        me.out.clear();
        if (done[0] && done[1]) return true;
    }
    return false;
}

struct Bench {
    SeededRandom random{1};
    quic::tls::RandomScope scope{random};
    quic::tls::Identity identity;
    std::unique_ptr<quic::tls::Context> client_context, server_context;
    std::unique_ptr<quic::tls::Session> client, server;
    Side client_side, server_side;

    Bench(const std::vector<std::string>& client_alpn, const std::vector<std::string>& server_alpn)
    {
        identity = quic::tls::make_identity(random).value();
        client_context = std::move(quic::tls::Context::client().value());
        server_context = std::move(quic::tls::Context::server(identity).value());
        client = std::move(quic::tls::Session::create(*client_context, client_alpn).value());
        server = std::move(quic::tls::Session::create(*server_context, server_alpn).value());
        prepare(client_side, client->native());
        prepare(server_side, server->native());
    }
};

int find(const Bytes& in, const std::vector<uint8_t>& what)
{
    int count = 0;
    for (size_t i = 0; i + what.size() <= in.size(); ++i) {
        if (std::equal(what.begin(), what.end(), in.begin() + static_cast<long>(i))) ++count;
    }
    return count;
}

// Workaround: on_handshake_completed() looks at the protocol itself.
void a_client_that_names_no_protocol_completes_all_the_same(void**)
{
    Bench bench({}, {"btlightning"});
    assert_true(shake(bench.client_side, bench.server_side));
    assert_true(bench.server->alpn().empty());
}

void a_client_that_names_another_protocol_is_refused_by_wolfssl(void**)
{
    Bench bench({"h3"}, {"btlightning"});
    assert_false(shake(bench.client_side, bench.server_side));
    assert_int_equal(bench.server_side.last_alert, quic::tls::kAlertNoApplicationProtocol);
}

// Workaround: wolfSSL_UseALPN on every session.
int g_selected = 0;
void the_select_callback_is_never_called(void**)
{
    Bench bench({"h3"}, {});
    wolfSSL_CTX_set_alpn_select_cb(
        bench.server_context->native(),
        [](WOLFSSL*, const unsigned char**, unsigned char*, const unsigned char*, unsigned, void*) {
            ++g_selected;
            return SSL_TLSEXT_ERR_ALERT_FATAL;
        },
        nullptr);
    assert_true(shake(bench.client_side, bench.server_side));
    assert_int_equal(g_selected, 0);
}

// Workaround: wolfSSL_set_quic_transport_version.
void transport_parameters_would_go_out_twice(void**)
{
    const std::vector<uint8_t> ours = {0x00, 0x39, 0x00, 0x04, 0x01, 0x02, 0x67, 0x10};
    const std::vector<uint8_t> draft = {0xff, 0xa5, 0x00, 0x04, 0x01, 0x02, 0x67, 0x10};
    for (bool worked_around : {true, false}) {
        Bench bench({"btlightning"}, {"btlightning"});
        if (!worked_around) wolfSSL_set_quic_transport_version(bench.client->native(), 0);
        wolfSSL_quic_do_handshake(bench.client->native());
        assert_int_equal(find(bench.client_side.hello, ours), 1);
        assert_int_equal(find(bench.client_side.hello, draft), worked_around ? 0 : 1);
    }
}

// Workaround: explicit groups and ciphers in the context.
void the_hello_would_offer_the_wrong_key_share(void**)
{
    const std::vector<uint8_t> x25519_share = {0x00, 0x1d, 0x00, 0x20};
    const std::vector<uint8_t> p256_share = {0x00, 0x17, 0x00, 0x41};
    Bench bench({"btlightning"}, {"btlightning"});
    wolfSSL_quic_do_handshake(bench.client->native());
    assert_int_equal(find(bench.client_side.hello, x25519_share), 1);
    assert_int_equal(find(bench.client_side.hello, p256_share), 0);

    WOLFSSL_CTX* bare = wolfSSL_CTX_new(wolfTLSv1_3_client_method());
    WOLFSSL* ssl = wolfSSL_new(bare);
    Side side;
    prepare(side, ssl);
    wolfSSL_set_connect_state(ssl);
    wolfSSL_quic_do_handshake(ssl);
    assert_int_equal(find(side.hello, p256_share), 1);
    assert_int_equal(find(side.hello, x25519_share), 0);
    wolfSSL_free(ssl);
    wolfSSL_CTX_free(bare);
}

// Workaround: certificate_acceptable() forgives both and sets its result anew each time.
std::vector<int> g_errors;
void a_self_signed_certificate_is_asked_about_twice(void**)
{
    Bench bench({"btlightning"}, {"btlightning"});
    g_errors.clear();
    wolfSSL_set_verify(bench.client->native(), WOLFSSL_VERIFY_PEER,
                       [](int, WOLFSSL_X509_STORE_CTX* store) {
                           g_errors.push_back(store->error);
                           return 1;
                       });
    assert_true(shake(bench.client_side, bench.server_side));
    assert_int_equal(g_errors.size(), 2);
    assert_int_equal(g_errors[0], ASN_NO_SIGNER_E);
}

// Not a workaround but what all rests on: no callback, however permissive, lets a false proof pass.
void a_false_proof_fails_under_any_callback(void**)
{
    for (bool verify : {true, false}) {
        Bench bench({"btlightning"}, {"btlightning"});
        SeededRandom other(2);
        quic::tls::Identity thief = quic::tls::make_identity(other).value();
        thief.chain = bench.identity.chain;
        auto context = quic::tls::Context::server(thief);
        assert_true(context.ok());
        auto session = quic::tls::Session::create(*context.value(), {"btlightning"});
        Side thief_side;
        prepare(thief_side, session.value()->native());
        wolfSSL_set_verify(bench.client->native(),
                           verify ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_NONE,
                           [](int, WOLFSSL_X509_STORE_CTX*) { return 1; });
        assert_false(shake(bench.client_side, thief_side));
        assert_int_equal(bench.client_side.last_alert, quic::tls::kAlertDecryptError);
    }
}

// Build option: WOLFSSL_QUIC_MAX_RECORD_CAPACITY. Without it this reserves a megabyte.
void a_declared_length_reserves_no_memory(void**)
{
    for (uint32_t len : {16u << 20, 1u << 20, 64u << 10}) {
        Bench bench({"btlightning"}, {"btlightning"});
        const uint8_t head[] = {1,
                                static_cast<uint8_t>((len - 1) >> 16),
                                static_cast<uint8_t>((len - 1) >> 8),
                                static_cast<uint8_t>(len - 1),
                                3,
                                3};
        assert_int_not_equal(
            wolfSSL_provide_quic_data(bench.server->native(), wolfssl_encryption_initial, head,
                                      sizeof head),
            WOLFSSL_SUCCESS);
    }
}

// Build option: no server tickets, so that nobody resumes under an older certificate.
void a_server_sends_no_tickets(void**)
{
    Bench bench({"btlightning"}, {"btlightning"});
    assert_true(shake(bench.client_side, bench.server_side));
    wolfSSL_process_quic_post_handshake(bench.server->native());
    assert_false(bench.server_side.spoke_after);
}

// Build option: CUSTOM_RAND_GENERATE_BLOCK. With wolfSSL's own generator two runs differ.
void a_seed_decides_every_byte_of_a_handshake(void**)
{
    Bytes hello, certificate;
    for (int run = 0; run < 2; ++run) {
        Bench bench({"btlightning"}, {"btlightning"});
        assert_true(shake(bench.client_side, bench.server_side));
        if (run == 0) {
            hello = bench.client_side.hello;
            certificate = bench.identity.chain[0];
        }
        assert_true(hello == bench.client_side.hello);
        assert_true(certificate == bench.identity.chain[0]);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_names_no_protocol_completes_all_the_same),
        cmocka_unit_test(a_client_that_names_another_protocol_is_refused_by_wolfssl),
        cmocka_unit_test(the_select_callback_is_never_called),
        cmocka_unit_test(transport_parameters_would_go_out_twice),
        cmocka_unit_test(the_hello_would_offer_the_wrong_key_share),
        cmocka_unit_test(a_self_signed_certificate_is_asked_about_twice),
        cmocka_unit_test(a_false_proof_fails_under_any_callback),
        cmocka_unit_test(a_declared_length_reserves_no_memory),
        cmocka_unit_test(a_server_sends_no_tickets),
        cmocka_unit_test(a_seed_decides_every_byte_of_a_handshake),
    };
    return cmocka_run_group_tests_name("quic and wolfSSL", tests, nullptr, nullptr);
}
