#include "crowd.h"

#include <string.h>

ltn_runtime *runtime_with_loops(void)
{
    ltn_runtime *runtime = NULL;
    assert_ok(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, NULL));
    assert_ok(ltn_runtime_set(runtime, "loops", LOOPS, NULL));
    return runtime;
}

void make_server(crowd *crowd, ltn_runtime *runtime)
{
    crowd->server_runtime = runtime;
    crowd->server_signer = rig_signer(1);
    assert_ok(ltn_signer_public_key(crowd->server_signer, crowd->peer));
    assert_ok(ltn_server_new(&crowd->server, runtime, crowd->server_signer, NULL));
    assert_ok(ltn_server_set(crowd->server, "max_handshake_attempts_per_minute", "100000", NULL));
    assert_ok(ltn_server_set(crowd->server, "max_unauthenticated_per_source", "1024", NULL));
    assert_ok(ltn_server_handle(crowd->server, "echo", 0, rig_echo, NULL, NULL, NULL));
}

void start_server(crowd *crowd)
{
    assert_ok(ltn_server_start(crowd->server, NULL));
    assert_ok(ltn_server_address(crowd->server, crowd->address, sizeof crowd->address, NULL));
}

void add_clients(crowd *crowd, int count, int same_key)
{
    int i;
    crowd->client_runtime = runtime_with_loops();
    for (i = 0; i < count; ++i) {
        crowd->signers[i] = rig_signer((uint8_t)(same_key ? 10 : 10 + i));
        assert_ok(ltn_signer_public_key(crowd->signers[i], crowd->seen[i].key));
        assert_ok(
            ltn_client_new(&crowd->clients[i], crowd->client_runtime, crowd->signers[i], NULL));
    }
    crowd->count = count;
}

void start_clients(crowd *crowd)
{
    int i;
    for (i = 0; i < crowd->count; ++i) assert_ok(ltn_client_start(crowd->clients[i], NULL));
}

void end_crowd(crowd *crowd)
{
    int i;
    assert_ok(ltn_runtime_stop(crowd->client_runtime));
    assert_ok(ltn_runtime_wait(crowd->client_runtime, RIG_LONG_MS));
    assert_ok(ltn_runtime_stop(crowd->server_runtime));
    assert_ok(ltn_runtime_wait(crowd->server_runtime, RIG_LONG_MS));
    for (i = 0; i < crowd->count; ++i) {
        ltn_client_free(crowd->clients[i]);
        ltn_signer_free(crowd->signers[i]);
    }
    ltn_server_free(crowd->server);
    ltn_signer_free(crowd->server_signer);
    ltn_runtime_free(crowd->client_runtime);
    ltn_runtime_free(crowd->server_runtime);
}

ltn_op *call_from(crowd *crowd, int client, const char *type)
{
    ltn_op *op = NULL;
    ltn_call call;
    assert_ok(ltn_call_init(&call, sizeof call));
    call.peer = crowd->peer;
    call.address = crowd->address;
    call.type = type;
    call.type_len = strlen(type);
    call.timeout_ms = RIG_LONG_MS;
    assert_ok(ltn_client_call(crowd->clients[client], &op, &call, NULL));
    return op;
}

static void tell_counters(crowd *crowd)
{
    ltn_metrics *metrics = NULL;
    ltn_metric metric;
    size_t i;
    assert_ok(ltn_server_metrics(crowd->server, &metrics, NULL));
    for (i = 0; i < ltn_metrics_count(metrics); ++i) {
        metric.size = sizeof metric;
        assert_ok(ltn_metrics_get(metrics, &metric, i));
        if (metric.kind != LTN_METRIC_HISTOGRAM && metric.value != 0) {
            print_message("%s %ld\n", metric.name, (long)metric.value);
        }
    }
    ltn_metrics_free(metrics);
}

int round_of_calls(crowd *crowd, const char *type)
{
    ltn_op *ops[CLIENTS];
    ltn_error *error = ltn_error_new();
    int succeeded = 0;
    int i;
    for (i = 0; i < crowd->count; ++i) ops[i] = call_from(crowd, i, type);
    for (i = 0; i < crowd->count; ++i) {
        assert_ok(ltn_op_wait(ops[i], RIG_LONG_MS));
        if (ltn_op_status(ops[i]) == LTN_OK) {
            ++succeeded;
        } else {
            /* A count that is wrong says nothing of why. */
            assert_ok(ltn_op_error(ops[i], error));
            print_message("call %d of \"%s\": %s\n", i, type, ltn_error_text(error));
        }
        ltn_op_free(ops[i]);
    }
    ltn_error_free(error);
    if (succeeded < crowd->count) tell_counters(crowd);
    return succeeded;
}

uint64_t server_stat(crowd *crowd, const char *name)
{
    uint64_t value = 0;
    assert_ok(ltn_server_stat(crowd->server, &value, name));
    return value;
}
