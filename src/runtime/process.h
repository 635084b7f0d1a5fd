// What belongs to the process and not to an instance: which generation of forks this is, and the
// one-time start of libsodium. Nothing here runs before the first handle is made (promise P1).
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"

namespace ltn::runtime {

// Changes in a forked child (promise P3). A handle remembers the value of its birth; a different one
// now means that it was made before a fork. One load in the common case.
uint64_t fork_generation();

// libsodium and sr25519 are ready. Idempotent, thread-safe.
Error init_process();

// Random bytes from the system.
void fill_random(MutableBytes out);

// Version of the libuv inside.
const char* uv_version_text();

// True on a thread that is inside an upcall of ours: waiting there would deadlock.
bool in_upcall();
// The same, of this loop: a turn of it follows, which is no comfort to any other loop.
bool in_upcall_of(const void* loop);

// The upcall that a thread is inside of. A child that was forked there is inside of nothing: the loop
// that made the upcall has not come along.
struct Upcall {
    const void* loop = nullptr;
    uint64_t generation = 0;  // of forks; 0 outside of upcalls
};

class UpcallScope {
public:
    // `loop`: whose turn follows; null when it is nobody's.
    explicit UpcallScope(const void* loop = nullptr);
    ~UpcallScope();
    UpcallScope(const UpcallScope&) = delete;
    UpcallScope& operator=(const UpcallScope&) = delete;

private:
    Upcall outer_;
};

}  // namespace ltn::runtime
