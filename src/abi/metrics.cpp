#include <algorithm>
#include <cstring>

#include "abi/handles.h"
#include "runtime/metric.h"

using namespace ltn;

struct ltn_metrics {
    runtime::Metrics rows;
};

namespace {

template <class Node>
ltn_status metrics_of(Node* node, ltn_metrics** out, ltn_error* error)
{
    if (out != nullptr) *out = nullptr;
    if (node == nullptr || out == nullptr) {
        return abi::invalid(error, "expected an object and a place for the picture");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(node)) return abi::refuse_forked(error);
        auto picture = std::make_unique<ltn_metrics>();
        if (node->unit != nullptr) picture->rows = node->unit->metrics();
        *out = picture.release();
        return LTN_OK;
    });
}

}  // namespace

extern "C" {

ltn_status ltn_client_metrics(ltn_client* client, ltn_metrics** out, ltn_error* error)
{
    return metrics_of(client, out, error);
}

ltn_status ltn_server_metrics(ltn_server* server, ltn_metrics** out, ltn_error* error)
{
    return metrics_of(server, out, error);
}

size_t ltn_metrics_count(const ltn_metrics* metrics)
{
    return metrics == nullptr ? 0 : metrics->rows.size();
}

ltn_status ltn_metrics_get(const ltn_metrics* metrics, ltn_metric* metric, size_t index)
{
    if (metrics == nullptr || metric == nullptr || metric->size < sizeof(ltn_metric)) {
        return LTN_ERR_INVALID_ARGUMENT;
    }
    if (index >= metrics->rows.size()) return LTN_ERR_OUT_OF_RANGE;
    const runtime::Metric& row = metrics->rows[index];
    ltn_metric shown{};
    shown.size = sizeof shown;
    shown.kind = static_cast<int32_t>(row.kind);
    shown.name = row.name;
    shown.help = row.help;
    shown.label = row.label;
    shown.label_value = row.label == nullptr ? nullptr : row.label_value.c_str();
    shown.value = row.value;
    if (row.kind == runtime::Metric::Kind::histogram) {
        shown.value = row.histogram.total();
        shown.sum_ns = row.histogram.sum_ns;
        shown.bucket_counts = row.histogram.counts.data();
        shown.bucket_bounds_ns = runtime::Histogram::kBoundsNs.data();
        shown.bucket_count = row.histogram.counts.size();
    }
    std::memcpy(metric, &shown, sizeof shown);
    return LTN_OK;
}

void ltn_metrics_free(ltn_metrics* metrics)
{
    delete metrics;
}

}  // extern "C"
