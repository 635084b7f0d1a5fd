#include "abi/handles.h"

using namespace ltn;

extern "C" {

ltn_status ltn_bytes_new(ltn_bytes** out, const uint8_t* data, size_t len)
{
    if (out == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    *out = nullptr;
    if (data == nullptr && len > 0) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&] {
        auto made = std::make_unique<ltn_bytes>();
        made->bytes = SharedBytes::copy({data, len});
        *out = made.release();
        return LTN_OK;
    });
}

ltn_status ltn_bytes_lend(ltn_bytes** out, const uint8_t* data, size_t len, void* user_data,
                          ltn_destroy_fn destroy)
{
    return abi::guarded(nullptr, [&]() -> ltn_status {
        std::shared_ptr<const void> owner = abi::host_data(user_data, destroy);
        if (out == nullptr) return LTN_ERR_INVALID_ARGUMENT;
        *out = nullptr;
        if (data == nullptr && len > 0) return LTN_ERR_INVALID_ARGUMENT;
        auto made = std::make_unique<ltn_bytes>();
        made->bytes = SharedBytes::own(std::move(owner), {data, len});
        *out = made.release();
        return LTN_OK;
    });
}

const uint8_t* ltn_bytes_data(const ltn_bytes* bytes)
{
    return bytes == nullptr ? nullptr : bytes->bytes.data();
}

size_t ltn_bytes_len(const ltn_bytes* bytes)
{
    return bytes == nullptr ? 0 : bytes->bytes.size();
}

ltn_bytes* ltn_bytes_retain(ltn_bytes* bytes)
{
    if (bytes != nullptr) bytes->refs.fetch_add(1, std::memory_order_relaxed);
    return bytes;
}

void ltn_bytes_free(ltn_bytes* bytes)
{
    if (bytes != nullptr && bytes->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete bytes;
}

}  // extern "C"
