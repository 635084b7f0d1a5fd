// What clients and servers have in common at the wall. `Node` is ltn_client or ltn_server.
#pragma once

#include "abi/handles.h"

namespace ltn::abi {

template <class Node>
ltn_status node_new(Node** out, ltn_runtime* runtime, ltn_signer* signer, ltn_error* error)
{
    if (out != nullptr) *out = nullptr;
    if (out == nullptr || signer == nullptr) {
        return invalid(error, "expected a place for the handle and a signer");
    }
    return guarded(error, [&]() -> ltn_status {
        if ((runtime != nullptr && forked(runtime)) || forked(signer)) return refuse_forked(error);
        auto node = std::make_unique<Node>();
        node->private_loops = runtime == nullptr;
        node->loops = runtime != nullptr
                          ? runtime->loops
                          : std::make_shared<runtime::LoopGroup>(runtime::Drive::thread, 0);
        node->signer = signer->signer;
        *out = node.release();
        return LTN_OK;
    });
}

template <class Node>
ltn_status node_set(Node* node, const char* name, const char* value, ltn_error* error)
{
    if (node == nullptr || name == nullptr || value == nullptr) {
        return invalid(error, "expected an object, a name and a value");
    }
    return guarded(error, [&]() -> ltn_status {
        if (forked(node)) return refuse_forked(error);
        if (node->closed()) return refuse_closed(error);
        if (node->started) return report(error, node->unit->change_option(name, value));
        Error failed = runtime::set_option(node->options, name, value);
        // Code wins over what a configuration says, before or after.
        if (failed.ok())
            node->origins[std::string(runtime::option_name(Node::kSection, name))] = "";
        return report(error, std::move(failed));
    });
}

template <class Node>
ltn_status node_deliver_queue(Node* node, ltn_queue* queue)
{
    if (node == nullptr || queue == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return guarded(nullptr, [&]() -> ltn_status {
        if (forked(node) || forked(queue)) return LTN_ERR_FORKED;
        if (node->closed()) return LTN_ERR_CLOSED;
        if (node->started) return LTN_ERR_STATE;
        node->target = {queue->queue, nullptr, nullptr};
        return LTN_OK;
    });
}

template <class Node>
ltn_status node_deliver_upcall(Node* node, ltn_event_fn deliver, void* user_data,
                               ltn_destroy_fn destroy)
{
    return guarded(nullptr, [&]() -> ltn_status {
        auto data = host_data(user_data, destroy);
        if (node == nullptr || deliver == nullptr) return LTN_ERR_INVALID_ARGUMENT;
        if (forked(node)) return LTN_ERR_FORKED;
        if (node->closed()) return LTN_ERR_CLOSED;
        if (node->started) return LTN_ERR_STATE;
        node->target = {nullptr, deliver, std::move(data)};
        return LTN_OK;
    });
}

inline std::shared_ptr<runtime::ClientUnit> make_unit(const ltn_client& client)
{
    return std::make_shared<runtime::ClientUnit>(client.loops->for_client(), client.signer,
                                                 client.options);
}
inline std::shared_ptr<runtime::ServerGroup> make_unit(const ltn_server& server)
{
    return std::make_shared<runtime::ServerGroup>(server.loops->for_server(), server.signer,
                                                  server.options);
}

// `prepare` gets the fresh unit before it starts.
template <class Node, class Prepare>
ltn_status node_start(Node* node, ltn_error* error, Prepare&& prepare)
{
    if (node == nullptr) return invalid(error, "expected an object to start");
    return guarded(error, [&]() -> ltn_status {
        if (forked(node)) return refuse_forked(error);
        if (node->closed()) return refuse_closed(error);
        if (node->started) {
            return report(error, {Code::wrong_state, Category::local, "started before"});
        }
        if (Error bad = runtime::check_options(node->options); !bad.ok()) {
            return report(error, runtime::explain(std::move(bad), node->origins));
        }
        auto unit = make_unit(*node);
        unit->deliver_to(node->target, node);
        if (Error failed = prepare(*unit); !failed.ok()) return report(error, failed);
        // Known before it starts: an upcall of the self-test may stop the node already.
        node->unit = unit;
        node->started = true;
        if (Error failed = unit->start(); !failed.ok()) {
            node->started = false;
            node->unit = nullptr;
            return report(error, failed);
        }
        return LTN_OK;
    });
}

template <class Node>
ltn_status node_stat(Node* node, uint64_t* value, const char* name)
{
    if (node == nullptr || value == nullptr || name == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return guarded(nullptr, [&]() -> ltn_status {
        if (forked(node)) return LTN_ERR_FORKED;
        if (node->unit == nullptr) return LTN_ERR_STATE;
        auto got = node->unit->stat(name);
        if (!got) return status_of(got.error().code);
        *value = got.value();
        return LTN_OK;
    });
}

template <class Node>
ltn_status node_stop(Node* node)
{
    if (node == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return guarded(nullptr, [&]() -> ltn_status {
        if (forked(node)) return LTN_ERR_FORKED;
        node->stopped_early = node->unit == nullptr;
        if (node->unit != nullptr) node->unit->request_stop();
        return LTN_OK;
    });
}

template <class Node>
ltn_status node_wait(Node* node, int64_t timeout_ms)
{
    if (node == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return guarded(nullptr, [&]() -> ltn_status {
        if (forked(node)) return LTN_ERR_FORKED;
        if (node->unit == nullptr) return node->stopped_early ? LTN_OK : LTN_ERR_STATE;
        auto& unit = *node->unit;
        return wait_closed(
            *node->loops, node->private_loops, timeout_ms,
            [&unit](Nanos span_ns) { return unit.wait_released(span_ns); },
            [&unit] { return unit.stopped(); });
    });
}

template <class Node>
void node_free(Node* node)
{
    if (node == nullptr) return;
    (void)guarded(nullptr, [&]() -> ltn_status {
        if (forked(node)) {
            if (node->unit != nullptr) node->unit->abandon();
            if (node->private_loops) node->loops->abandon();
            // Left as it is: its locks may be held by threads that do not exist here.
            return LTN_ERR_FORKED;
        }
        if (node->unit != nullptr) node->unit->free_by_host();
        delete node;
        return LTN_OK;
    });
}

}  // namespace ltn::abi
