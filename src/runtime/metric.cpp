#include "runtime/metric.h"

#include <string_view>

namespace ltn::runtime {

namespace {

Metric& metric_of(Metrics& all, Metric::Kind kind, const char* name, const char* help,
                  const char* label, const std::string& label_value)
{
    for (Metric& each : all) {
        if (std::string_view(each.name) == name && each.label_value == label_value) return each;
    }
    Metric fresh;
    fresh.kind = kind;
    fresh.name = name;
    fresh.help = help;
    fresh.label = label;
    fresh.label_value = label_value;
    all.push_back(std::move(fresh));
    return all.back();
}

}  // namespace

void merge_histogram(Metrics& into, const char* name, const char* help, const char* label,
                     const std::string& label_value, const Histogram& histogram)
{
    metric_of(into, Metric::Kind::histogram, name, help, label, label_value).histogram += histogram;
}

void merge_counter(Metrics& into, const char* name, const char* help, const char* label,
                   const std::string& label_value, uint64_t value)
{
    metric_of(into, Metric::Kind::counter, name, help, label, label_value).value += value;
}

}  // namespace ltn::runtime
