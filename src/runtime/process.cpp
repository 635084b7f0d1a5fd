#include "runtime/process.h"

#include <atomic>
#include <new>

#include "crypto/sr25519.h"
#include "io/fork_guard.h"
#include "io/system_random.h"
#include "io/uv_version.h"

namespace ltn::runtime {

namespace {

// A guard and its number. Never freed: another thread may be reading it, and a process makes one per
// fork that it survives.
struct Generation {
    io::ForkGuard guard;
    uint64_t number = 1;
};

std::atomic<Generation*> current_generation{nullptr};

// Plain data: no destructor runs at thread exit.
thread_local Upcall current_upcall;

}  // namespace

uint64_t fork_generation()
{
    Generation* seen = current_generation.load(std::memory_order_acquire);
    while (seen == nullptr || seen->guard.forked()) {
        auto* const fresh = new Generation;
        fresh->number = seen == nullptr ? 1 : seen->number + 1;
        if (current_generation.compare_exchange_strong(seen, fresh, std::memory_order_acq_rel)) {
            return fresh->number;
        }
        delete fresh;
    }
    return seen->number;
}

Error init_process()
{
    if (Error error = io::SystemRandom::init(); !error.ok()) return error;
    if (!crypto::init()) {
        return {Code::io, Category::local, "libsodium could not be initialised"};
    }
    return {};
}

void fill_random(MutableBytes out)
{
    io::SystemRandom().fill(out);
}

const char* uv_version_text()
{
    return io::uv_version_text();
}

bool in_upcall()
{
    return current_upcall.generation != 0 && current_upcall.generation == fork_generation();
}
bool in_upcall_of(const void* loop)
{
    return current_upcall.loop == loop && in_upcall();
}

UpcallScope::UpcallScope(const void* loop) : outer_(current_upcall)
{
    current_upcall = {loop, fork_generation()};
}
UpcallScope::~UpcallScope()
{
    current_upcall = outer_;
}

}  // namespace ltn::runtime
