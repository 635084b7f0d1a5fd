// ltn bench

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench_calls.h"
#include "bench_stream.h"
#include "commands.h"
#include "output.h"

namespace ltn_program {

namespace {

constexpr size_t kPayloadDefault = 1024;
constexpr size_t kConnectPayloadDefault = 64;

double us(uint64_t ns)
{
    return std::round(static_cast<double>(ns) / 10.0) / 100.0;
}

// The warm-up: long enough for connection, windows and caches, short against the measurement.
uint64_t warmup_ns(double seconds)
{
    return static_cast<uint64_t>(std::clamp(seconds * 0.1, 0.1, 1.0) * 1e9);
}

Json latencies(const Histogram& histogram)
{
    Json out = Json::object();
    out["p50_us"] = us(histogram.percentile(50));
    out["p90_us"] = us(histogram.percentile(90));
    out["p99_us"] = us(histogram.percentile(99));
    out["max_us"] = us(histogram.max());
    return out;
}

Json measure_calls(BenchCalls& bench, const Options& options, BenchTimes& times)
{
    times = bench.run(warmup_ns(options.seconds), static_cast<uint64_t>(options.seconds * 1e9));
    const Histogram& histogram = bench.latency_ns();
    const double calls = static_cast<double>(histogram.total());
    const double elapsed = static_cast<double>(times.ended_ns - times.begun_ns) / 1e9;
    Json result = Json::object();
    result["calls"] = histogram.total();
    result["rate"] = elapsed > 0 ? std::round(calls / elapsed * 10.0) / 10.0 : 0.0;
    result.update(latencies(histogram));
    result["cpu_us_per_call"] =
        calls > 0 ? std::round(static_cast<double>(times.cpu_us) / calls * 100.0) / 100.0 : 0.0;
    result["errors"] = times.errors;
    return result;
}

Json measure_connects(BenchCalls& bench, const Options& options, BenchTimes& times)
{
    // One untimed, so that what a process does once is not in the figures.
    BenchTimes first;
    bench.connect_once(first);
    if (first.errors > 0) {
        times = first;
    } else {
        bench.forget();
        const uint64_t cpu_before = process_cpu_us();
        for (uint64_t i = 0; i < options.connect && times.errors == 0; ++i) {
            bench.connect_once(times);
        }
        times.cpu_us = process_cpu_us() - cpu_before;
    }
    const Histogram& histogram = bench.latency_ns();
    const double connects = static_cast<double>(histogram.total());
    Json result = Json::object();
    result["connects"] = histogram.total();
    result.update(latencies(histogram));
    result["cpu_us_per_connect"] =
        connects > 0 ? std::round(static_cast<double>(times.cpu_us) / connects * 100.0) / 100.0
                     : 0.0;
    result["errors"] = times.errors;
    return result;
}

void print_for_person(const Options& options, const Json& result)
{
    const bool connects = options.connect > 0;
    if (connects) {
        print_line(
            fmt::format("{} connects with their first call", result["connects"].get<uint64_t>()));
    } else {
        print_line(fmt::format("{} calls, {:.0f} per second, {} in flight",
                               result["calls"].get<uint64_t>(), result["rate"].get<double>(),
                               options.inflight));
    }
    print_line(fmt::format("p50 {:.2f} us, p90 {:.2f} us, p99 {:.2f} us, max {:.2f} us",
                           result["p50_us"].get<double>(), result["p90_us"].get<double>(),
                           result["p99_us"].get<double>(), result["max_us"].get<double>()));
    print_line(
        fmt::format("{:.2f} us of CPU {}, {} errors",
                    result[connects ? "cpu_us_per_connect" : "cpu_us_per_call"].get<double>(),
                    connects ? "per connect" : "per call", result["errors"].get<uint64_t>()));
}

}  // namespace

int run_bench(Options& options)
{
    if (options.stream_chunks > 0) return run_bench_stream(options);
    const bool connects = options.connect > 0;
    const size_t payload = static_cast<size_t>(
        options.payload.value_or(connects ? kConnectPayloadDefault : kPayloadDefault));
    BenchCalls bench(options, payload);
    BenchTimes times;
    const Json result =
        connects ? measure_connects(bench, options, times) : measure_calls(bench, options, times);
    // Nothing measured at all: then the reason is the result.
    if (bench.latency_ns().total() == 0 && times.errors > 0) {
        throw Failure(times.first_exit, options.name, times.first_code, times.first_error);
    }
    if (options.json) {
        print_json(result);
    } else {
        print_for_person(options, result);
    }
    if (times.errors > 0) {
        print_failure({kExitRemote, options.name, times.first_code,
                       fmt::format("{} errors, the first: {}", times.errors, times.first_error)},
                      options.json);
        return kExitRemote;
    }
    return kExitDone;
}

}  // namespace ltn_program
