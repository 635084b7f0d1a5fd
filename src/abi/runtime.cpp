#include "abi/handles.h"

using namespace ltn;

extern "C" {

ltn_status ltn_runtime_new(ltn_runtime** out, int32_t drive, ltn_error* error)
{
    if (out == nullptr) return abi::invalid(error, "expected a place for the runtime");
    *out = nullptr;
    if (drive != LTN_DRIVE_THREAD && drive != LTN_DRIVE_HOST) {
        return abi::invalid(error, "expected LTN_DRIVE_THREAD or LTN_DRIVE_HOST");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (Error failed = runtime::init_process(); !failed.ok()) return abi::report(error, failed);
        auto handle = std::make_unique<ltn_runtime>();
        handle->loops = std::make_shared<runtime::LoopGroup>(static_cast<runtime::Drive>(drive), 0);
        *out = handle.release();
        return LTN_OK;
    });
}

ltn_status ltn_runtime_set(ltn_runtime* runtime, const char* name, const char* value,
                           ltn_error* error)
{
    if (runtime == nullptr || name == nullptr || value == nullptr) {
        return abi::invalid(error, "expected a runtime, a name and a value");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(runtime)) return abi::refuse_forked(error);
        Error failed = runtime->loops->set(name, value);
        if (failed.ok()) {
            runtime->origins[std::string(runtime::option_name(runtime::Section::runtime, name))] =
                "";
        }
        return abi::report(error, std::move(failed));
    });
}

ltn_status ltn_runtime_set_log(ltn_runtime* runtime, int32_t level, ltn_log_fn log, void* user_data,
                               ltn_destroy_fn destroy)
{
    return abi::guarded(nullptr, [&]() -> ltn_status {
        auto data = abi::host_data(user_data, destroy);
        if (runtime == nullptr || level < LTN_LOG_DEBUG || level > LTN_LOG_ERROR) {
            return LTN_ERR_INVALID_ARGUMENT;
        }
        if (abi::forked(runtime)) return LTN_ERR_FORKED;
        runtime->loops->set_log(level, log, data);
        return LTN_OK;
    });
}

ltn_status ltn_runtime_descriptor(ltn_runtime* runtime, int32_t* fd)
{
    if (runtime == nullptr || fd == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(runtime)) return LTN_ERR_FORKED;
        auto got = runtime->loops->first().descriptor();
        if (!got) return abi::status_of(got.error().code);
        *fd = got.value();
        return LTN_OK;
    });
}

ltn_status ltn_runtime_deadline_ms(ltn_runtime* runtime, int64_t* ms)
{
    if (runtime == nullptr || ms == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(runtime)) return LTN_ERR_FORKED;
        if (runtime->loops->drive() == runtime::Drive::thread) return LTN_ERR_STATE;
        const Nanos next_ns = runtime->loops->first().next_deadline_ns();
        const Nanos now_ns = runtime->loops->first().now().monotonic_ns;
        if (next_ns == kNever) {
            *ms = -1;
        } else {
            *ms = next_ns <= now_ns
                      ? 0
                      : static_cast<int64_t>((next_ns - now_ns + kMillisecond - 1) / kMillisecond);
        }
        return LTN_OK;
    });
}

ltn_status ltn_runtime_step(ltn_runtime* runtime, int64_t timeout_ms)
{
    if (runtime == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(runtime)) return LTN_ERR_FORKED;
        return abi::status_of(runtime->loops->first().step(abi::timeout_ns(timeout_ms)));
    });
}

ltn_status ltn_runtime_stop(ltn_runtime* runtime)
{
    if (runtime == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(runtime)) return LTN_ERR_FORKED;
        runtime->loops->stop_all();
        return LTN_OK;
    });
}

ltn_status ltn_runtime_wait(ltn_runtime* runtime, int64_t timeout_ms)
{
    if (runtime == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(runtime)) return LTN_ERR_FORKED;
        return abi::status_of(runtime->loops->wait_quiet(abi::timeout_ns(timeout_ms)));
    });
}

void ltn_runtime_free(ltn_runtime* runtime)
{
    if (runtime == nullptr) return;
    (void)abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(runtime)) {
            runtime->loops->abandon();
            // Its memory may be under the locks of threads that do not exist here.
            new std::shared_ptr<runtime::LoopGroup>(std::move(runtime->loops));
        } else {
            runtime->loops->stop_all();
            runtime->loops->dissolve();
        }
        delete runtime;
        return LTN_OK;
    });
}

}  // extern "C"
