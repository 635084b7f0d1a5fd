/* A way from the library's threads to JavaScript for what has no event in a queue: log lines,
 * observers, questions for a password. A thread-safe function must not be touched once its
 * environment has begun to end, but the library's destroy functions may run later than that; so
 * the flag. */
#pragma once

#include <memory>
#include <mutex>

#include "instance.h"

namespace ltn_node {

class Hop {
public:
    /* What does not fit in the queue is dropped: the library never waits for JavaScript. */
    static std::shared_ptr<Hop> create(Napi::Env env, Napi::Function function, const char* name,
                                       size_t capacity);
    /* Calls `deliver(env, function, message)` on the JavaScript thread; true when it was taken.
     * `deliver` owns the message then, and gets a null env when the environment ends first. */
    template <typename Message>
    bool post(std::unique_ptr<Message> message,
              void (*deliver)(Napi::Env, Napi::Function, std::unique_ptr<Message>))
    {
        std::lock_guard lock(mutex_);
        if (over_) return false;
        Message* raw = message.get();
        const napi_status status = call_.NonBlockingCall(
            raw, [deliver](Napi::Env env, Napi::Function function, Message* m) {
                deliver(env, function, std::unique_ptr<Message>(m));
            });
        if (status == napi_ok) (void)message.release();
        if (status == napi_closing) over_ = true;
        return status == napi_ok;
    }
    /* The library holds no pointer to it any more. */
    void release();
    /* The environment ends: Node takes the function away itself. */
    void abandon();

private:
    std::mutex mutex_;
    Napi::ThreadSafeFunction call_;
    bool over_ = false;
};

}  // namespace ltn_node
