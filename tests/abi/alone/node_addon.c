/* P4 in Node, which exports uv_* itself: call(library) loads libltn and makes three calls. */
#include "wire.h"

#include <node_api.h>

static napi_value call(napi_env env, napi_callback_info info)
{
    static struct wire wire;
    char path[4096];
    size_t len = 0;
    size_t argc = 1;
    napi_value argument;
    napi_value result;
    void *library;
    napi_get_cb_info(env, info, &argc, &argument, NULL, NULL);
    napi_get_value_string_utf8(env, argument, path, sizeof path, &len);
    library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL) SAY("%s", dlerror());
    wire_load(&wire, library);
    wire_calls(&wire, 3);
    napi_create_int32(env, 3, &result);
    return result;
}

NAPI_MODULE_INIT()
{
    napi_value function;
    napi_create_function(env, "call", NAPI_AUTO_LENGTH, call, NULL, &function);
    napi_set_named_property(env, exports, "call", function);
    return exports;
}
