/*
 * server.c - answer calls from peers that proved their key.
 *
 *   server SEED [HOST:PORT]
 *
 * SEED says who we are (64 hexadecimal digits). Prints address and hotkey, which is all a caller has
 * to know, then answers two names until the end of its standard input:
 *
 *   echo   the map it was sent
 *   greet  {"text": "hello, 5..."} with the caller's proved hotkey
 *
 * Build against an installed library:
 *
 *   cc -std=c99 server.c $(pkg-config --cflags --libs ltn) -o server
 */
#include <ltn/lightning.h>
#include <stdio.h>
#include <string.h>

/* A handler runs on the library's thread. It owns the question: answer once, then free it. It may
 * also be handed to another thread and answered there, later. */
static void on_echo(ltn_op* question, void* user_data)
{
    const uint8_t* data = NULL;
    size_t len = 0;
    (void)user_data;
    ltn_op_data(question, &data, &len); /* borrowed from the question */
    ltn_op_complete(question, data, len, NULL);
    ltn_op_free(question);
}

static void on_greet(ltn_op* question, void* user_data)
{
    static const char hello[] = "hello, ";
    const char* hotkey = NULL;
    size_t hotkey_len = 0;
    uint8_t map[128];
    size_t at = 0;
    (void)user_data;

    if (ltn_op_text(question, &hotkey, &hotkey_len, LTN_DETAIL_HOTKEY) != LTN_OK ||
        hotkey_len > 64) {
        /* The reason goes to the log; the peer reads `request processing failed`. */
        ltn_op_fail(question, "no hotkey");
        ltn_op_free(question);
        return;
    }
    map[at++] = 0x81;     /* a map with 1 pair */
    map[at++] = 0xa0 | 4; /* a str of 4 bytes ... */
    memcpy(map + at, "text", 4);
    at += 4;
    map[at++] = 0xd9; /* a str with its length in one byte ... */
    map[at++] = (uint8_t)(sizeof hello - 1 + hotkey_len);
    memcpy(map + at, hello, sizeof hello - 1);
    at += sizeof hello - 1;
    memcpy(map + at, hotkey, hotkey_len);
    at += hotkey_len;
    ltn_op_complete(question, map, at, NULL);
    ltn_op_free(question);
}

/* 64 hexadecimal digits into 32 bytes; 0 when it is something else. */
static int parse_seed(uint8_t seed[LTN_SEED_LEN], const char* hex)
{
    size_t i;
    if (strlen(hex) != 2 * LTN_SEED_LEN) return 0;
    for (i = 0; i < LTN_SEED_LEN; ++i) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) return 0;
        seed[i] = (uint8_t)byte;
    }
    return 1;
}

static int failed(const char* what, const ltn_error* error)
{
    fprintf(stderr, "server: %s: %s\n", what, ltn_error_text(error));
    return 1;
}

int main(int argc, char** argv)
{
    uint8_t seed[LTN_SEED_LEN];
    uint8_t key[LTN_KEY_LEN];
    char hotkey[LTN_HOTKEY_TEXT_SIZE];
    char address[64];
    ltn_error* error = ltn_error_new();
    ltn_signer* signer = NULL;
    ltn_server* server = NULL;
    int result = 1;

    if (argc < 2 || !parse_seed(seed, argv[1])) {
        fprintf(stderr, "usage: server SEED [HOST:PORT]\n");
        ltn_error_free(error);
        return 2;
    }
    if (ltn_signer_new_seed(&signer, seed, error) != LTN_OK) {
        result = failed("seed", error);
        goto end;
    }
    if (ltn_server_new(&server, NULL, signer, error) != LTN_OK) {
        result = failed("new", error);
        goto end;
    }

    /* Options go by name; the library says what is wrong with a name or a value. */
    if (ltn_server_set(server, "listen", argc > 2 ? argv[2] : "127.0.0.1:0", error) != LTN_OK ||
        ltn_server_set(server, "drain_timeout_ms", "1000", error) != LTN_OK ||
        ltn_server_handle(server, "echo", 0, on_echo, NULL, NULL, error) != LTN_OK ||
        ltn_server_handle(server, "greet", 0, on_greet, NULL, NULL, error) != LTN_OK ||
        ltn_server_start(server, error) != LTN_OK) {
        result = failed("start", error);
        goto end;
    }

    /* Port 0 picked one; the library knows which. */
    ltn_server_address(server, address, sizeof address, NULL);
    ltn_signer_public_key(signer, key);
    ltn_hotkey_encode(hotkey, sizeof hotkey, NULL, key);
    printf("ready on %s as %s\n", address, hotkey);
    fflush(stdout);

    while (getchar() != EOF) continue;
    ltn_server_stop(server);
    ltn_server_wait(server, -1); /* until running requests are answered */
    result = 0;

end:
    ltn_server_free(server);
    ltn_signer_free(signer);
    ltn_error_free(error);
    return result;
}
