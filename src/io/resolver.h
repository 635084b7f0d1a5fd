// Names to addresses, off the loop. The C library's resolver blocks for as long as it likes and
// cannot be cancelled, so each lookup runs on a short-lived thread of ours; the loop hears of the
// result through its doorbell and collects it with poll().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/status.h"

namespace ltn::io {

class Resolver {
public:
    using LookupId = uint64_t;
    using Addresses = std::vector<Address>;
    // On the thread that calls poll() (or resolve(), for literals).
    using Done = std::function<void(LookupId, Result<Addresses>)>;

    struct Config {
        size_t threads_max = 8;
        size_t waiting_max = 1024;       // lookups that wait for a thread; more are refused
        size_t addresses_max = 16;       // per name; the rest is dropped
        std::function<void()> doorbell;  // from any thread, whenever poll() has something to do
    };

    explicit Resolver(Config config);
    // Threads that are still inside the system's resolver are let go; they touch nothing of ours
    // any more and end by themselves. Callers that must prove quiet wait for threads() == 0 first.
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // Accepted means exactly one `done`, unless cancelled. A literal ("1.2.3.4", "::1",
    // "fe80::1%eth0") is answered inside this call. Code::full: too many wait already.
    Result<LookupId> resolve(std::string host, uint16_t port, Done done);
    // `done` will not be called any more. The thread may go on for a while.
    void cancel(LookupId id);

    // Delivers what is finished; returns how many.
    size_t poll();
    // Answers all that is outstanding with Code::shutdown and accepts nothing more.
    void stop();
    // Threads that have not ended yet.
    size_t threads() const;
    // In a forked child: the threads do not exist here.
    void abandon();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace ltn::io
