// ltn ping

#include <fmt/format.h>

#include "caller.h"
#include "commands.h"
#include "output.h"

namespace ltn_program {

namespace {

Json text_of(const ltn_op* op, int32_t detail)
{
    const char* text = nullptr;
    size_t len = 0;
    if (ltn_op_text(op, &text, &len, detail) != LTN_OK) return nullptr;
    return std::string(text, len);
}

Json ms_of(const ltn_op* op, int32_t detail)
{
    int64_t ns = 0;
    if (ltn_op_number(op, &ns, detail) != LTN_OK) return nullptr;
    return rounded_ms(static_cast<double>(ns) / 1e6);
}

std::string shown(const Json& value)
{
    if (value.is_null()) return "unknown";
    if (value.is_string()) return value.get<std::string>();
    return fmt::format("{:.3f} ms", value.get<double>());
}

// One connection, made for this and closed again: only that has a setup time.
Json ping(const Options& options, Caller& caller)
{
    caller.open(nullptr);
    const std::string no_type;
    const ltn_call call = caller.call_of(no_type);
    Detail detail;
    ltn_op* raw = nullptr;
    detail.check(Phase::submit, options.name,
                 ltn_client_connect(caller.client(), &raw, &call, detail.out()));
    const Op op(raw);
    const ltn_status status = ltn_op_wait(op.get(), -1);
    if (status != LTN_OK) throw detail.failure(Phase::network, options.name, status);
    const ltn_status outcome = ltn_op_status(op.get());
    if (outcome != LTN_OK) throw caller.failure_of(op.get(), outcome);

    Json result = Json::object();
    result["hotkey"] = text_of(op.get(), LTN_DETAIL_HOTKEY);
    result["address"] = text_of(op.get(), LTN_DETAIL_ADDRESS);
    result["setup_ms"] = ms_of(op.get(), LTN_DETAIL_SETUP_NS);
    result["rtt_ms"] = ms_of(op.get(), LTN_DETAIL_RTT_NS);
    result["fingerprint"] = text_of(op.get(), LTN_DETAIL_FINGERPRINT);
    result["alpn"] = text_of(op.get(), LTN_DETAIL_ALPN);
    int64_t offset_ms = 0;
    const bool has_offset =
        ltn_op_number(op.get(), &offset_ms, LTN_DETAIL_CLOCK_OFFSET_MS) == LTN_OK;
    result["clock_offset_ms"] = has_offset ? Json(offset_ms) : Json(nullptr);
    caller.close();
    return result;
}

}  // namespace

int run_ping(Options& options)
{
    Caller caller(options);
    for (uint64_t i = 0; i < options.count; ++i) {
        const Json result = ping(options, caller);
        if (options.json) {
            print_json(result);
            continue;
        }
        print_line(fmt::format("{} at {}: setup {}, round trip {}, certificate {}, ALPN {}",
                               shown(result["hotkey"]), shown(result["address"]),
                               shown(result["setup_ms"]), shown(result["rtt_ms"]),
                               shown(result["fingerprint"]), shown(result["alpn"])));
    }
    return kExitDone;
}

}  // namespace ltn_program
