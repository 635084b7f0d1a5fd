/* A host that is linked with OpenSSL and uses it while the library does its own TLS: same names inside,
 * nothing mixed up. */
#define _GNU_SOURCE
#include "../abi/rig.h"

#ifdef LTN_NO_OPENSSL
#include <stdio.h>

static void both_do_tls_at_the_same_time(void **state)
{
    (void)state;
    printf("skipped: OpenSSL's headers are optional and absent\n");
    skip();
}
#else
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <string.h>

#define ROUNDS 200

static unsigned give_psk(unsigned char *key, unsigned most)
{
    memset(key, 7, 16);
    return most < 16 ? 0 : 16;
}

static unsigned client_psk(SSL *ssl, const char *hint, char *identity, unsigned identity_len,
                           unsigned char *key, unsigned most)
{
    (void)ssl;
    (void)hint;
    strncpy(identity, "host", identity_len);
    return give_psk(key, most);
}

static unsigned server_psk(SSL *ssl, const char *identity, unsigned char *key, unsigned most)
{
    (void)ssl;
    (void)identity;
    return give_psk(key, most);
}

static SSL_CTX *context(void)
{
    SSL_CTX *made = SSL_CTX_new(TLS_method());
    assert_non_null(made);
    assert_int_equal(1, SSL_CTX_set_max_proto_version(made, TLS1_2_VERSION));
    assert_int_equal(1, SSL_CTX_set_cipher_list(made, "PSK-AES128-GCM-SHA256"));
    SSL_CTX_set_psk_client_callback(made, client_psk);
    SSL_CTX_set_psk_server_callback(made, server_psk);
    return made;
}

/* A handshake of the host's own and a few bytes through it, in memory. */
static void tls_of_the_host(void)
{
    SSL_CTX *settings = context();
    SSL *client = SSL_new(settings);
    SSL *server = SSL_new(settings);
    BIO *near = NULL;
    BIO *far = NULL;
    char text[8] = {0};
    int turn;
    assert_int_equal(1, BIO_new_bio_pair(&near, 0, &far, 0));
    SSL_set_bio(client, near, near);
    SSL_set_bio(server, far, far);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    for (turn = 0; turn < 20 && !(SSL_is_init_finished(client) && SSL_is_init_finished(server));
         ++turn) {
        (void)SSL_do_handshake(client);
        (void)SSL_do_handshake(server);
    }
    assert_true(SSL_is_init_finished(client) && SSL_is_init_finished(server));
    assert_int_equal(4, SSL_write(client, "ping", 4));
    assert_int_equal(4, SSL_read(server, text, sizeof text));
    assert_memory_equal("ping", text, 4);
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(settings);
}

static void digest_of_the_host(void)
{
    static const unsigned char empty[4] = {0xe3, 0xb0, 0xc4, 0x42};
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    assert_int_equal(1, EVP_Digest("", 0, out, &len, EVP_sha256(), NULL));
    assert_int_equal(32, len);
    assert_memory_equal(empty, out, sizeof empty);
}

static void *be_the_host(void *data)
{
    int i;
    (void)data;
    for (i = 0; i < ROUNDS; ++i) {
        tls_of_the_host();
        digest_of_the_host();
    }
    return NULL;
}

static void both_do_tls_at_the_same_time(void **state)
{
    pthread_t thread;
    int i;
    (void)state;
    tls_of_the_host();
    assert_int_equal(0, pthread_create(&thread, NULL, be_the_host, NULL));
    for (i = 0; i < 20; ++i) {
        rig rig; /* a handshake each */
        rig_start(&rig);
        rig_assert_echo(&rig);
        rig_end(&rig);
    }
    assert_int_equal(0, pthread_join(thread, NULL));
    tls_of_the_host();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_do_tls_at_the_same_time),
    };
    return cmocka_run_group_tests_name("beside_openssl", tests, NULL, NULL);
}
