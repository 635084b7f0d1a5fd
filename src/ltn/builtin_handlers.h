// The handlers of `ltn serve --builtin`: echo, echo_sync, fail, slow, size, whoami.
#pragma once

#include <cstdint>
#include <string>

#include "host_pool.h"
#include "library.h"
#include "sleeper.h"

namespace ltn_program {

class BuiltinHandlers {
public:
    // `answer_bytes_max`: what `size` refuses to make, because no frame could carry it.
    explicit BuiltinHandlers(uint64_t answer_bytes_max) : answer_bytes_max_(answer_bytes_max) {}

    // Starts the threads and registers everything. Has to outlive the server.
    void serve_on(ltn_server* server, const std::string& what);

    // For the event WITHDRAWN.
    void withdrawn(ltn_op* question) { sleeper_.withdrawn(question); }

    void stop();

private:
    static void echo(ltn_op* question, void* self);
    static void echo_sync(ltn_op* question, void* self);
    static void fail(ltn_op* question, void* self);
    static void slow(ltn_op* question, void* self);
    static void size(ltn_op* question, void* self);
    static void whoami(ltn_op* question, void* self);

    uint64_t answer_bytes_max_;
    HostPool pool_;
    Sleeper sleeper_;
};

}  // namespace ltn_program
