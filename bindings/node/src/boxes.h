/* What the Externals of clients, servers and signers point to. A box outlives the handle in it:
 * after close the handle is null, and everything answers LTN_ERR_CLOSED. */
#pragma once

#include <ltn/lightning.h>

#include "instance.h"

namespace ltn_node {

struct ClientBox {
    ltn_client* handle = nullptr;
    RuntimeRef runtime;
    std::shared_ptr<ObjectTable> objects;

    void close()
    {
        if (handle == nullptr) return;
        objects->erase(handle);
        ltn_client_free(handle);
        handle = nullptr;
        runtime.reset();
    }
    ~ClientBox() { close(); }
};

struct ServerBox {
    ltn_server* handle = nullptr;
    RuntimeRef runtime;
    std::shared_ptr<ObjectTable> objects;

    void close()
    {
        if (handle == nullptr) return;
        objects->erase(handle);
        ltn_server_free(handle);
        handle = nullptr;
        runtime.reset();
    }
    ~ServerBox() { close(); }
};

struct SignerBox {
    ltn_signer* handle = nullptr;
    ~SignerBox() { ltn_signer_free(handle); }
};

/* What V8 is told that a box weighs. A signer's secret has pages and guard pages of its own, and a
 * process may have about 65,000 mappings: without a weight the collector sees a few bytes and
 * comes too late. */
template <typename T>
inline constexpr int64_t kBoxBytes = 256 * 1024;
template <>
inline constexpr int64_t kBoxBytes<SignerBox> = 32 * 1024;

/* Hands `box` to JavaScript, which deletes it. */
template <typename T>
Napi::Value give_box(Napi::Env env, T* box)
{
    Napi::MemoryManagement::AdjustExternalMemory(env, kBoxBytes<T>);
    return Napi::External<T>::New(env, box, [](Napi::Env at, T* data) {
        Napi::MemoryManagement::AdjustExternalMemory(at, -kBoxBytes<T>);
        delete data;
    });
}

}  // namespace ltn_node
