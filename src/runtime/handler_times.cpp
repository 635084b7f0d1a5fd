#include "runtime/handler_times.h"

namespace ltn::runtime {

void HandlerTimes::add(std::string_view type, HandlerOutcome outcome, Nanos took_ns)
{
    auto found = rows_.find(type);
    if (found == rows_.end()) {
        const bool room = rows_.size() < kNamesMax;
        found = rows_.try_emplace(room ? std::string(type) : std::string("(others)")).first;
    }
    Row& row = found->second;
    row.took.add(took_ns);
    switch (outcome) {
        case HandlerOutcome::ok: ++row.ok; break;
        case HandlerOutcome::failed: ++row.failed; break;
        case HandlerOutcome::withdrawn: ++row.withdrawn; break;
    }
}

void HandlerTimes::append_to(Metrics& metrics) const
{
    for (const auto& [type, row] : rows_) {
        merge_histogram(metrics, "handler_seconds", "From a request to the end of its handler.",
                        "type", type, row.took);
        merge_counter(metrics, "handlers_ok", "Requests that their handler answered.", "type", type,
                      row.ok);
        merge_counter(metrics, "handlers_failed", "Requests that their handler failed.", "type",
                      type, row.failed);
        merge_counter(metrics, "handlers_left", "Requests withdrawn while their handler had them.",
                      "type", type, row.withdrawn);
    }
}

}  // namespace ltn::runtime
