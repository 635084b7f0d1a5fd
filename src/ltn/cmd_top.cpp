// ltn top

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "commands.h"
#include "metrics_http.h"
#include "metrics_text.h"
#include "output.h"

namespace ltn_program {

namespace {

using Sample = std::map<std::string, double>;

double number(const Sample& sample, const std::string& name)
{
    const auto found = sample.find(name);
    return found == sample.end() ? 0 : found->second;
}

double rate(const Sample& before, const Sample& now, const std::string& name, double seconds)
{
    const double grown = number(now, name) - number(before, name);
    return grown < 0 || seconds <= 0 ? 0 : grown / seconds;
}

// Names of handlers: what stands behind type= in the rows of one counter.
std::vector<std::string> handler_types(const Sample& sample)
{
    static const std::string kStart = "ltn_handlers_ok_total{type=\"";
    std::vector<std::string> out;
    for (auto row = sample.lower_bound(kStart); row != sample.end(); ++row) {
        if (row->first.compare(0, kStart.size(), kStart) != 0) break;
        out.push_back(row->first.substr(kStart.size(), row->first.size() - kStart.size() - 2));
    }
    return out;
}

double refused(const Sample& before, const Sample& now, double seconds)
{
    double all = 0;
    for (const auto& [name, value] : now) {
        if (name.compare(0, 12, "ltn_refused_") == 0) all += rate(before, now, name, seconds);
    }
    return all;
}

void print_sample(const Options& options, const Sample& before, const Sample& now, double seconds)
{
    const auto per_second = [&](const char* name) {
        return rate(before, now, std::string("ltn_") + name + "_total", seconds);
    };
    if (options.json) {
        Json line = Json::object();
        line["connections"] = number(now, "ltn_connections");
        line["authenticated"] = number(now, "ltn_authenticated");
        line["requests_in_flight"] = number(now, "ltn_requests_in_flight");
        line["requests_per_s"] = per_second("requests");
        line["handshakes_per_s"] = per_second("handshakes_ok");
        line["refused_per_s"] = refused(before, now, seconds);
        line["datagrams_per_s"] = per_second("datagrams_received");
        line["dropped_per_s"] = per_second("datagrams_dropped");
        print_json(line);
        return;
    }
    print_line(
        fmt::format("connections {:.0f}, proved {:.0f}; requests {:.1f}/s, in flight {:.0f}; "
                    "handshakes {:.1f}/s, refused {:.1f}/s; datagrams {:.0f}/s, dropped {:.0f}/s",
                    number(now, "ltn_connections"), number(now, "ltn_authenticated"),
                    per_second("requests"), number(now, "ltn_requests_in_flight"),
                    per_second("handshakes_ok"), refused(before, now, seconds),
                    per_second("datagrams_received"), per_second("datagrams_dropped")));
    for (const std::string& type : handler_types(now)) {
        const std::string label = "{type=\"" + type + "\"}";
        const double ended = rate(before, now, "ltn_handler_seconds_count" + label, seconds);
        const double took = rate(before, now, "ltn_handler_seconds_sum" + label, seconds);
        print_line(fmt::format("  {:<24} {:>10.1f}/s  failed {:.1f}/s  mean {:.3f} ms", type, ended,
                               rate(before, now, "ltn_handlers_failed_total" + label, seconds),
                               ended > 0 ? took / ended * 1000 : 0));
    }
}

}  // namespace

int run_top(Options& options)
{
    using Clock = std::chrono::steady_clock;
    const bool terminal = !options.json && isatty(STDOUT_FILENO) == 1;
    Sample before;
    Clock::time_point then = Clock::now();
    for (uint64_t shown = 0; options.samples == 0 || shown < options.samples; ++shown) {
        if (shown > 0)
            std::this_thread::sleep_for(std::chrono::duration<double>(options.interval_secs));
        const Sample now = parse_metrics(fetch_metrics(options.address, options.name));
        const Clock::time_point at = Clock::now();
        // Cleared as a terminal understands it; anything else gets one sample after the other.
        if (terminal) static_cast<void>(!write(STDOUT_FILENO, "\033[H\033[2J", 7));
        const double seconds = shown == 0 ? 0 : std::chrono::duration<double>(at - then).count();
        print_sample(options, before, now, seconds);
        before = now;
        then = at;
    }
    return kExitDone;
}

}  // namespace ltn_program
