#include "abi/handles.h"

using namespace ltn;

namespace {

constexpr size_t kCapacityDefault = 65'536;
constexpr size_t kCapacityMax = 1U << 24;

}  // namespace

extern "C" {

ltn_status ltn_queue_new(ltn_queue** out, size_t capacity, ltn_error* error)
{
    if (out == nullptr) return abi::invalid(error, "expected a place for the queue");
    *out = nullptr;
    if (capacity > kCapacityMax) {
        return abi::report(
            error, {Code::out_of_range, Category::local,
                    "queue capacity: expected at most 16777216, got " + std::to_string(capacity)});
    }
    return abi::guarded(error, [&] {
        auto handle = std::make_unique<ltn_queue>();
        handle->queue =
            std::make_shared<runtime::Queue>(capacity == 0 ? kCapacityDefault : capacity);
        *out = handle.release();
        return LTN_OK;
    });
}

ltn_status ltn_queue_descriptor(ltn_queue* queue, int32_t* fd)
{
    if (queue == nullptr || fd == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(queue)) return LTN_ERR_FORKED;
        auto got = queue->queue->descriptor();
        if (!got) return abi::status_of(got.error().code);
        *fd = got.value();
        return LTN_OK;
    });
}

ltn_status ltn_queue_drain(ltn_queue* queue, ltn_event* events, size_t* count, size_t capacity,
                           size_t event_size)
{
    if (queue == nullptr || events == nullptr || count == nullptr ||
        event_size < sizeof(ltn_event)) {
        return LTN_ERR_INVALID_ARGUMENT;
    }
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(queue)) return LTN_ERR_FORKED;
        *count = queue->queue->drain(events, capacity, event_size);
        if (*count == 0 && queue->queue->closed()) return LTN_ERR_CLOSED;
        return LTN_OK;
    });
}

ltn_status ltn_queue_wait(ltn_queue* queue, int64_t timeout_ms)
{
    if (queue == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(queue)) return LTN_ERR_FORKED;
        runtime::Queue& waited = *queue->queue;
        if (waited.empty() && waited.closed()) return LTN_ERR_CLOSED;
        if (!waited.empty()) return LTN_OK;
        if (runtime::in_upcall()) return LTN_ERR_WOULD_DEADLOCK;
        const auto loops = waited.feeders();
        const auto ready = [&waited] { return !waited.empty() || waited.closed(); };
        Code code = Code::pending;
        if (loops.size() == 1) {
            waited.driven.store(true, std::memory_order_relaxed);
            code = loops.front()->wait(ready, abi::timeout_ns(timeout_ms));
        } else {
            // Several loops, or none yet: their own threads work, this one sleeps.
            waited.driven.store(false, std::memory_order_relaxed);
            code = waited.wait_idle(abi::timeout_ns(timeout_ms)) ? Code::ok : Code::pending;
        }
        if (code == Code::ok && waited.empty()) return LTN_ERR_CLOSED;
        return abi::status_of(code);
    });
}

ltn_status ltn_queue_close(ltn_queue* queue)
{
    if (queue == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(queue)) return LTN_ERR_FORKED;
        queue->queue->close();
        // Who waits while driving a loop looks again.
        for (const auto& loop : queue->queue->feeders()) loop->op_ended();
        return LTN_OK;
    });
}

void ltn_queue_free(ltn_queue* queue)
{
    if (queue == nullptr) return;
    (void)abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(queue)) {
            queue->queue->abandon();
            new std::shared_ptr<runtime::Queue>(std::move(queue->queue));
        } else {
            (void)ltn_queue_close(queue);
        }
        delete queue;
        return LTN_OK;
    });
}

}  // extern "C"
