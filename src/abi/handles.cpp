#include "abi/handles.h"

#include <cstring>

#include "codec/envelope.h"

namespace ltn::abi {

ltn_status report(ltn_error* out, Error error)
{
    const ltn_status status = status_of(error.code);
    if (out != nullptr && status != LTN_OK) {
        out->display = error.display();
        out->error = std::move(error);
    }
    return status;
}

ltn_status invalid(ltn_error* out, const char* expected)
{
    return report(out, {Code::invalid_argument, Category::local, expected});
}

ltn_status refuse_forked(ltn_error* out)
{
    return report(out, {Code::forked, Category::local,
                        "the handle was made before a fork; make a new one in this process"});
}

ltn_status refuse_closed(ltn_error* out)
{
    return report(out, {Code::closed, Category::local, "the handle is closed"});
}

void report_no_memory(ltn_error* out) noexcept
{
    if (out == nullptr) return;
    out->error.code = Code::no_memory;
    out->error.category = Category::local;
    out->error.text.clear();
    out->display.assign("out of memory");  // short enough to need none
}

runtime::HostDataPtr host_data(void* user_data, ltn_destroy_fn destroy)
{
    try {
        return std::make_shared<runtime::HostData>(user_data, destroy);
    } catch (...) {
        if (destroy != nullptr) destroy(user_data);
        throw;
    }
}

ltn_status copy_text(char* out, size_t out_size, size_t* len, std::string_view text)
{
    if (len != nullptr) *len = text.size();
    if (out == nullptr || out_size == 0) return LTN_ERR_INVALID_ARGUMENT;
    if (text.size() + 1 > out_size) {
        out[0] = '\0';
        return LTN_ERR_OUT_OF_RANGE;
    }
    std::memcpy(out, text.data(), text.size());
    out[text.size()] = '\0';
    return LTN_OK;
}

Result<SharedBytes> checked_map(const uint8_t* data, size_t len, const ltn_bytes* shared,
                                uint64_t max, BufferPool& buffers)
{
    const ByteView given = shared != nullptr ? shared->bytes.view() : ByteView(data, len);
    const ByteView view = given.empty() ? ByteView(codec::kEmptyMap) : given;
    if (view.size() > max) {
        return Error(Code::too_large, Category::transport,
                     "data of " + std::to_string(view.size()) +
                         " bytes is above max_frame_payload_bytes (" + std::to_string(max) + ")");
    }
    auto normalised = codec::check_data_map(view);
    if (!normalised) return normalised.error();
    if (!normalised->empty()) return SharedBytes::take(std::move(normalised.value()));
    if (shared != nullptr && !given.empty()) return shared->bytes;
    return buffers.copy(view);
}

ltn_status wait_closed(runtime::LoopGroup& loops, bool private_loops, int64_t timeout_ms,
                       const std::function<bool(Nanos)>& wait_released,
                       const std::function<bool()>& stopped)
{
    if (runtime::in_upcall()) return LTN_ERR_WOULD_DEADLOCK;
    runtime::Loop& first = loops.first();
    if (loops.drive() != runtime::Drive::thread) {
        return status_of(first.wait([&] { return stopped(); }, timeout_ns(timeout_ms)));
    }
    const Nanos deadline_ns = saturating_add(first.now().monotonic_ns, timeout_ns(timeout_ms));
    if (!wait_released(timeout_ns(timeout_ms))) return LTN_ERR_PENDING;
    if (!private_loops) return LTN_OK;
    // Its own thread goes with it (promise P2).
    const Nanos now_ns = first.now().monotonic_ns;
    const Nanos left = deadline_ns == kNever ? kNever : deadline_ns - std::min(now_ns, deadline_ns);
    return status_of(loops.wait_quiet(left));
}

}  // namespace ltn::abi
