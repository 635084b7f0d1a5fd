#include "abi/handles.h"

using namespace ltn;

extern "C" {

ltn_error* ltn_error_new(void)
{
    return new (std::nothrow) ltn_error;
}
void ltn_error_free(ltn_error* error)
{
    delete error;
}

void ltn_error_clear(ltn_error* error)
{
    if (error == nullptr) return;
    error->error = {};
    error->display.clear();
}

ltn_status ltn_error_status(const ltn_error* error)
{
    return error == nullptr ? LTN_ERR_INVALID_ARGUMENT : abi::status_of(error->error.code);
}

int32_t ltn_error_category(const ltn_error* error)
{
    return error == nullptr ? LTN_CATEGORY_LOCAL : static_cast<int32_t>(error->error.category);
}

const char* ltn_error_text(const ltn_error* error)
{
    return error == nullptr ? "" : error->display.c_str();
}

int32_t ltn_error_retriable(const ltn_error* error)
{
    return error != nullptr && error->error.retriable() ? 1 : 0;
}

}  // extern "C"
