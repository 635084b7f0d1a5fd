#include "io/epoll_set.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "io/sockaddr.h"

namespace ltn::io {

namespace {

constexpr uint64_t kTimerTag = UINT64_MAX;
constexpr uint64_t kBellTag = UINT64_MAX - 1;

Error failed(const char* what)
{
    return {Code::io, Category::local,
            "Failed to " + std::string(what) + ": " + system_reason(errno)};
}

}  // namespace

Result<std::unique_ptr<EpollSet>> EpollSet::create()
{
    std::unique_ptr<EpollSet> out(new EpollSet());
    out->epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
    if (out->epoll_fd_ < 0) return failed("create an epoll set");
    out->timer_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (out->timer_fd_ < 0) return failed("create a timer");
    out->bell_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (out->bell_fd_ < 0) return failed("create a doorbell");
    // Edge-triggered, both: one report per expiry or ring without a read to clear it, which saves a
    // system call each time. The doorbell's counter would need 2^64 rings to overflow.
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = kTimerTag;
    if (epoll_ctl(out->epoll_fd_, EPOLL_CTL_ADD, out->timer_fd_, &event) != 0) {
        return failed("watch the timer");
    }
    event.data.u64 = kBellTag;
    if (epoll_ctl(out->epoll_fd_, EPOLL_CTL_ADD, out->bell_fd_, &event) != 0) {
        return failed("watch the doorbell");
    }
    return out;
}

EpollSet::~EpollSet()
{
    if (bell_fd_ >= 0) close(bell_fd_);
    if (timer_fd_ >= 0) close(timer_fd_);
    if (epoll_fd_ >= 0) close(epoll_fd_);
}

Error EpollSet::control(int operation, int fd, uint64_t tag, bool readable, bool writable)
{
    epoll_event event{};
    event.events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);
    event.data.u64 = tag;
    if (epoll_ctl(epoll_fd_, operation, fd, &event) != 0) return failed("watch a descriptor");
    return {};
}

Error EpollSet::add(int fd, uint64_t tag, bool readable, bool writable)
{
    return control(EPOLL_CTL_ADD, fd, tag, readable, writable);
}

Error EpollSet::change(int fd, uint64_t tag, bool readable, bool writable)
{
    return control(EPOLL_CTL_MOD, fd, tag, readable, writable);
}

void EpollSet::remove(int fd)
{
    epoll_event ignored{};
    epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, &ignored);
}

void EpollSet::set_deadline(Nanos at_ns)
{
    if (at_ns < armed_ns_) set_timer(at_ns);
}

void EpollSet::pass_deadline(Nanos now_ns, Nanos next_ns)
{
    // Setting the timer forgets its expiry, and with it the report.
    if (armed_ns_ <= now_ns) set_timer(next_ns);
}

void EpollSet::set_timer(Nanos at_ns)
{
    itimerspec spec{};
    // Zero would disarm; the past fires at once.
    const Nanos at = at_ns == kNever ? 0 : std::max<Nanos>(at_ns, 1);
    spec.it_value.tv_sec = static_cast<time_t>(at / kSecond);
    spec.it_value.tv_nsec = static_cast<long>(at % kSecond);
    // Written before the timer is set: a waiter on another thread may take its report at once, and its
    // kNever must come after this, or every later deadline would be taken for one that is already set.
    armed_ns_ = at_ns;
    if (timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &spec, nullptr) != 0) armed_ns_ = kNever;
}

void EpollSet::ring()
{
    if (rung_.exchange(true, std::memory_order_acq_rel)) return;
    const uint64_t one = 1;
    const int saved = errno;
    ssize_t written = 0;
    do {
        written = write(bell_fd_, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
    errno = saved;
}

EpollSet::Wake EpollSet::wait(int timeout_ms)
{
    epoll_event raw[kEventsMax];
    const int got = epoll_wait(epoll_fd_, raw, kEventsMax, timeout_ms);
    Wake wake;
    size_t count = 0;
    for (int i = 0; i < got; ++i) {
        const uint64_t tag = raw[i].data.u64;
        if (tag == kTimerTag) {
            wake.timer = true;
            armed_ns_ = kNever;
        } else if (tag == kBellTag) {
            // Exchange, not store: it must see what the ringer published before ringing.
            rung_.exchange(false, std::memory_order_acq_rel);
            wake.doorbell = true;
        } else {
            Event& event = events_[count++];
            event.tag = tag;
            event.readable = (raw[i].events & EPOLLIN) != 0;
            event.writable = (raw[i].events & EPOLLOUT) != 0;
            event.error = (raw[i].events & (EPOLLERR | EPOLLHUP)) != 0;
        }
    }
    wake.events = std::span<const Event>(events_.data(), count);
    return wake;
}

}  // namespace ltn::io
