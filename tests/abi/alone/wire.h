/* libltn found by dlopen, as a host that is not linked with it does. Every program here is one process
 * of its own and prints one line per fact; exit status 0 when all hold. */
#ifndef LTN_TESTS_ABI_ALONE_WIRE_H
#define LTN_TESTS_ABI_ALONE_WIRE_H

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltn/lightning.h>

#define SAY(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))
#define MUST(condition) \
    do { \
        if (!(condition)) SAY("%s:%d: expected %s", __FILE__, __LINE__, #condition); \
    } while (0)

/* The functions one call needs, by name. */
#define LTN_EACH(X) \
    X(ltn_signer_new_seed) X(ltn_signer_public_key) X(ltn_signer_free) X(ltn_server_new) \
    X(ltn_server_handle) X(ltn_server_start) X(ltn_server_address) X(ltn_server_stop) \
    X(ltn_server_wait) X(ltn_server_free) X(ltn_client_new) X(ltn_client_start) \
    X(ltn_client_call) X(ltn_client_stop) X(ltn_client_wait) X(ltn_client_free) \
    X(ltn_call_init) X(ltn_op_wait) X(ltn_op_status) X(ltn_op_data) X(ltn_op_complete) \
    X(ltn_op_free)

struct wire {
#define X(name) __typeof__(&name) name;
    LTN_EACH(X)
#undef X
};

static inline void wire_load(struct wire *wire, void *library)
{
#define X(name) \
    *(void **)&wire->name = dlsym(library, #name); \
    MUST(wire->name != NULL);
    LTN_EACH(X)
#undef X
}

static inline void wire_echo(ltn_op *question, void *user_data)
{
    const struct wire *wire = user_data;
    const uint8_t *data = NULL;
    size_t len = 0;
    (void)wire->ltn_op_data(question, &data, &len);
    (void)wire->ltn_op_complete(question, data, len, NULL);
    wire->ltn_op_free(question);
}

/* A server and a client of this copy of the library; makes `calls` calls and ends both. */
static inline void wire_calls(const struct wire *wire, int calls)
{
    uint8_t seed[LTN_SEED_LEN];
    uint8_t peer[LTN_KEY_LEN];
    char address[64];
    ltn_signer *signer = NULL;
    ltn_server *server = NULL;
    ltn_client *client = NULL;
    ltn_call call;
    int i;
    memset(seed, 7, sizeof seed);
    MUST(wire->ltn_signer_new_seed(&signer, seed, NULL) == LTN_OK);
    MUST(wire->ltn_signer_public_key(signer, peer) == LTN_OK);
    MUST(wire->ltn_server_new(&server, NULL, signer, NULL) == LTN_OK);
    MUST(wire->ltn_server_handle(server, "echo", 0, wire_echo, (void *)wire, NULL, NULL) == LTN_OK);
    MUST(wire->ltn_server_start(server, NULL) == LTN_OK);
    MUST(wire->ltn_server_address(server, address, sizeof address, NULL) == LTN_OK);
    MUST(wire->ltn_client_new(&client, NULL, signer, NULL) == LTN_OK);
    MUST(wire->ltn_client_start(client, NULL) == LTN_OK);
    for (i = 0; i < calls; ++i) {
        ltn_op *op = NULL;
        MUST(wire->ltn_call_init(&call, sizeof call) == LTN_OK);
        call.peer = peer;
        call.address = address;
        call.type = "echo";
        call.type_len = 4;
        call.timeout_ms = 20000;
        MUST(wire->ltn_client_call(client, &op, &call, NULL) == LTN_OK);
        MUST(wire->ltn_op_wait(op, 30000) == LTN_OK);
        MUST(wire->ltn_op_status(op) == LTN_OK);
        wire->ltn_op_free(op);
    }
    wire->ltn_client_stop(client);
    wire->ltn_server_stop(server);
    MUST(wire->ltn_client_wait(client, 20000) == LTN_OK);
    MUST(wire->ltn_server_wait(server, 20000) == LTN_OK);
    wire->ltn_client_free(client);
    wire->ltn_server_free(server);
    wire->ltn_signer_free(signer);
}

static inline int wire_entries(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;
    MUST(folder != NULL);
    while (readdir(folder) != NULL) ++count;
    closedir(folder);
    return count;
}

#endif
