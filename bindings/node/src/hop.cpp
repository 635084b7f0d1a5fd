#include "hop.h"

namespace ltn_node {

std::shared_ptr<Hop> Hop::create(Napi::Env env, Napi::Function function, const char* name,
                                 size_t capacity)
{
    auto hop = std::make_shared<Hop>();
    hop->call_ = Napi::ThreadSafeFunction::New(env, function, name, capacity, 1);
    /* Otherwise it keeps the process alive. */
    hop->call_.Unref(env);
    Instance::of(env).adopt_hop(hop);
    return hop;
}

void Hop::release()
{
    std::lock_guard lock(mutex_);
    if (over_) return;
    over_ = true;
    call_.Release();
}

void Hop::abandon()
{
    std::lock_guard lock(mutex_);
    over_ = true;
}

}  // namespace ltn_node
