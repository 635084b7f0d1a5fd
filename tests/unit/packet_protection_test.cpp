// Packets sealed straight on wolfCrypt: the published vectors, the way of ngtcp2's own helper, and
// whole connections with each suite and across changes of keys.
#include <ngtcp2/ngtcp2_crypto.h>

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/openssl/evp.h>
#include <wolfssl/quic.h>
#include <wolfssl/ssl.h>

#include "quic/tls/crypto.h"
#include "quic/tls/key_schedule.h"
#include "quic/tls/packet_protection.h"
#include "quic_wire.h"
#include "vector_lines.h"

using namespace ltn;
using namespace ltn::test;
using quic::tls::HeaderKey;
using quic::tls::PacketKey;
using quic::tls::Suite;

namespace {

bool equal(const uint8_t* got, const std::string& wanted)
{
    return Bytes(got, got + wanted.size() / 2) == unhex(wanted);
}

Bytes seal(PacketKey& key, const Bytes& plain, const Bytes& nonce, const Bytes& bound)
{
    Bytes out(plain.size() + quic::tls::kTagLen);
    assert_true(key.seal(out.data(), plain, nonce.data(), bound));
    return out;
}

// RFC 9001 A.1 and A.2.
void the_first_packet_of_a_client_is_the_published_one(void**)
{
    uint8_t client[32], server[32];
    assert_true(quic::tls::initial_secrets(unhex("8394c8f03e515708"), client, server));
    assert_true(equal(client, "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea"));
    assert_true(equal(server, "3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b"));
    quic::tls::PacketKeys keys;
    assert_true(quic::tls::derive_keys(quic::tls::kAes128Gcm, client, keys));
    assert_true(equal(keys.key, "1f369613dd76d5467730efcbe3b1a22d"));
    assert_true(equal(keys.iv, "fa044b2f42a3fd3b46fb255c"));
    assert_true(equal(keys.header_key, "9f50449e04a0e810283a1e9933adedd2"));

    Bytes plain = unhex(
        "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c0000"
        "0413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017"
        "001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559f"
        "edba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408"
        "050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff080110"
        "0104800075300901100f088394c8f03e51570806048000ffff");
    plain.resize(1162);
    PacketKey packets(quic::tls::kAes128Gcm, keys.key);
    Bytes nonce(keys.iv, keys.iv + sizeof keys.iv);
    nonce.back() ^= 2;
    Bytes bound = unhex("c300000001088394c8f03e5157080000449e00000002");
    Bytes sealed = seal(packets, plain, nonce, bound);
    assert_true(equal(sealed.data(), "d1b1c98dd7689fb8ec11d242b123dc9b"));
    assert_true(equal(sealed.data() + sealed.size() - 16, "e221af44860018ab0856972e194cd934"));
    uint8_t mask[16];
    HeaderKey headers(quic::tls::kAes128Gcm, keys.header_key);
    assert_true(headers.mask(mask, sealed.data()));
    assert_true(equal(mask, "437b9aec36"));
}

// RFC 9001 A.4: the tag is what seals nothing, bound to the Retry.
void the_tag_of_a_retry_is_the_published_one(void**)
{
    PacketKey key(quic::tls::kAes128Gcm, unhex("be0c690b9f66575a1d766b54e368c84e").data());
    Bytes tag = seal(key, {}, unhex("461599d35d632bf2239825bb"),
                     unhex("088394c8f03e515708ff000000010008f067a5502a4262b5746f6b656e"));
    assert_true(equal(tag.data(), "04a265ba2eff4d829058fb3f0f2496ba"));
}

// RFC 9001 A.5.
void a_short_packet_with_chacha20_is_the_published_one(void**)
{
    Bytes secret = unhex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b");
    const Suite& suite = quic::tls::kChaCha20Poly1305;
    quic::tls::PacketKeys keys;
    assert_true(quic::tls::derive_keys(suite, secret, keys));
    assert_true(
        equal(keys.key, "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8"));
    assert_true(equal(keys.iv, "e0459b3474bdd0e44a41c144"));
    assert_true(
        equal(keys.header_key, "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4"));
    uint8_t next[32];
    assert_true(quic::tls::next_secret(suite, secret, next));
    assert_true(equal(next, "1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9"));

    PacketKey packets(suite, keys.key);
    Bytes sealed = seal(packets, {0x01}, unhex("e0459b3474bdd0e46d417eb0"), unhex("4200bff4"));
    assert_true(equal(sealed.data(), "655e5cd55c41f69080575d7999c25a5bfb"));
    HeaderKey headers(suite, keys.header_key);
    uint8_t mask[16];
    assert_true(headers.mask(mask, sealed.data() + 1));
    assert_true(equal(mask, "aefefe7d03"));
}

struct Kind {
    const Suite& suite;
    const WOLFSSL_EVP_CIPHER *cipher, *header_cipher;
};

const std::vector<Kind> kinds()
{
    return {
        {quic::tls::kAes128Gcm, wolfSSL_EVP_aes_128_gcm(), wolfSSL_EVP_aes_128_ecb()},
        {quic::tls::kAes256Gcm, wolfSSL_EVP_aes_256_gcm(), wolfSSL_EVP_aes_256_ecb()},
        {quic::tls::kChaCha20Poly1305, wolfSSL_EVP_chacha20_poly1305(), wolfSSL_EVP_chacha20()}};
}

void both_ways_of_sealing_a_packet_agree(void**)
{
    ngtcp2_callbacks ours{};
    quic::tls::install_crypto_callbacks(ours);
    for (const Kind& kind : kinds()) {
        ngtcp2_crypto_aead aead{const_cast<WOLFSSL_EVP_CIPHER*>(kind.cipher), 16};
        for (uint64_t seed = 1; seed <= 20; ++seed) {
            const Bytes key = pattern(kind.suite.key_len, seed);
            PacketKey packets(kind.suite, key.data());
            ngtcp2_crypto_aead_ctx direct_context{&packets}, seal_context{}, open_context{};
            assert_int_equal(
                ngtcp2_crypto_aead_ctx_encrypt_init(&seal_context, &aead, key.data(), 12), 0);
            assert_int_equal(
                ngtcp2_crypto_aead_ctx_decrypt_init(&open_context, &aead, key.data(), 12), 0);
            for (size_t len : {1u, 4u, 15u, 16u, 17u, 31u, 64u, 100u, 1200u, 1423u}) {
                const Bytes plain = pattern(len, seed + len), nonce = pattern(12, seed ^ len);
                const Bytes bound = pattern(1 + (len * seed) % 40, seed + 4);
                Bytes direct = plain, helper(len + 16), back(len + 16);
                direct.resize(len + 16);
                auto run = [&](auto* f, Bytes& out, ngtcp2_crypto_aead_ctx& context, size_t n,
                               const Bytes& in) {
                    return f(out.data(), &aead, &context, in.data(), n, nonce.data(), 12,
                             bound.data(), bound.size());
                };
                // In place, as ngtcp2 does it.
                assert_int_equal(run(ours.encrypt, direct, direct_context, len, direct), 0);
                assert_int_equal(run(ngtcp2_crypto_encrypt_cb, helper, seal_context, len, plain),
                                 0);
                assert_true(direct == helper);
                assert_int_equal(run(ours.decrypt, back, direct_context, len + 16, helper), 0);
                assert_memory_equal(back.data(), plain.data(), len);
                assert_int_equal(
                    run(ngtcp2_crypto_decrypt_cb, back, open_context, len + 16, direct), 0);
                assert_memory_equal(back.data(), plain.data(), len);
                direct[(len + seed) % direct.size()] ^= 1;
                assert_int_equal(run(ours.decrypt, back, direct_context, len + 16, direct),
                                 NGTCP2_ERR_DECRYPT);
            }
            ngtcp2_crypto_aead_ctx_free(&seal_context);
            ngtcp2_crypto_aead_ctx_free(&open_context);
        }
    }
}

void both_ways_of_masking_a_header_agree(void**)
{
    ngtcp2_callbacks ours{};
    quic::tls::install_crypto_callbacks(ours);
    for (const Kind& kind : kinds()) {
        ngtcp2_crypto_cipher cipher{const_cast<WOLFSSL_EVP_CIPHER*>(kind.header_cipher)};
        for (uint64_t seed = 1; seed <= 50; ++seed) {
            const Bytes key = pattern(kind.suite.key_len, seed), sample = pattern(16, seed + 99);
            HeaderKey headers(kind.suite, key.data());
            ngtcp2_crypto_cipher_ctx direct{&headers}, helper{};
            WOLFSSL_EVP_CIPHER_CTX* context =
                wolfSSL_quic_crypt_new(kind.header_cipher, key.data(), nullptr, 1);
            assert_non_null(context);
            helper.native_handle = context;
            uint8_t mask[16] = {}, helpers_mask[32] = {};
            assert_int_equal(ours.hp_mask(mask, &cipher, &direct, sample.data()), 0);
            assert_int_equal(
                ngtcp2_crypto_hp_mask_cb(helpers_mask, &cipher, &helper, sample.data()), 0);
            assert_memory_equal(mask, helpers_mask, 5);
            wolfSSL_EVP_CIPHER_CTX_free(context);
        }
    }
}

void what_is_shorter_than_a_tag_is_no_packet(void**)
{
    for (const Kind& kind : kinds()) {
        const Bytes key = pattern(kind.suite.key_len), nonce = pattern(12);
        PacketKey packets(kind.suite, key.data());
        uint8_t out[32];
        for (size_t len = 0; len < 16; ++len) {
            assert_false(packets.open(out, pattern(len), nonce.data(), pattern(5)));
        }
    }
}

quic::EndpointConfig echoing()
{
    quic::EndpointConfig config;
    config.retry = quic::RetryPolicy::never;
    return config;
}

void every_suite_carries_calls_and_outlives_changes_of_keys(void**)
{
    const std::pair<const char*, const Suite*> suites[] = {
        {"TLS13-AES128-GCM-SHA256", &quic::tls::kAes128Gcm},
        {"TLS13-AES256-GCM-SHA384", &quic::tls::kAes256Gcm},
        {"TLS13-CHACHA20-POLY1305-SHA256", &quic::tls::kChaCha20Poly1305},
    };
    for (auto [name, suite] : suites) {
        Pair pair(echoing(), echoing());
        pair.server.events.echo = true;
        WOLFSSL_CTX* context = pair.client.endpoint->client_context()->native();
        assert_int_equal(wolfSSL_CTX_set_cipher_list(context, name), WOLFSSL_SUCCESS);
        auto& connection = static_cast<quic::ConnectionImpl&>(pair.connect());
        auto& peer = static_cast<quic::ConnectionImpl&>(pair.peer());
        pair.expect_echo(connection, pattern(3000));
        assert_ptr_equal(ngtcp2_conn_get_crypto_ctx2(peer.native())->aead.native_handle, suite);
        // The client's, the server's, and the client's again.
        for (quic::ConnectionImpl* side : {&connection, &peer, &connection}) {
            // ngtcp2 makes the next keys ready when something comes a while after the last change.
            pair.wire.run_for(5 * kSecond);
            pair.expect_echo(connection, pattern(10));
            assert_int_equal(ngtcp2_conn_initiate_key_update(side->native(), pair.wire.now_ns), 0);
            pair.expect_echo(connection, pattern(3000));
        }
        assert_int_equal(pair.client.events.closed + pair.server.events.closed, 0);
    }
}

void a_retry_is_believed_only_with_its_tag(void**)
{
    quic::EndpointConfig asks = echoing();
    asks.retry = quic::RetryPolicy::always;
    Pair pair(asks, echoing());
    pair.server.events.echo = true;
    pair.expect_echo(pair.connect(), pattern(100));
    assert_true(pair.server.endpoint->stats().retries_sent > 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_first_packet_of_a_client_is_the_published_one),
        cmocka_unit_test(the_tag_of_a_retry_is_the_published_one),
        cmocka_unit_test(a_short_packet_with_chacha20_is_the_published_one),
        cmocka_unit_test(both_ways_of_sealing_a_packet_agree),
        cmocka_unit_test(both_ways_of_masking_a_header_agree),
        cmocka_unit_test(what_is_shorter_than_a_tag_is_no_packet),
        cmocka_unit_test(every_suite_carries_calls_and_outlives_changes_of_keys),
        cmocka_unit_test(a_retry_is_believed_only_with_its_tag),
    };
    return cmocka_run_group_tests_name("packet protection", tests, nullptr, nullptr);
}
