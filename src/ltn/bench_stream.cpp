#include "bench_stream.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "bench_calls.h"
#include "caller.h"
#include "msgpack.h"
#include "output.h"

namespace ltn_program {

namespace {

constexpr uint64_t kChunkDefault = 1024;
// The first stream connects and opens the windows; it is a part of the measured one.
constexpr uint64_t kWarmupShare = 20;

struct Read {
    uint64_t chunks = 0;
    uint64_t bytes = 0;
};

Read read_stream(const Options& options, const Caller& caller, uint64_t chunks, uint64_t size)
{
    std::string request;
    put_map_header(request, 2);
    put_text(request, "chunks");
    put_unsigned(request, chunks);
    put_text(request, "size");
    put_unsigned(request, size);
    const std::string type = "stream";
    ltn_call call = caller.call_of(type);
    call.data = reinterpret_cast<const uint8_t*>(request.data());
    call.data_len = request.size();
    if (options.timeout_secs == 0) call.timeout_ms = -1;
    Detail detail;
    ltn_op* raw = nullptr;
    detail.check(Phase::submit, options.name,
                 ltn_client_open(caller.client(), &raw, &call, detail.out()));
    const Op op(raw);
    Read read;
    for (;;) {
        ltn_bytes* got = nullptr;
        const ltn_status status = ltn_op_read(op.get(), &got, -1);
        if (status == LTN_ERR_EMPTY) break;
        detail.check(Phase::network, options.name, status);
        const Bytes chunk(got);
        ++read.chunks;
        read.bytes += ltn_bytes_len(got);
    }
    const ltn_status status = ltn_op_status(op.get());
    if (status != LTN_OK) throw caller.failure_of(op.get(), status);
    return read;
}

}  // namespace

int run_bench_stream(Options& options)
{
    const uint64_t size = options.payload.value_or(kChunkDefault);
    Caller caller(options);
    caller.open(nullptr);
    read_stream(options, caller, options.stream_chunks / kWarmupShare, size);
    const uint64_t begun_ns = monotonic_ns();
    const uint64_t cpu_before = process_cpu_us();
    const Read read = read_stream(options, caller, options.stream_chunks, size);
    const double seconds = static_cast<double>(monotonic_ns() - begun_ns) / 1e9;
    const double cpu_us = static_cast<double>(process_cpu_us() - cpu_before);
    caller.close();
    // A stream that ends well with too little in it would look fast.
    const bool whole =
        read.chunks == options.stream_chunks && read.bytes == options.stream_chunks * size;
    const double chunks = static_cast<double>(read.chunks);
    const double rate = seconds > 0 ? std::round(chunks / seconds) : 0;
    const double cpu_each = chunks > 0 ? std::round(cpu_us / chunks * 1000) / 1000 : 0;
    if (options.json) {
        Json line = Json::object();
        line["chunks"] = read.chunks;
        line["bytes"] = read.bytes;
        line["seconds"] = seconds;
        line["rate"] = rate;
        line["cpu_us_per_chunk"] = cpu_each;
        line["errors"] = whole ? 0 : 1;
        print_json(line);
    } else {
        print_line(fmt::format("{} chunks, {} bytes in {:.3f} s: {:.0f} chunks per second",
                               read.chunks, read.bytes, seconds, rate));
        print_line(fmt::format("{:.3f} us of CPU per chunk", cpu_each));
    }
    if (!whole) {
        throw Failure(kExitRemote, options.name, "malformed",
                      fmt::format("expected {} chunks of {} bytes, got {} with {} bytes",
                                  options.stream_chunks, size, read.chunks, read.bytes));
    }
    return kExitDone;
}

}  // namespace ltn_program
