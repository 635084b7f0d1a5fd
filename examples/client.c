/*
 * client.c - call a peer by its key and print what it answers.
 *
 *   client SEED HOST:PORT HOTKEY [TEXT]
 *
 * SEED says who we are (64 hexadecimal digits; a real program reads a key file instead, see
 * ltn_signer_new_key_file). HOTKEY says who has to answer: a server that cannot prove this key never
 * sees the request. The peer's handler `echo` answers the map it got, so the text comes back.
 *
 * Build against an installed library:
 *
 *   cc -std=c99 client.c $(pkg-config --cflags --libs ltn) -o client
 */
#include <ltn/lightning.h>
#include <stdio.h>
#include <string.h>

/* {"text": <text>} in MessagePack. Returns its length, 0 when `out` is too small. */
static size_t pack_text(uint8_t* out, size_t out_size, const char* text)
{
    const size_t len = strlen(text);
    size_t at = 0;
    if (len > 255 || out_size < len + 8) return 0;
    out[at++] = 0x81;     /* a map with 1 pair */
    out[at++] = 0xa0 | 4; /* a str of 4 bytes ... */
    memcpy(out + at, "text", 4);
    at += 4;
    out[at++] = 0xd9; /* a str with its length in one byte ... */
    out[at++] = (uint8_t)len;
    memcpy(out + at, text, len);
    return at + len;
}

/* Prints the answer: the str in {"text": str}, or just its size when it is something else. */
static void print_answer(const uint8_t* data, size_t len)
{
    static const uint8_t head[] = {0x81, 0xa4, 't', 'e', 'x', 't'};
    size_t at = sizeof head;
    size_t text_len = 0;
    if (len > at + 1 && memcmp(data, head, sizeof head) == 0) {
        /* A writer takes the shortest form, so what left as 0xd9 may come back as 0xa0..0xbf. */
        if ((data[at] & 0xe0) == 0xa0) {
            text_len = data[at++] & 0x1f;
        } else if (data[at] == 0xd9) {
            text_len = data[at + 1];
            at += 2;
        }
        if (text_len > 0 && at + text_len == len) {
            printf("answer: %.*s\n", (int)text_len, (const char*)data + at);
            return;
        }
    }
    printf("answer: %lu bytes of MessagePack\n", (unsigned long)len);
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

/* Every function that can fail returns a status; the reason is in the error object. */
static int failed(const char* what, const ltn_error* error)
{
    fprintf(stderr, "client: %s: %s\n", what, ltn_error_text(error));
    return 1;
}

int main(int argc, char** argv)
{
    uint8_t seed[LTN_SEED_LEN];
    uint8_t peer[LTN_KEY_LEN];
    uint8_t request[512];
    const uint8_t* answer = NULL;
    size_t answer_len = 0;
    ltn_error* error = ltn_error_new();
    ltn_signer* signer = NULL;
    ltn_client* client = NULL;
    ltn_op* op = NULL;
    ltn_call call;
    int result = 1;

    if (argc < 4 || !parse_seed(seed, argv[1])) {
        fprintf(stderr, "usage: client SEED HOST:PORT HOTKEY [TEXT]\n");
        ltn_error_free(error);
        return 2;
    }

    /* Who we are, and whom we expect. */
    if (ltn_signer_new_seed(&signer, seed, error) != LTN_OK) {
        result = failed("seed", error);
        goto end;
    }
    if (ltn_hotkey_decode(peer, argv[3], 0, error) != LTN_OK) {
        result = failed("hotkey", error);
        goto end;
    }

    /* A client with a private runtime (NULL), which has one thread of its own. */
    if (ltn_client_new(&client, NULL, signer, error) != LTN_OK ||
        ltn_client_start(client, error) != LTN_OK) {
        result = failed("start", error);
        goto end;
    }

    /* The call dials the address on its own when there is no connection yet. */
    ltn_call_init(&call, sizeof call);
    call.peer = peer;
    call.address = argv[2];
    call.type = "echo";
    call.type_len = strlen(call.type);
    call.data = request; /* copied before ltn_client_call returns */
    call.data_len = pack_text(request, sizeof request, argc > 4 ? argv[4] : "hello");
    call.timeout_ms = 5000; /* over everything: dialling, proving, sending, answering */
    if (ltn_client_call(client, &op, &call, error) != LTN_OK) {
        result = failed("call", error);
        goto end;
    }

    /* While it waits, this thread does the network work itself: no switch to another thread. */
    ltn_op_wait(op, -1);
    if (ltn_op_status(op) != LTN_OK) {
        ltn_op_error(op, error);
        result = failed("call", error);
        goto end;
    }
    if (ltn_op_data(op, &answer, &answer_len) == LTN_OK) print_answer(answer, answer_len);
    result = 0;

end:
    /* The order of frees never matters, and every one accepts NULL. */
    ltn_op_free(op);
    if (client != NULL) {
        ltn_client_stop(client);       /* never blocks; says goodbye to the peer ... */
        ltn_client_wait(client, 1000); /* ... which this waits for */
    }
    ltn_client_free(client);
    ltn_signer_free(signer);
    ltn_error_free(error);
    return result;
}
