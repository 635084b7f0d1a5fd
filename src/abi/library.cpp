// The library itself: versions, names, constants.
#include <sodium.h>

#include <array>
#include <cstring>

#include "abi/handles.h"
#include "quic/versions.h"

#ifndef LTN_VERSION_TEXT
#define LTN_VERSION_TEXT "0.1.0"
#endif

using namespace ltn;

namespace {

struct Component {
    const char* name;
    const char* (*version)();
};

constexpr Component kComponents[] = {
    {"ngtcp2", quic::ngtcp2_version_text},
    {"wolfSSL", quic::wolfssl_version_text},
    {"libuv", runtime::uv_version_text},
    {"libsodium", sodium_version_string},
};

}  // namespace

extern "C" {

const char* ltn_version(void)
{
    return LTN_VERSION_TEXT;
}
uint32_t ltn_abi_version(void)
{
    return LTN_ABI_VERSION;
}
const char* ltn_wire_protocol(void)
{
    return "btlightning";
}

const char* ltn_component_name(size_t index)
{
    return index < std::size(kComponents) ? kComponents[index].name : nullptr;
}

const char* ltn_component_version(size_t index)
{
    return index < std::size(kComponents) ? kComponents[index].version() : nullptr;
}

const char* ltn_status_name(ltn_status status)
{
    // The names are literals, so the view is terminated.
    return code_name(static_cast<Code>(status)).data();
}

const char* ltn_category_name(int32_t category)
{
    return category_name(static_cast<Category>(category)).data();
}

int32_t ltn_status_retriable(ltn_status status)
{
    return Error(static_cast<Code>(status), Category::local, {}).retriable() ? 1 : 0;
}

}  // extern "C"
