// One measured thing in a picture of all of them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/histogram.h"
#include "runtime/stat_names.h"

namespace ltn::runtime {

struct Metric {
    enum class Kind { counter = 1, gauge = 2, histogram = 3 };
    Kind kind = Kind::counter;
    const char* name = "";
    const char* help = "";
    const char* label = nullptr;  // name of the label, if there is one
    std::string label_value;
    uint64_t value = 0;
    Histogram histogram;
};

using Metrics = std::vector<Metric>;

// Adds `histogram` to the metric of the same name and label value, or appends one.
void merge_histogram(Metrics& into, const char* name, const char* help, const char* label,
                     const std::string& label_value, const Histogram& histogram);
// The same for a counter.
void merge_counter(Metrics& into, const char* name, const char* help, const char* label,
                   const std::string& label_value, uint64_t value);

// Every statistic of a table with the value that `stat` (a Result of its number) finds for its name.
template <class Stat>
Metrics counted(std::span<const StatName> names, Stat&& stat)
{
    Metrics all;
    for (const StatName& each : names) {
        Metric metric;
        metric.kind = each.gauge ? Metric::Kind::gauge : Metric::Kind::counter;
        metric.name = each.name;
        metric.help = each.meaning;
        if (auto value = stat(each.name); value) metric.value = value.value();
        all.push_back(std::move(metric));
    }
    return all;
}

}  // namespace ltn::runtime
