/* A program with functions that are called like those of the libraries inside libltn.a: ours must neither
 * clash with them nor call them. */
#include <ltn/lightning.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int disturbed;

int wolfSSL_Init(void) { return ++disturbed; }
int wolfCrypt_Init(void) { return ++disturbed; }
int uv_loop_init(void *loop) { return loop == NULL ? 0 : ++disturbed; }
int uv_run(void *loop, int mode) { return loop == NULL ? mode : ++disturbed; }
int ngtcp2_conn_client_new_versioned(void) { return ++disturbed; }

int main(void)
{
    uint8_t seed[LTN_SEED_LEN];
    char address[64];
    ltn_signer *signer = NULL;
    ltn_server *server = NULL;
    memset(seed, 3, sizeof seed);
    if (ltn_signer_new_seed(&signer, seed, NULL) != LTN_OK) return 1;
    if (ltn_server_new(&server, NULL, signer, NULL) != LTN_OK) return 2;
    if (ltn_server_start(server, NULL) != LTN_OK) return 3;
    if (ltn_server_address(server, address, sizeof address, NULL) != LTN_OK) return 4;
    (void)ltn_server_stop(server);
    if (ltn_server_wait(server, 20000) != LTN_OK) return 5;
    ltn_server_free(server);
    ltn_signer_free(signer);
    printf("%s\n", address);
    return disturbed == 0 ? 0 : 6;
}
