/* Each part adds its functions to the table that lib/native.js gets. */
#pragma once

#include "instance.h"

namespace ltn_node {

void add_keys(Napi::Env env, Napi::Object exports);
void add_signers(Napi::Env env, Napi::Object exports);
void add_runtimes(Napi::Env env, Napi::Object exports);
void add_clients(Napi::Env env, Napi::Object exports);
void add_servers(Napi::Env env, Napi::Object exports);
void add_ops(Napi::Env env, Napi::Object exports);
void add_pictures(Napi::Env env, Napi::Object exports);

template <typename Function>
void add(Napi::Env env, Napi::Object exports, const char* name, Function function)
{
    exports.Set(name, Napi::Function::New(env, function, name));
}

}  // namespace ltn_node
