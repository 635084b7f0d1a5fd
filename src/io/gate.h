// The outer set between our epoll set and whoever sleeps on it (design 3.5). It contains the inner
// set, which a waiting caller can take out of the sleeper's sight with one epoll_ctl and no call
// into libuv, and a doorbell of its own, which reaches the sleeper even while the inner set is shut.
#pragma once

#include <atomic>
#include <memory>

#include "base/status.h"

namespace ltn::io {

class Gate {
public:
    struct Ready {
        bool inner = false;  // the inner set has something
        bool rung = false;
    };

    // `inner_fd` outlives the gate.
    static Result<std::unique_ptr<Gate>> create(int inner_fd);
    ~Gate();  // close() only

    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    int fd() const { return epoll_fd_; }

    // Any thread. After shut() the sleeper is not woken by the inner set; open() wakes it at once if
    // something is due by then. The caller keeps the order of the two (it holds the loop's lock).
    void shut();
    void open();
    bool is_open() const { return open_.load(std::memory_order_acquire); }

    // Any thread. Merged like EpollSet::ring().
    void ring();

    // What made fd() readable; clears the doorbell. The sleeper's thread only.
    Ready take();

private:
    Gate() = default;
    void set_inner(bool open);

    int epoll_fd_ = -1;
    int inner_fd_ = -1;
    int bell_fd_ = -1;
    std::atomic<bool> rung_{false};
    std::atomic<bool> open_{true};
};

}  // namespace ltn::io
