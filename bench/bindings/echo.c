/*
 * echo.c - what the other languages' bench clients are compared with.
 *
 *   echo ADDRESS HOTKEY one|many SECONDS
 *
 * Calls `echo` with a map of one bin of 1,024 zero bytes: one at a time by ltn_op_wait, or 32 at a time by a
 * queue. Prints {"calls": n, "seconds": s, "p50_us": x}.
 */
#define _POSIX_C_SOURCE 200809L
#include <ltn/lightning.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IN_FLIGHT 32
#define BODY_LEN 1024
#define WARM_UP_NS 500000000
#define SAMPLES_MAX 4000000

typedef struct bench {
    ltn_client* client;
    ltn_queue* queue;
    ltn_call call;
    int64_t* samples_ns;
    size_t calls; /* all that ended in time; samples of the first SAMPLES_MAX */
    int64_t from_ns;
    int64_t until_ns;
} bench;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void must(ltn_status status, const char* what, ltn_error* error)
{
    if (status == LTN_OK) return;
    fprintf(stderr, "echo: %s: %s %s\n", what, ltn_status_name(status),
            error != NULL ? ltn_error_text(error) : "");
    exit(1);
}

static void took(bench* b, int64_t start_ns, int64_t end_ns)
{
    if (start_ns < b->from_ns || end_ns > b->until_ns) return;
    if (b->calls < SAMPLES_MAX) b->samples_ns[b->calls] = end_ns - start_ns;
    ++b->calls;
}

static void one_at_a_time(bench* b)
{
    while (now_ns() < b->until_ns) {
        ltn_op* op = NULL;
        const uint8_t* data = NULL;
        size_t len = 0;
        const int64_t start_ns = now_ns();
        must(ltn_client_call(b->client, &op, &b->call, NULL), "call", NULL);
        must(ltn_op_wait(op, -1), "wait", NULL);
        must(ltn_op_data(op, &data, &len), "answer", NULL);
        ltn_op_free(op);
        took(b, start_ns, now_ns());
    }
}

static void begin(bench* b, int64_t* start_ns)
{
    ltn_op* op = NULL;
    b->call.user_data = start_ns;
    *start_ns = now_ns();
    must(ltn_client_call(b->client, &op, &b->call, NULL), "call", NULL);
}

static void many_at_a_time(bench* b)
{
    int64_t starts_ns[IN_FLIGHT];
    ltn_event events[IN_FLIGHT];
    int open = 0;
    for (; open < IN_FLIGHT; ++open) begin(b, &starts_ns[open]);
    while (open > 0) {
        size_t count = 0;
        size_t i;
        must(ltn_queue_wait(b->queue, -1), "wait", NULL);
        must(ltn_queue_drain(b->queue, events, &count, IN_FLIGHT, sizeof(ltn_event)), "drain",
             NULL);
        for (i = 0; i < count; ++i) {
            const uint8_t* data = NULL;
            size_t len = 0;
            if (events[i].kind != LTN_EVENT_OP_DONE) continue;
            must(events[i].status, "answer", NULL);
            must(ltn_op_data(events[i].op, &data, &len), "answer", NULL);
            ltn_op_free(events[i].op);
            took(b, *(int64_t*)events[i].user_data, now_ns());
            if (now_ns() < b->until_ns) {
                begin(b, events[i].user_data);
            } else {
                --open;
            }
        }
    }
}

static int ascending(const void* left, const void* right)
{
    const int64_t a = *(const int64_t*)left;
    const int64_t b = *(const int64_t*)right;
    return (a > b) - (a < b);
}

int main(int argc, char** argv)
{
    static const uint8_t head[] = {0x81, 0xa1, 'b', 0xc5, BODY_LEN >> 8, BODY_LEN & 0xff};
    uint8_t body[sizeof head + BODY_LEN] = {0};
    uint8_t seed[LTN_SEED_LEN];
    uint8_t peer[LTN_KEY_LEN];
    ltn_error* error = ltn_error_new();
    ltn_signer* signer = NULL;
    bench b;
    double seconds;
    size_t samples;
    int many;

    memset(&b, 0, sizeof b);
    if (argc != 5) {
        fprintf(stderr, "usage: echo ADDRESS HOTKEY one|many SECONDS\n");
        return 2;
    }
    many = strcmp(argv[3], "many") == 0;
    seconds = atof(argv[4]);
    memcpy(body, head, sizeof head);
    b.samples_ns = malloc(SAMPLES_MAX * sizeof(int64_t));
    if (b.samples_ns == NULL) return 1;

    must(ltn_seed_generate(seed), "seed", NULL);
    must(ltn_signer_new_seed(&signer, seed, error), "signer", error);
    must(ltn_hotkey_decode(peer, argv[2], 0, error), "hotkey", error);
    must(ltn_client_new(&b.client, NULL, signer, error), "client", error);
    if (many) {
        must(ltn_queue_new(&b.queue, 0, error), "queue", error);
        must(ltn_client_deliver_queue(b.client, b.queue), "queue", NULL);
    }
    must(ltn_client_start(b.client, error), "start", error);
    ltn_call_init(&b.call, sizeof b.call);
    b.call.peer = peer;
    b.call.address = argv[1];
    b.call.type = "echo";
    b.call.type_len = 4;
    b.call.data = body;
    b.call.data_len = sizeof body;
    b.from_ns = now_ns() + WARM_UP_NS;
    b.until_ns = b.from_ns + (int64_t)(seconds * 1e9);

    if (many) {
        many_at_a_time(&b);
    } else {
        one_at_a_time(&b);
    }

    samples = b.calls < SAMPLES_MAX ? b.calls : SAMPLES_MAX;
    qsort(b.samples_ns, samples, sizeof(int64_t), ascending);
    printf("{\"calls\": %lu, \"seconds\": %.3f, \"p50_us\": %.1f}\n", (unsigned long)b.calls,
           seconds, samples == 0 ? 0.0 : (double)b.samples_ns[samples / 2] / 1000);
    free(b.samples_ns);
    ltn_client_stop(b.client);
    ltn_client_wait(b.client, -1);
    ltn_client_free(b.client);
    ltn_queue_free(b.queue);
    ltn_signer_free(signer);
    ltn_error_free(error);
    return 0;
}
