#include "io/uv_loop.h"

#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <atomic>
#include <string>
#include <unordered_map>
#include <utility>

#include "io/uv_rings.h"

namespace ltn::io {

namespace {

// Loops that exist in this process. The last one to go gives back what libuv keeps process-wide
// (two descriptors), which closing a loop does not. Loops made afterwards work: that state serves
// signal handles alone, and we have none.
std::atomic<int> loops_alive{0};

void release_library()
{
    if (loops_alive.fetch_sub(1) == 1) uv_library_shutdown();
}

Error failed(const char* what, int uv_error)
{
    char reason[128];
    uv_strerror_r(uv_error, reason, sizeof reason);
    return {Code::io, Category::local, "Failed to " + std::string(what) + ": " + reason};
}

int to_uv(unsigned events)
{
    return ((events & UvLoop::kReadable) != 0 ? UV_READABLE : 0) |
           ((events & UvLoop::kWritable) != 0 ? UV_WRITABLE : 0);
}

struct Watch {
    uv_poll_t handle{};
    int fd = -1;
    unsigned wanted = 0;
    UvLoop::WatchFn fn;
};

struct Timer {
    uv_timer_t handle{};
    UvLoop::TimerId id = 0;
    UvLoop::TimerFn fn;
};

void free_watch(uv_handle_t* handle)
{
    delete static_cast<Watch*>(handle->data);
}

void free_timer(uv_handle_t* handle)
{
    delete static_cast<Timer*>(handle->data);
}

}  // namespace

struct UvLoop::Impl {
    uv_loop_t loop{};
    uv_poll_t gate_poll{};
    uv_timer_t turn_timer{};  // bounds one turn
    int ring_fd = -1;
    Gate* gate = nullptr;
    GateFn on_ready;
    uint64_t next_id = 1;
    bool open = false;
    std::unordered_map<WatchId, Watch*> watches;
    std::unordered_map<TimerId, Timer*> timers;

    Error start(Gate& the_gate);
    static void on_gate(uv_poll_t* handle, int status, int events);
    static void on_watch(uv_poll_t* handle, int status, int events);
    static void on_timer(uv_timer_t* handle);
    static void on_turn(uv_timer_t*) {}
};

Error UvLoop::Impl::start(Gate& the_gate)
{
    gate = &the_gate;
    const std::vector<int> rings_before = list_rings();
    int failure = uv_loop_init(&loop);
    if (failure != 0) return failed("start an event loop", failure);
    loops_alive.fetch_add(1);
    ring_fd = new_ring(rings_before, list_rings());
    open = true;
    uv_timer_init(&loop, &turn_timer);
    failure = uv_poll_init(&loop, &gate_poll, the_gate.fd());
    if (failure != 0) {
        uv_close(reinterpret_cast<uv_handle_t*>(&turn_timer), nullptr);
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
        open = false;
        release_library();
        return failed("watch the gate", failure);
    }
    gate_poll.data = this;
    uv_poll_start(&gate_poll, UV_READABLE, on_gate);
    return {};
}

void UvLoop::Impl::on_gate(uv_poll_t* handle, int status, int)
{
    // An epoll descriptor has no pending socket error, so the EBADF that libuv makes of one cannot
    // come; anything else here is a passing failure and the level will report again.
    if (status != 0) return;
    auto* self = static_cast<Impl*>(handle->data);
    const Gate::Ready ready = self->gate->take();
    if (ready.inner || ready.rung) self->on_ready(ready);
}

void UvLoop::Impl::on_watch(uv_poll_t* handle, int status, int events)
{
    auto* watch = static_cast<Watch*>(handle->data);
    unsigned out = ((events & UV_READABLE) != 0 ? kReadable : 0U) |
                   ((events & UV_WRITABLE) != 0 ? kWritable : 0U);
    if (status != 0) {
        // libuv turns a pending socket error (an ICMP refusal) into EBADF and stops the watch. The
        // error is fetched and the watch goes on, as its owner expects of a level-triggered one.
        int pending = 0;
        socklen_t len = sizeof pending;
        getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &pending, &len);
        uv_poll_start(handle, to_uv(watch->wanted), on_watch);
        out = kError;
    }
    // A copy, because the callback may remove its own watch.
    const WatchFn fn = watch->fn;
    fn(out);
}

void UvLoop::Impl::on_timer(uv_timer_t* handle)
{
    auto* timer = static_cast<Timer*>(handle->data);
    auto* self = static_cast<Impl*>(handle->loop->data);
    const TimerFn fn = std::move(timer->fn);
    self->timers.erase(timer->id);
    uv_close(reinterpret_cast<uv_handle_t*>(handle), free_timer);
    fn();
}

UvLoop::UvLoop(Gate& gate, std::unique_ptr<Impl> impl) : gate_(gate), impl_(std::move(impl)) {}

Result<std::unique_ptr<UvLoop>> UvLoop::create(Gate& gate, GateFn on_ready)
{
    auto impl = std::make_unique<Impl>();
    impl->on_ready = std::move(on_ready);
    const Error error = impl->start(gate);
    if (!error.ok()) return error;
    impl->loop.data = impl.get();
    return std::unique_ptr<UvLoop>(new UvLoop(gate, std::move(impl)));
}

UvLoop::~UvLoop()
{
    close();
}

