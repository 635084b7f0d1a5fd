/* One server on several loops, and a crowd of clients. Uses nothing but the public header. */
#ifndef LTN_TESTS_ABI_CROWD_H
#define LTN_TESTS_ABI_CROWD_H

#include "rig.h"

#include <pthread.h>

#define CLIENTS 64
#define LOOPS "2"

/* Seen of one peer by the handler, on whatever thread. */
typedef struct peer_seen {
    uint8_t key[LTN_KEY_LEN];
    pthread_t thread;
    int calls;
    int elsewhere; /* calls on another thread than the first */
    int inside;
    int overlaps;
} peer_seen;

typedef struct crowd {
    ltn_runtime *server_runtime;
    ltn_runtime *client_runtime;
    ltn_signer *server_signer;
    ltn_signer *signers[CLIENTS];
    ltn_server *server;
    ltn_client *clients[CLIENTS];
    int count;
    uint8_t peer[LTN_KEY_LEN];
    char address[64];
    peer_seen seen[CLIENTS];
} crowd;

/* A thread-drive runtime with LOOPS loops. */
ltn_runtime *runtime_with_loops(void);
/* Server 1 with `echo` and no limits that a crowd from one machine would meet. */
void make_server(crowd *crowd, ltn_runtime *runtime);
void start_server(crowd *crowd);
/* On a runtime of their own; each with a key of its own, or all with the same. */
void add_clients(crowd *crowd, int count, int same_key);
void start_clients(crowd *crowd);
void end_crowd(crowd *crowd);
ltn_op *call_from(crowd *crowd, int client, const char *type);
/* One call from each client, all under way at once. Returns how many succeeded. */
int round_of_calls(crowd *crowd, const char *type);
uint64_t server_stat(crowd *crowd, const char *name);

#endif
