/* What one JavaScript environment (the main thread or a worker) owns: its queue, the watch on the
 * queue's descriptor, and the table of operations. Nothing here is shared between environments, so
 * nothing here takes a mutex. */
#pragma once

#include <ltn/lightning.h>
#include <napi.h>
#include <uv.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace ltn_node {

/* A runtime lives as long as one of its clients or servers, or the JavaScript object: freeing it
 * earlier would stop them. */
struct RuntimeBox {
    ltn_runtime* handle = nullptr;
    bool is_virtual = false;

    RuntimeBox() = default;
    RuntimeBox(const RuntimeBox&) = delete;
    RuntimeBox& operator=(const RuntimeBox&) = delete;
    ~RuntimeBox() { ltn_runtime_free(handle); }
};
using RuntimeRef = std::shared_ptr<RuntimeBox>;

/* Which number a client or server has in JavaScript. Shared with their boxes, because finalizers
 * may run after the instance is gone. */
using ObjectTable = std::unordered_map<const void*, uint64_t>;

class Hop;

class Instance {
public:
    /* Numbers of one event in the batch that JavaScript reads: kind, status, what the operation is,
     * its number (or that of the client or server), tag. */
    static constexpr size_t kEventNumbers = 5;
    static constexpr size_t kBatchEvents = 256;
    /* Batches of one wake-up; then other descriptors of the loop have their turn. */
    static constexpr int kBatchesPerWake = 4;
    /* How long the end of an environment waits for the library's threads. */
    static constexpr int64_t kEndWaitMs = 5000;

    static Instance* create(Napi::Env env);
    static Instance& of(Napi::Env env);

    Napi::Env env() const { return Napi::Env(env_); }
    ltn_queue* queue() const { return queue_; }
    ltn_error* error() const { return error_; }
    bool ended() const { return ended_; }

    /* The runtime that clients and servers get when they name none. Null and error() when it
     * cannot be made. */
    RuntimeRef shared_runtime();
    void adopt(const RuntimeRef& runtime);
    void adopt_hop(const std::shared_ptr<Hop>& hop);

    /* Events come from now on, as batches by `on_events`. */
    ltn_status start(Napi::Function on_events, Napi::Float64Array batch, Napi::Uint8Array scratch);
    /* Where small results go on their way to JavaScript, which reads them before its next call. */
    uint8_t* scratch() const { return scratch_data_; }
    size_t scratch_size() const { return scratch_size_; }
    /* Whether the watch keeps the process alive. */
    void keep_alive(bool on);
    /* Hands over what is in the queue, at most kBatchesPerWake batches; the number of events. */
    size_t drain(bool inside_javascript);

    uint64_t next_id() { return next_id_++; }
    void put_op(uint64_t id, ltn_op* op) { ops_.emplace(id, op); }
    ltn_op* find_op(uint64_t id) const;
    uint64_t put_question(ltn_op* op);
    void free_op(uint64_t id);
    const std::shared_ptr<ObjectTable>& objects() const { return objects_; }

private:
    explicit Instance(Napi::Env env) : env_(env), context_(env, "ltn") {}
    static void on_readable(uv_poll_t* handle, int status, int events);
    static void on_end(napi_async_cleanup_hook_handle hook, void* data);
    void end();
    size_t fill(const ltn_event* events, size_t count);

    napi_env env_;
    Napi::AsyncContext context_;
    ltn_queue* queue_ = nullptr;
    ltn_error* error_ = nullptr;
    uv_poll_t* poll_ = nullptr; /* freed by its close callback, which may outlive this */
    napi_async_cleanup_hook_handle hook_ = nullptr;
    Napi::FunctionReference on_events_;
    Napi::Reference<Napi::Float64Array> batch_;
    double* numbers_ = nullptr;
    Napi::Reference<Napi::Uint8Array> scratch_;
    uint8_t* scratch_data_ = nullptr;
    size_t scratch_size_ = 0;
    std::unordered_map<uint64_t, ltn_op*> ops_;
    /* Events name questions by pointer alone. One that is not in here was freed meanwhile. */
    std::unordered_map<const ltn_op*, uint64_t> questions_;
    std::unordered_map<uint64_t, const ltn_op*> question_ids_;
    std::shared_ptr<ObjectTable> objects_ = std::make_shared<ObjectTable>();
    std::unordered_map<RuntimeBox*, std::weak_ptr<RuntimeBox>> runtimes_;
    std::vector<std::weak_ptr<Hop>> hops_;
    RuntimeRef shared_;
    uint64_t next_id_ = 1;
    bool ended_ = false;
};

}  // namespace ltn_node
