/* What the Externals of clients, servers and signers point to. A box outlives the handle in it: after close
 * the handle is null, and everything answers LTN_ERR_CLOSED. */
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

template <typename T>
void delete_box(Napi::Env, T* box)
{
    delete box;
}

}  // namespace ltn_node
