#include "io/gate.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "io/sockaddr.h"

namespace ltn::io {

namespace {

constexpr uint64_t kInnerTag = 0;
constexpr uint64_t kBellTag = 1;

Error failed(const char* what)
{
    return {Code::io, Category::local,
            "Failed to " + std::string(what) + ": " + system_reason(errno)};
}

}  // namespace

Result<std::unique_ptr<Gate>> Gate::create(int inner_fd)
{
    std::unique_ptr<Gate> out(new Gate());
    out->inner_fd_ = inner_fd;
    out->epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
    if (out->epoll_fd_ < 0) return failed("create an epoll set");
    out->bell_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (out->bell_fd_ < 0) return failed("create a doorbell");
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = kBellTag;
    if (epoll_ctl(out->epoll_fd_, EPOLL_CTL_ADD, out->bell_fd_, &event) != 0) {
        return failed("watch the doorbell");
    }
    event.events = EPOLLIN;
    event.data.u64 = kInnerTag;
    if (epoll_ctl(out->epoll_fd_, EPOLL_CTL_ADD, inner_fd, &event) != 0) {
        return failed("nest the epoll set");
    }
    return out;
}

Gate::~Gate()
{
    if (bell_fd_ >= 0) close(bell_fd_);
    if (epoll_fd_ >= 0) close(epoll_fd_);
}

void Gate::set_inner(bool open)
{
    epoll_event event{};
    event.events = open ? EPOLLIN : 0U;
    event.data.u64 = kInnerTag;
    epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, inner_fd_, &event);
    open_.store(open, std::memory_order_release);
}

void Gate::shut()
{
    set_inner(false);
}

void Gate::open()
{
    set_inner(true);
}

void Gate::ring()
{
    if (rung_.exchange(true, std::memory_order_acq_rel)) return;
    const uint64_t one = 1;
    ssize_t written = 0;
    do {
        written = write(bell_fd_, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
}

Gate::Ready Gate::take()
{
    epoll_event raw[2];
    const int got = epoll_wait(epoll_fd_, raw, 2, 0);
    Ready ready;
    for (int i = 0; i < got; ++i) {
        if (raw[i].data.u64 == kInnerTag) {
            ready.inner = true;
        } else {
            rung_.exchange(false, std::memory_order_acq_rel);
            ready.rung = true;
        }
    }
    return ready;
}

}  // namespace ltn::io
