#include "io/thread.h"

#include <csignal>

#include <algorithm>
#include <memory>
#include <utility>

#include "io/sockaddr.h"

namespace ltn::io {

namespace {

struct Start {
    std::string name;
    std::function<void()> body;
};

void* run(void* raw)
{
    const std::unique_ptr<Start> start(static_cast<Start*>(raw));
    pthread_setname_np(pthread_self(), start->name.c_str());
    start->body();
    return nullptr;
}

}  // namespace

Result<Thread> Thread::start(std::string name, size_t stack_bytes, std::function<void()> body)
{
    name.resize(std::min(name.size(), kNameMax));
    auto start = std::make_unique<Start>(Start{std::move(name), std::move(body)});
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, std::clamp(stack_bytes, kStackMin, kStackMax));
    // The mask is inherited: blocking here means that not one signal can reach the thread before it
    // would have blocked them itself.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    Thread out;
    const int failure = pthread_create(&out.handle_, &attributes, run, start.get());
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    if (failure != 0) {
        return Error(Code::io, Category::local,
                     "Failed to start a thread: " + system_reason(failure));
    }
    (void)start.release();
    out.running_ = true;
    return out;
}

Thread::~Thread()
{
    detach();
}

Thread::Thread(Thread&& other) noexcept
    : handle_(other.handle_), running_(std::exchange(other.running_, false))
{
}

Thread& Thread::operator=(Thread&& other) noexcept
{
    if (this != &other) {
        detach();
        handle_ = other.handle_;
        running_ = std::exchange(other.running_, false);
    }
    return *this;
}

void Thread::join()
{
    if (!running_) return;
    running_ = false;
    pthread_join(handle_, nullptr);
}

void Thread::detach()
{
    if (!running_) return;
    running_ = false;
    pthread_detach(handle_);
}

}  // namespace ltn::io
