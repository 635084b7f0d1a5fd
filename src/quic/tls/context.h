// What all TLS sessions of an endpoint share: protocol limits, and the server's certificate.
#pragma once

#include <memory>

#include "base/status.h"
#include "quic/tls/certificate.h"

struct WOLFSSL_CTX;

namespace ltn::quic::tls {

class Context {
public:
    static Result<std::unique_ptr<Context>> client();
    static Result<std::unique_ptr<Context>> server(const Identity& identity);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    WOLFSSL_CTX* native() const { return ctx_; }
    bool is_server() const { return is_server_; }

private:
    explicit Context(bool is_server) : is_server_(is_server) {}
    Error configure();

    WOLFSSL_CTX* ctx_ = nullptr;
    bool is_server_ = false;
};

}  // namespace ltn::quic::tls
