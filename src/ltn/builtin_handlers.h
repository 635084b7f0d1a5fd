// The handlers of `ltn serve --builtin`: echo, echo_sync, fail, slow, size, whoami,
// stream, stream_fail.
#pragma once

#include <cstdint>
#include <string>

#include "host_pool.h"
#include "library.h"
#include "sleeper.h"
#include "streamer.h"

namespace ltn_program {

class BuiltinHandlers {
public:
    // `answer_bytes_max`: what `size` refuses to make, because no frame could carry it.
    explicit BuiltinHandlers(uint64_t answer_bytes_max) : answer_bytes_max_(answer_bytes_max) {}

    // Starts the threads and registers everything. Has to outlive the server.
    void serve_on(ltn_server* server, const std::string& what);

    // For the events WITHDRAWN and WRITABLE.
    void withdrawn(ltn_op* question)
    {
        sleeper_.withdrawn(question);
        streamer_.withdrawn(question);
    }
    void writable(ltn_op* question) { streamer_.writable(question); }

    void stop();

private:
    static void echo(ltn_op* question, void* self);
    static void echo_sync(ltn_op* question, void* self);
    static void fail(ltn_op* question, void* self);
    static void slow(ltn_op* question, void* self);
    static void size(ltn_op* question, void* self);
    static void whoami(ltn_op* question, void* self);
    static void stream(ltn_op* question, void* self);
    static void stream_fail(ltn_op* question, void* self);
    void begin_stream(ltn_op* question, bool fail);

    uint64_t answer_bytes_max_;
    HostPool pool_;
    Sleeper sleeper_;
    Streamer streamer_;
};

}  // namespace ltn_program