int UvLoop::backend_fd() const
{
    return uv_backend_fd(&impl_->loop);
}

int UvLoop::next_timeout_ms() const
{
    return uv_backend_timeout(&impl_->loop);
}

void UvLoop::run_once(int timeout_ms)
{
    if (!impl_->open) return;
    if (timeout_ms == 0) {
        uv_run(&impl_->loop, UV_RUN_NOWAIT);
        return;
    }
    if (timeout_ms > 0) {
        uv_update_time(&impl_->loop);
        uv_timer_start(&impl_->turn_timer, Impl::on_turn, static_cast<uint64_t>(timeout_ms), 0);
    }
    uv_run(&impl_->loop, UV_RUN_ONCE);
    if (timeout_ms > 0) uv_timer_stop(&impl_->turn_timer);
}

Result<UvLoop::WatchId> UvLoop::add_watch(int fd, unsigned events, WatchFn fn)
{
    if (!impl_->open)
        return Error(Code::closed, Category::local, "Failed to watch: loop is closed");
    if (impl_->watches.size() >= kWatchesMax) {
        return Error(
            Code::full, Category::local,
            "Failed to watch: expected at most " + std::to_string(kWatchesMax) + " watches");
    }
    auto watch = std::make_unique<Watch>();
    const int failure = uv_poll_init(&impl_->loop, &watch->handle, fd);
    if (failure != 0) return failed("watch a descriptor", failure);
    watch->handle.data = watch.get();
    watch->fd = fd;
    watch->wanted = events;
    watch->fn = std::move(fn);
    uv_poll_start(&watch->handle, to_uv(events), Impl::on_watch);
    const WatchId id = impl_->next_id++;
    impl_->watches.emplace(id, watch.release());
    return id;
}

Error UvLoop::change_watch(WatchId id, unsigned events)
{
    const auto found = impl_->watches.find(id);
    if (found == impl_->watches.end()) {
        return {Code::wrong_state, Category::local,
                "Failed to change a watch: expected one that exists, got " + std::to_string(id)};
    }
    found->second->wanted = events;
    uv_poll_start(&found->second->handle, to_uv(events), Impl::on_watch);
    return {};
}

void UvLoop::remove_watch(WatchId id)
{
    const auto found = impl_->watches.find(id);
    if (found == impl_->watches.end()) return;
    uv_close(reinterpret_cast<uv_handle_t*>(&found->second->handle), free_watch);
    impl_->watches.erase(found);
}

Result<UvLoop::TimerId> UvLoop::add_timer(Nanos delay_ns, TimerFn fn)
{
    if (!impl_->open) {
        return Error(Code::closed, Category::local, "Failed to add a timer: loop is closed");
    }
    if (impl_->timers.size() >= kTimersMax) {
        return Error(Code::full, Category::local,
                     "Failed to add a timer: expected at most " + std::to_string(kTimersMax));
    }
    auto* timer = new Timer;
    timer->id = impl_->next_id++;
    timer->fn = std::move(fn);
    uv_timer_init(&impl_->loop, &timer->handle);
    timer->handle.data = timer;
    // libuv counts from the turn's start; the delay is meant from now.
    uv_update_time(&impl_->loop);
    const uint64_t delay_ms = delay_ns / kMillisecond + (delay_ns % kMillisecond != 0 ? 1 : 0);
    uv_timer_start(&timer->handle, Impl::on_timer, delay_ms, 0);
    impl_->timers.emplace(timer->id, timer);
    return timer->id;
}

void UvLoop::remove_timer(TimerId id)
{
    const auto found = impl_->timers.find(id);
    if (found == impl_->timers.end()) return;
    uv_close(reinterpret_cast<uv_handle_t*>(&found->second->handle), free_timer);
    impl_->timers.erase(found);
}

void UvLoop::close()
{
    if (!impl_->open) return;
    impl_->open = false;
    for (auto& [id, watch] : impl_->watches) {
        uv_close(reinterpret_cast<uv_handle_t*>(&watch->handle), free_watch);
    }
    for (auto& [id, timer] : impl_->timers) {
        uv_close(reinterpret_cast<uv_handle_t*>(&timer->handle), free_timer);
    }
    impl_->watches.clear();
    impl_->timers.clear();
    uv_close(reinterpret_cast<uv_handle_t*>(&impl_->gate_poll), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&impl_->turn_timer), nullptr);
    while (uv_loop_close(&impl_->loop) == UV_EBUSY) uv_run(&impl_->loop, UV_RUN_ONCE);
    release_library();
}

void UvLoop::abandon()
{
    if (!impl_->open) return;
    impl_->open = false;
    uv_loop_t& loop = impl_->loop;
    for (const int fd : {loop.backend_fd, loop.async_io_watcher.fd, loop.async_wfd,
                         loop.signal_pipefd[0], loop.signal_pipefd[1], impl_->ring_fd}) {
        if (fd >= 0) ::close(fd);
    }
    // libuv's own memory of the loop is given up: freeing it would go through its closing path.
    for (auto& [id, watch] : impl_->watches) delete watch;
    for (auto& [id, timer] : impl_->timers) delete timer;
    impl_->watches.clear();
    impl_->timers.clear();
    // Only closes the pair of descriptors that libuv's fork handler opened in this child.
    release_library();
}

}  // namespace ltn::io
