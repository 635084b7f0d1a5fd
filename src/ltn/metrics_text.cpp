#include "metrics_text.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

namespace ltn_program {

namespace {

// Label values are names that hosts chose: the three characters that would end them are escaped.
std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out;
}

std::string labels(const ltn_metric& metric, const std::string& more = "")
{
    std::string inside;
    if (metric.label != nullptr) {
        inside = fmt::format("{}=\"{}\"", metric.label, escaped(metric.label_value));
    }
    if (!more.empty()) inside += (inside.empty() ? "" : ",") + more;
    return inside.empty() ? "" : "{" + inside + "}";
}

double seconds(uint64_t ns)
{
    return static_cast<double>(ns) / 1e9;
}

void append_histogram(std::string& out, const std::string& name, const ltn_metric& metric)
{
    uint64_t below = 0;
    for (size_t i = 0; i < metric.bucket_count; ++i) {
        below += metric.bucket_counts[i];
        const std::string bound = i + 1 < metric.bucket_count
                                      ? fmt::format("{:g}", seconds(metric.bucket_bounds_ns[i]))
                                      : "+Inf";
        out += fmt::format("{}_bucket{} {}\n", name, labels(metric, "le=\"" + bound + "\""), below);
    }
    out += fmt::format("{}_sum{} {:.9f}\n", name, labels(metric), seconds(metric.sum_ns));
    out += fmt::format("{}_count{} {}\n", name, labels(metric), metric.value);
}

}  // namespace

std::string metrics_text(const ltn_metrics* metrics)
{
    // All rows of a name have to stand together under one heading.
    std::map<std::string, std::pair<std::string, std::string>> families;
    std::vector<std::string> order;
    for (size_t i = 0; i < ltn_metrics_count(metrics); ++i) {
        ltn_metric metric{};
        metric.size = sizeof metric;
        if (ltn_metrics_get(metrics, &metric, i) != LTN_OK) continue;
        const bool counter = metric.kind == LTN_METRIC_COUNTER;
        const std::string name = fmt::format("ltn_{}{}", metric.name, counter ? "_total" : "");
        auto [family, fresh] = families.try_emplace(name);
        if (fresh) {
            const char* const type = metric.kind == LTN_METRIC_HISTOGRAM ? "histogram"
                                     : counter                           ? "counter"
                                                                         : "gauge";
            order.push_back(name);
            family->second.first =
                fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, metric.help, name, type);
        }
        std::string& rows = family->second.second;
        if (metric.kind == LTN_METRIC_HISTOGRAM) {
            append_histogram(rows, name, metric);
        } else {
            rows += fmt::format("{}{} {}\n", name, labels(metric), metric.value);
        }
    }
    std::string out;
    for (const std::string& name : order) out += families[name].first + families[name].second;
    return out;
}

std::map<std::string, double> parse_metrics(const std::string& text)
{
    std::map<std::string, double> out;
    size_t at = 0;
    while (at < text.size()) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        const size_t space = line.rfind(' ');
        if (line.empty() || line[0] == '#' || space == std::string::npos) continue;
        char* rest = nullptr;
        const double value = std::strtod(line.c_str() + space + 1, &rest);
        if (rest == line.c_str() + space + 1) continue;
        out[line.substr(0, space)] = value;
    }
    return out;
}

}  // namespace ltn_program
