#include "instance.h"

#include "hop.h"

namespace ltn_node {

Instance* Instance::create(Napi::Env env)
{
    auto* self = new Instance(env);
    env.SetInstanceData<Instance>(self);
    self->error_ = ltn_error_new();
    if (self->error_ == nullptr || ltn_queue_new(&self->queue_, 0, self->error_) != LTN_OK)
        return nullptr;
    napi_add_async_cleanup_hook(env, on_end, self, &self->hook_);
    return self;
}

Instance& Instance::of(Napi::Env env)
{
    return *env.GetInstanceData<Instance>();
}

RuntimeRef Instance::shared_runtime()
{
    if (shared_ == nullptr) {
        auto box = std::make_shared<RuntimeBox>();
        if (ltn_runtime_new(&box->handle, LTN_DRIVE_THREAD, error_) != LTN_OK) return nullptr;
        adopt(box);
        shared_ = std::move(box);
    }
    return shared_;
}

void Instance::adopt(const RuntimeRef& runtime)
{
    std::erase_if(runtimes_, [](const auto& entry) { return entry.second.expired(); });
    runtimes_[runtime.get()] = runtime;
}

void Instance::adopt_hop(const std::shared_ptr<Hop>& hop)
{
    std::erase_if(hops_, [](const auto& entry) { return entry.expired(); });
    hops_.push_back(hop);
}

ltn_status Instance::start(Napi::Function on_events, Napi::Float64Array batch,
                           Napi::Uint8Array scratch)
{
    if (ended_) return LTN_ERR_CLOSED;
    if (!on_events_.IsEmpty()) return LTN_ERR_STATE;
    on_events_ = Napi::Persistent(on_events);
    batch_ = Napi::Reference<Napi::Float64Array>::New(batch, 1);
    numbers_ = batch.Data();
    scratch_ = Napi::Reference<Napi::Uint8Array>::New(scratch, 1);
    scratch_data_ = scratch.Data();
    scratch_size_ = scratch.ByteLength();
    int32_t descriptor = -1;
    const ltn_status status = ltn_queue_descriptor(queue_, &descriptor);
    if (status != LTN_OK) return status;
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env_, &loop) != napi_ok) return LTN_ERR_UNSUPPORTED;
    auto poll = std::make_unique<uv_poll_t>();
    if (uv_poll_init(loop, poll.get(), descriptor) != 0) return LTN_ERR_IO;
    poll_ = poll.release();
    poll_->data = this;
    if (uv_poll_start(poll_, UV_READABLE, on_readable) != 0) return LTN_ERR_IO;
    uv_unref(reinterpret_cast<uv_handle_t*>(poll_));
    return LTN_OK;
}

void Instance::keep_alive(bool on)
{
    if (poll_ == nullptr) return;
    auto* handle = reinterpret_cast<uv_handle_t*>(poll_);
    if (on) {
        uv_ref(handle);
    } else {
        uv_unref(handle);
    }
}

void Instance::on_readable(uv_poll_t* handle, int status, int)
{
    auto* self = static_cast<Instance*>(handle->data);
    /* A bad descriptor would otherwise wake the loop for ever. */
    if (status < 0) {
        uv_poll_stop(handle);
        return;
    }
    self->drain(false);
}

size_t Instance::drain(bool inside_javascript)
{
    ltn_event events[kBatchEvents];
    size_t total = 0;
    Napi::HandleScope scope(env());
    for (int round = 0; round < kBatchesPerWake && !ended_; ++round) {
        size_t count = 0;
        if (ltn_queue_drain(queue_, events, &count, kBatchEvents, sizeof(ltn_event)) != LTN_OK)
            break;
        if (count == 0) break;
        const size_t known = fill(events, count);
        total += count;
        if (known > 0) {
            const napi_value argument = Napi::Number::New(env(), static_cast<double>(known));
            const napi_value global = env().Global();
            const napi_value function = on_events_.Value();
            /* From the loop, promises and nextTick run at the end of napi_make_callback; from
             * JavaScript they run when that returns. Both by their C names: a worker that is being
             * terminated runs no JavaScript any more, and the C++ wrapper aborts the process over
             * the error it cannot make then. */
            const napi_status called =
                inside_javascript
                    ? napi_call_function(env_, global, function, 1, &argument, nullptr)
                    : napi_make_callback(env_, context_, global, function, 1, &argument, nullptr);
            if (called != napi_ok) break;
        }
        if (count < kBatchEvents) break;
    }
    return total;
}

