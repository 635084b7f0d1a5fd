// Our own set of descriptors: sockets, a timer for deadlines finer than a millisecond and a
// doorbell that any thread may ring. Its descriptor is readable when something is due, so it nests
// in another set, a host's loop or poll(). Design 3.5: a caller that waits polls this set itself.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "base/status.h"
#include "base/time.h"

namespace ltn::io {

class EpollSet {
public:
    static constexpr size_t kEventsMax = 32;  // per wait; what is left over comes next time

    struct Event {
        uint64_t tag = 0;  // as given to add()
        bool readable = false;
        bool writable = false;
        bool error = false;
    };
    struct Wake {
        std::span<const Event> events;  // valid until the next wait()
        bool timer = false;             // the deadline passed, or an older one did: look and set it
        bool doorbell = false;
    };

    static Result<std::unique_ptr<EpollSet>> create();
    ~EpollSet();  // close() only, safe in a forked child

    EpollSet(const EpollSet&) = delete;
    EpollSet& operator=(const EpollSet&) = delete;

    int fd() const { return epoll_fd_; }

    // Level-triggered. Tags from UINT64_MAX - 1 upward are taken.
    Error add(int fd, uint64_t tag, bool readable, bool writable);
    Error change(int fd, uint64_t tag, bool readable, bool writable);
    void remove(int fd);  // before the descriptor is closed

    // When wait() shall report `timer`, on the monotonic clock; kNever: not at all. A later deadline
    // costs no system call: the timer fires early, is seen to be stale, and is set again then.
    void set_deadline(Nanos at_ns);
    Nanos armed_ns() const { return armed_ns_; }

    // For who watches fd() from outside and does not wait here: takes back the report of a deadline
    // that has passed, which would keep fd() readable, and sets the next one. A doorbell stays.
    void pass_deadline(Nanos now_ns, Nanos next_ns);

    // Any thread, and signal handlers. Rings are merged until a wait() has reported one; whatever
    // was published before ring() is visible after that wait().
    void ring();

    // Milliseconds; 0: only look, negative: until something is due. A signal ends it early with
    // nothing. One thread at a time.
    Wake wait(int timeout_ms);

private:
    EpollSet() = default;
    void set_timer(Nanos at_ns);
    Error control(int operation, int fd, uint64_t tag, bool readable, bool writable);

    int epoll_fd_ = -1;
    int timer_fd_ = -1;
    int bell_fd_ = -1;
    // Atomic: a submitter may bring the deadline forward while another thread waits.
    std::atomic<Nanos> armed_ns_{kNever};
    std::atomic<bool> rung_{false};
    std::array<Event, kEventsMax> events_{};
};

}  // namespace ltn::io
