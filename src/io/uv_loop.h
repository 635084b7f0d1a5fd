// A private libuv loop. Of ours it watches one descriptor, the gate's; besides, it lends descriptor
// watches and timers to what else shares the runtime. Not thread-safe but for wake().
#pragma once

#include <functional>
#include <memory>

#include "base/status.h"
#include "base/time.h"
#include "io/gate.h"

namespace ltn::io {

class UvLoop {
public:
    using WatchId = uint64_t;
    using TimerId = uint64_t;
    enum : unsigned { kReadable = 1, kWritable = 2, kError = 4 };
    using GateFn = std::function<void(Gate::Ready)>;
    using WatchFn = std::function<void(unsigned events)>;
    using TimerFn = std::function<void()>;

    static constexpr size_t kWatchesMax = 4096;
    static constexpr size_t kTimersMax = 4096;

    // `gate` outlives the loop. `on_ready` runs inside run_once().
    static Result<std::unique_ptr<UvLoop>> create(Gate& gate, GateFn on_ready);
    // Closes, unless close() or abandon() was called.
    ~UvLoop();
    UvLoop(const UvLoop&) = delete;
    UvLoop& operator=(const UvLoop&) = delete;

    // For a host's loop: readable when run_once(0) has something to do, besides timers.
    int backend_fd() const;
    // Milliseconds until the next lent timer; negative: none.
    int next_timeout_ms() const;

    // One turn. Milliseconds; 0: only look, negative: until something happens.
    void run_once(int timeout_ms);
    // Any thread: ends a blocked run_once(), through the gate's doorbell.
    void wake() { gate_.ring(); }

    // Level-triggered, until removed; a callback may remove any watch, its own too. Remove before
    // the descriptor is closed.
    Result<WatchId> add_watch(int fd, unsigned events, WatchFn fn);
    Error change_watch(WatchId id, unsigned events);
    void remove_watch(WatchId id);

    // Once, after at least this long (whole milliseconds, rounded up).
    Result<TimerId> add_timer(Nanos delay_ns, TimerFn fn);
    void remove_timer(TimerId id);

    // Closes every handle and the loop; the last loop of the process also gives back what libuv
    // keeps beside its loops. Not from inside a callback.
    void close();
    // In a forked child, instead of close(): closes our descriptors with close() and nothing else,
    // because the epoll set behind them is the parent's too.
    void abandon();

private:
    struct Impl;
    UvLoop(Gate& gate, std::unique_ptr<Impl> impl);

    Gate& gate_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ltn::io