size_t Instance::fill(const ltn_event* events, size_t count)
{
    size_t known = 0;
    for (size_t i = 0; i < count; ++i) {
        const ltn_event& event = events[i];
        uint64_t id = 0;
        if (event.kind == LTN_EVENT_QUESTION) {
            id = put_question(event.op);
        } else if (event.op != nullptr) {
            /* Own operations carry their number as tag; questions carry their handler's. */
            const auto question = questions_.find(event.op);
            id = question != questions_.end() ? question->second : event.tag;
            if (!ops_.contains(id)) continue;
        } else if (event.object != nullptr) {
            const auto object = objects_->find(event.object);
            if (object == objects_->end()) continue;
            id = object->second;
        } else {
            continue;
        }
        double* out = numbers_ + known * kEventNumbers;
        out[0] = event.kind;
        out[1] = event.status;
        out[2] = event.op_kind;
        out[3] = static_cast<double>(id);
        out[4] = static_cast<double>(event.tag);
        ++known;
    }
    return known;
}

ltn_op* Instance::find_op(uint64_t id) const
{
    const auto found = ops_.find(id);
    return found == ops_.end() ? nullptr : found->second;
}

uint64_t Instance::put_question(ltn_op* op)
{
    const uint64_t id = next_id();
    ops_.emplace(id, op);
    questions_.emplace(op, id);
    question_ids_.emplace(id, op);
    return id;
}

void Instance::free_op(uint64_t id)
{
    const auto found = ops_.find(id);
    if (found == ops_.end()) return;
    ltn_op* op = found->second;
    ops_.erase(found);
    if (question_ids_.erase(id) != 0) questions_.erase(op);
    ltn_op_free(op);
}

void Instance::on_end(napi_async_cleanup_hook_handle hook, void* data)
{
    auto* self = static_cast<Instance*>(data);
    self->end();
    if (self->poll_ == nullptr) {
        napi_remove_async_cleanup_hook(hook);
        return;
    }
    /* The loop is gone for good once this hook is removed: not before the watch has closed. */
    uv_poll_t* poll = self->poll_;
    self->poll_ = nullptr;
    poll->data = hook;
    uv_poll_stop(poll);
    uv_close(reinterpret_cast<uv_handle_t*>(poll), [](uv_handle_t* handle) {
        napi_remove_async_cleanup_hook(static_cast<napi_async_cleanup_hook_handle>(handle->data));
        delete reinterpret_cast<uv_poll_t*>(handle);
    });
}

/* Everything of this environment that the library holds is over when this returns: finalizers of
 * the JavaScript objects come later and only free. */
void Instance::end()
{
    ended_ = true;
    for (const auto& weak : hops_) {
        if (const std::shared_ptr<Hop> hop = weak.lock()) hop->abandon();
    }
    for (const auto& [key, weak] : runtimes_) {
        if (const RuntimeRef runtime = weak.lock()) (void)ltn_runtime_stop(runtime->handle);
    }
    ltn_queue_close(queue_);
    for (const auto& [id, op] : ops_) ltn_op_free(op);
    ops_.clear();
    questions_.clear();
    question_ids_.clear();
    for (const auto& [key, weak] : runtimes_) {
        const RuntimeRef runtime = weak.lock();
        if (runtime != nullptr && !runtime->is_virtual) {
            (void)ltn_runtime_wait(runtime->handle, kEndWaitMs);
        }
    }
    runtimes_.clear();
    shared_.reset();
    ltn_queue_free(queue_);
    queue_ = nullptr;
    ltn_error_free(error_);
    error_ = nullptr;
}

}  // namespace ltn_node
