// ltn stream

#include <fmt/format.h>

#include "base64.h"
#include "caller.h"
#include "commands.h"
#include "output.h"
#include "request_data.h"

namespace ltn_program {

namespace {

void print_chunk(const Options& options, uint64_t number, const ltn_bytes* chunk)
{
    const uint8_t* data = ltn_bytes_data(chunk);
    const size_t len = ltn_bytes_len(chunk);
    if (!options.json) {
        print_line(fmt::format("chunk {}: {} bytes", number, len));
        return;
    }
    Json bin = Json::object();
    bin["$bin"] = base64_encode(data, len);
    Json line = Json::object();
    line["chunk"] = std::move(bin);
    print_json(line);
}

void print_end(const Options& options, uint64_t chunks, uint64_t bytes)
{
    if (!options.json) {
        print_line(fmt::format("end: {} chunks, {} bytes", chunks, bytes));
        return;
    }
    Json line = Json::object();
    line["event"] = "end";
    line["chunks"] = chunks;
    line["bytes"] = bytes;
    print_json(line);
}

}  // namespace

int run_stream(Options& options)
{
    const std::string data = request_data(options);
    Caller caller(options);
    caller.open(nullptr);
    ltn_call call = caller.call_of(options.type);
    call.data = data.empty() ? nullptr : reinterpret_cast<const uint8_t*>(data.data());
    call.data_len = data.size();
    // A stream may take as long as it likes unless told otherwise.
    if (options.timeout_secs == 0) call.timeout_ms = -1;
    Detail detail;
    ltn_op* raw = nullptr;
    detail.check(Phase::submit, options.name,
                 ltn_client_open(caller.client(), &raw, &call, detail.out()));
    const Op op(raw);
    uint64_t chunks = 0;
    uint64_t bytes = 0;
    for (;;) {
        ltn_bytes* got = nullptr;
        const ltn_status status = ltn_op_read(op.get(), &got, -1);
        if (status == LTN_ERR_EMPTY) break;
        detail.check(Phase::network, options.name, status);
        const Bytes chunk(got);
        bytes += ltn_bytes_len(got);
        print_chunk(options, chunks++, got);
    }
    const ltn_status status = ltn_op_status(op.get());
    if (status != LTN_OK) throw caller.failure_of(op.get(), status);
    print_end(options, chunks, bytes);
    caller.close();
    return kExitDone;
}

}  // namespace ltn_program
