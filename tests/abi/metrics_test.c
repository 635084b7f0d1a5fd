/* The picture of everything counted, through the public header. */
#include "rig.h"

#include <string.h>

static int find(const ltn_metrics* metrics, ltn_metric* out, const char* name)
{
    for (size_t i = 0; i < ltn_metrics_count(metrics); ++i) {
        out->size = sizeof *out;
        assert_ok(ltn_metrics_get(metrics, out, i));
        assert_true(strlen(out->name) > 0 && strlen(out->help) > 0);
        if (strcmp(out->name, name) == 0) return 1;
    }
    return 0;
}

static void calls_show_up_in_the_pictures_of_both_sides(void** state)
{
    rig rig;
    ltn_metrics* metrics = NULL;
    ltn_metric metric = {.size = sizeof metric};
    uint64_t counted = 0;
    (void)state;
    rig_start(&rig);
    for (int i = 0; i < 5; ++i) rig_assert_echo(&rig);

    assert_ok(ltn_server_metrics(rig.server, &metrics, NULL));
    assert_true(find(metrics, &metric, "requests"));
    assert_int_equal(LTN_METRIC_COUNTER, metric.kind);
    assert_int_equal(5, metric.value);
    assert_true(find(metrics, &metric, "authenticated"));
    assert_int_equal(LTN_METRIC_GAUGE, metric.kind);
    assert_true(find(metrics, &metric, "handler_seconds"));
    assert_int_equal(LTN_METRIC_HISTOGRAM, metric.kind);
    assert_string_equal("type", metric.label);
    assert_string_equal("echo", metric.label_value);
    assert_int_equal(5, metric.value);
    for (size_t i = 0; i < metric.bucket_count; ++i) counted += metric.bucket_counts[i];
    assert_int_equal(metric.value, counted);
    for (size_t i = 2; i < metric.bucket_count; ++i) {
        assert_true(metric.bucket_bounds_ns[i - 2] < metric.bucket_bounds_ns[i - 1]);
    }
    assert_true(find(metrics, &metric, "handlers_ok"));
    assert_int_equal(5, metric.value);
    assert_status(LTN_ERR_OUT_OF_RANGE,
                  ltn_metrics_get(metrics, &metric, ltn_metrics_count(metrics)));
    metric.size = 8;
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_metrics_get(metrics, &metric, 0));
    ltn_metrics_free(metrics);

    assert_ok(ltn_client_metrics(rig.client, &metrics, NULL));
    metric.size = sizeof metric;
    assert_true(find(metrics, &metric, "call_network_seconds"));
    assert_int_equal(5, metric.value);
    assert_true(metric.sum_ns > 0);
    assert_null(metric.label);
    assert_true(find(metrics, &metric, "peer_rtt_seconds"));
    assert_int_equal(1, metric.value);
    ltn_metrics_free(metrics);
    rig_end(&rig);
}

static void the_picture_of_what_never_started_is_empty_or_zero(void** state)
{
    ltn_signer* signer = rig_signer(1);
    ltn_server* server = NULL;
    ltn_metrics* metrics = NULL;
    (void)state;
    assert_ok(ltn_server_new(&server, NULL, signer, NULL));
    assert_ok(ltn_server_metrics(server, &metrics, NULL));
    assert_int_equal(0, ltn_metrics_count(metrics));
    ltn_metrics_free(metrics);
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_server_metrics(NULL, &metrics, NULL));
    assert_null(metrics);
    assert_status(LTN_ERR_INVALID_ARGUMENT, ltn_client_metrics(NULL, &metrics, NULL));
    assert_int_equal(0, ltn_metrics_count(NULL));
    ltn_server_free(server);
    ltn_signer_free(signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_show_up_in_the_pictures_of_both_sides),
        cmocka_unit_test(the_picture_of_what_never_started_is_empty_or_zero),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
