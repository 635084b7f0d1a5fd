#include "lightning-testing.h"

#include "abi/handles.h"

using namespace ltn;

extern "C" {

ltn_status ltn_testing_runtime_new(ltn_runtime** out, uint64_t seed, ltn_error* error)
{
    if (out == nullptr) return abi::invalid(error, "expected a place for the runtime");
    *out = nullptr;
    return abi::guarded(error, [&]() -> ltn_status {
        if (Error failed = runtime::init_process(); !failed.ok()) return abi::report(error, failed);
        auto handle = std::make_unique<ltn_runtime>();
        handle->loops = std::make_shared<runtime::LoopGroup>(runtime::Drive::virtual_clock, seed);
        *out = handle.release();
        return LTN_OK;
    });
}

ltn_status ltn_testing_runtime_now_ns(ltn_runtime* runtime, uint64_t* ns)
{
    if (runtime == nullptr || ns == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    if (runtime->loops->first().virtual_net() == nullptr) return LTN_ERR_STATE;
    *ns = runtime->loops->first().now().monotonic_ns - kSecond;  // the clock starts at one second
    return LTN_OK;
}

ltn_status ltn_testing_runtime_set_loss(ltn_runtime* runtime, uint32_t parts_per_million)
{
    if (runtime == nullptr || parts_per_million > 1'000'000) return LTN_ERR_INVALID_ARGUMENT;
    if (runtime->loops->first().virtual_net() == nullptr) return LTN_ERR_STATE;
    const std::lock_guard guard(runtime->loops->first().lock());
    runtime->loops->first().virtual_net()->set_loss_ppm(parts_per_million);
    return LTN_OK;
}

}  // extern "C"
