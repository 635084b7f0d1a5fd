// Updates of the registry: names are looked up first, then the core gets the whole list.
#include <algorithm>

#include "runtime/client_unit.h"

namespace ltn::runtime {

namespace {

// A list of names must not fill the resolver that calls share with it.
constexpr size_t kLookupsMax = 64;

Error unresolved(const std::string& host, const std::string& why)
{
    return {Code::resolve, Category::connection, "Cannot resolve " + host + ": " + why};
}

}  // namespace

Result<OpRef> ClientUnit::submit_registry(std::unique_ptr<OpRegistry> registry)
{
    OpRef op = OpRef::adopt(new Op(OpKind::registry, shared_from_this(), loop_));
    for (size_t i = 0; i < registry->count; ++i) {
        const OpRegistry::Entry& entry = registry->entries[i];
        if (!entry.decided && !entry.host.empty()) registry->names.push_back(i);
    }
    op->registry = std::move(registry);

    const std::lock_guard guard(loop_->lock());
    if (Error refused = refuse_submission(); !refused.ok()) return refused;
    if (target.queue) {
        if (!target.queue->reserve()) {
            return Error(Code::full, Category::local, "the event queue is full");
        }
        op->queue = target.queue;
    }
    registries_.push_back(op);
    registries_to_start_ = true;
    loop_->submitted(*this, Loop::Urgency::soon);
    return op;
}

void ClientUnit::start_registries()
{
    registries_to_start_ = false;
    // By value: a lookup may answer inside, and end an update.
    const std::vector<OpRef> all(registries_.begin(), registries_.end());
    for (const OpRef& op : all) look_up_names(op);
}

void ClientUnit::look_up_names(const OpRef& op)
{
    OpRegistry& registry = *op->registry;
    if (op->done() || !registry.index_of.empty()) return;
    const auto id = reinterpret_cast<uint64_t>(op.get());
    while (registry.next_name < registry.names.size() && registry.lookups < kLookupsMax) {
        const size_t index = registry.names[registry.next_name++];
        OpRegistry::Entry& entry = registry.entries[index];
        if (loop_->resolver() == nullptr) {
            // The virtual network knows one name.
            entry.known.address = Address::v4(127, 0, 0, 1, entry.port);
            if (entry.host != "localhost")
                entry.decide(unresolved(entry.host, "no such name here"));
            continue;
        }
        ++registry.lookups;
        auto lookup = loop_->resolver()->resolve(
            entry.host, entry.port,
            [this, id, index](io::Resolver::LookupId,
                              const Result<io::Resolver::Addresses>& found) {
                on_entry_resolved(id, index, found);
            });
        if (!lookup) {
            --registry.lookups;
            entry.decide(unresolved(entry.host, lookup.error().text));
        }
    }
    if (registry.lookups == 0 && registry.next_name == registry.names.size()) update_core(op);
}

void ClientUnit::on_entry_resolved(uint64_t op_id, size_t index,
                                   const Result<io::Resolver::Addresses>& found)
{
    const OpRef op = registry_of(op_id);
    if (!op) return;
    OpRegistry& registry = *op->registry;
    OpRegistry::Entry& entry = registry.entries[index];
    --registry.lookups;
    if (!found || found->empty()) {
        entry.decide(
            unresolved(entry.host, found ? "the name has no address" : found.error().text));
    } else {
        // IPv4 first: upstream servers listen there.
        const auto v4 = std::find_if(found->begin(), found->end(), [](const Address& each) {
            return each.family == Address::Family::v4;
        });
        entry.known.address = v4 == found->end() ? found->front() : *v4;
    }
    // Not from in here: the resolver is handing out answers.
    registries_to_start_ = true;
}

void ClientUnit::update_core(const OpRef& op)
{
    OpRegistry& registry = *op->registry;
    std::vector<transport::RegistryEntry> list;
    for (size_t i = 0; i < registry.count; ++i) {
        OpRegistry::Entry& entry = registry.entries[i];
        if (entry.decided) continue;
        if (Error error = ensure_port(entry.known.address.family); !error.ok()) {
            entry.decide(error);
            continue;
        }
        registry.index_of.push_back(i);
        list.push_back(entry.known);
    }
    if (registry.index_of.empty()) registry.index_of.push_back(registry.count);  // handed over
    core_->update_registry(reinterpret_cast<uint64_t>(op.get()), std::move(list), now_);
}

OpRef ClientUnit::registry_of(uint64_t ticket) const
{
    const auto it = std::find_if(
        registries_.begin(), registries_.end(),
        [ticket](const OpRef& each) { return reinterpret_cast<uint64_t>(each.get()) == ticket; });
    return it == registries_.end() ? OpRef() : *it;
}

void ClientUnit::on_miner_outcome(uint64_t ticket, size_t index, const Error& error)
{
    const OpRef op = registry_of(ticket);
    if (!op) return;  // the client stops
    OpRegistry& registry = *op->registry;
    registry.entries[registry.index_of[index]].decide(error);
}

void ClientUnit::on_registry_done(uint64_t ticket)
{
    const OpRef op = registry_of(ticket);
    if (!op) return;
    registries_.remove_if([&op](const OpRef& each) { return each.get() == op.get(); });
    const OpRegistry& registry = *op->registry;
    // One that was replaced by a newer list while it waited has not been looked at.
    const bool replaced =
        registry.count > 0 &&
        std::any_of(
            registry.entries.get(), registry.entries.get() + registry.count,
            [](const OpRegistry::Entry& each) { return each.outcome.code == Code::cancelled; });
    end(*op,
        replaced ? Error(Code::cancelled, Category::local, "replaced by a newer registry")
                 : Error(),
        {});
}

// The list stays the wish; only its teller stops waiting, unless the core has not seen it yet.
void ClientUnit::cancel_registry(Op& op)
{
    const OpRef keep = OpRef::share(&op);
    if (op.registry->index_of.empty()) {
        registries_.remove_if([&op](const OpRef& each) { return each.get() == &op; });
    }
    end(op, {Code::cancelled, Category::local, "cancelled"}, {});
}

void ClientUnit::fail_registries(const Error& error)
{
    while (!registries_.empty()) {
        const OpRef op = registries_.front();
        registries_.pop_front();
        for (size_t i = 0; i < op->registry->count; ++i) op->registry->entries[i].decide(error);
        end(*op, error, {});
    }
}

}  // namespace ltn::runtime
