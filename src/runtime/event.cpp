#include "runtime/event.h"

#include "codec/text.h"

namespace ltn::runtime {

bool Event::orphan() const
{
    if (muted && muted->load(std::memory_order_acquire)) return true;
    if (!op) return false;
    // A question is not the host's yet; one that was withdrawn need not be asked.
    if (kind == LTN_EVENT_QUESTION) return op->done();
    if (kind == LTN_EVENT_WITHDRAWN && !op->given_to_host.load(std::memory_order_acquire))
        return true;
    return op->freed_by_host.load(std::memory_order_acquire);
}

ltn_event to_public(Event&& event)
{
    ltn_event out{};
    out.size = sizeof out;
    out.kind = event.kind;
    out.status = event.status;
    out.tag = event.tag;
    out.user_data = event.user_data;
    out.object = event.object;
    if (event.op) {
        out.op_kind = static_cast<int32_t>(event.op->kind());
        if (event.kind == LTN_EVENT_QUESTION) {
            event.op->given_to_host.store(true, std::memory_order_release);
        }
        // A question is given; for all else the host holds a reference of its own already.
        out.op = to_handle(event.kind == LTN_EVENT_QUESTION ? event.op.leak() : event.op.get());
    }
    return out;
}

void Delivery::run()
{
    void* const user_data = data == nullptr ? nullptr : data->get();
    if (event.orphan()) return;
    if (observe_fn != nullptr) {
        observe_fn(observed->key.data(), codec::ss58_encode(observed->key).c_str(),
                   observed->address.text().c_str(), user_data);
        return;
    }
    if (question_fn != nullptr) {
        event.op->given_to_host.store(true, std::memory_order_release);
        question_fn(to_handle(event.op.leak()), user_data);
        return;
    }
    const OpRef keep = event.op;
    const ltn_event shown = to_public(std::move(event));
    event_fn(&shown, user_data);
}

}  // namespace ltn::runtime
