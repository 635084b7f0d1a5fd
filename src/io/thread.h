// A thread as promise P2 wants it: named, deaf to every signal, with a stack of known size.
#pragma once

#include <pthread.h>

#include <functional>
#include <string>

#include "base/status.h"

namespace ltn::io {

class Thread {
public:
    static constexpr size_t kStackMin = 256 * 1024;
    static constexpr size_t kStackMax = 1024 * 1024;
    static constexpr size_t kNameMax = 15;  // the kernel's limit; longer names are cut

    Thread() = default;
    ~Thread();  // a running thread is let go, never waited for
    Thread(Thread&& other) noexcept;
    Thread& operator=(Thread&& other) noexcept;

    // `stack_bytes` is brought into the range above. `body` must not throw.
    static Result<Thread> start(std::string name, size_t stack_bytes, std::function<void()> body);

    bool joinable() const { return running_; }
    void join();
    void detach();
    // In a forked child: the thread does not exist here, so there is nothing to join.
    void abandon() { running_ = false; }

private:
    pthread_t handle_{};
    bool running_ = false;
};

}  // namespace ltn::io
