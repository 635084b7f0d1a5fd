#include <cstring>

#include "abi/handles.h"

using namespace ltn;
using runtime::OpRegistry;

namespace {

// Well beyond any subnet; what is above is a mistake that should not cost its memory.
constexpr size_t kEntriesMax = 1'000'000;

void read_entry(OpRegistry::Entry& entry, const ltn_registry_entry& given, codec::Ss58Policy policy)
{
    if (given.hotkey == nullptr || given.address == nullptr) {
        entry.decide({Code::invalid_argument, Category::local, "expected a hotkey and an address"});
        return;
    }
    entry.hotkey.assign(given.hotkey, strnlen(given.hotkey, 128));
    entry.address.assign(given.address, strnlen(given.address, 512));
    auto key = codec::ss58_decode(entry.hotkey, policy);
    if (!key) {
        entry.decide(key.error());
        return;
    }
    entry.known.miner.key = key->key;
    entry.known.miner.text = entry.hotkey;
    if (auto literal = Address::parse(entry.address); literal) {
        entry.known.address = *literal;
        entry.port = literal->port;
    } else if (auto split = split_host_port(entry.address); split) {
        entry.host = split->host;
        entry.port = split->port;
    } else {
        entry.decide(split.error());
        return;
    }
    if (entry.port == 0) {
        entry.decide({Code::invalid_argument, Category::connection,
                      "Invalid address: " + entry.address + ": port 0 reaches nobody"});
    } else if (entry.host.empty() && entry.known.address.is_unspecified()) {
        entry.decide({Code::invalid_argument, Category::connection,
                      "Invalid address: " + entry.address + " is no peer's address"});
    }
}

}  // namespace

extern "C" {

ltn_status ltn_client_registry_set(ltn_client* client, ltn_op** op,
                                   const ltn_registry_entry* entries, size_t count,
                                   size_t entry_size, ltn_error* error)
{
    if (op != nullptr) *op = nullptr;
    if (client == nullptr || op == nullptr || (entries == nullptr && count > 0)) {
        return abi::invalid(error, "expected a client, a place for the operation and entries");
    }
    if (count > 0 && entry_size < sizeof(ltn_registry_entry)) {
        return abi::invalid(error, "entry_size is smaller than ltn_registry_entry");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(client)) return abi::refuse_forked(error);
        if (client->unit == nullptr) {
            return abi::report(error,
                               {Code::wrong_state, Category::local, "the client was not started"});
        }
        if (count > kEntriesMax) {
            return abi::report(error,
                               {Code::too_large, Category::local,
                                "expected at most 1000000 entries, got " + std::to_string(count)});
        }
        auto registry = std::make_unique<OpRegistry>();
        registry->entries = std::make_unique<OpRegistry::Entry[]>(count);
        registry->count = count;
        const auto* at = reinterpret_cast<const uint8_t*>(entries);
        for (size_t i = 0; i < count; ++i, at += entry_size) {
            ltn_registry_entry given;
            std::memcpy(&given, at, sizeof given);
            read_entry(registry->entries[i], given, client->unit->ss58());
        }
        auto accepted = client->unit->submit_registry(std::move(registry));
        if (!accepted) return abi::report(error, accepted.error());
        *op = runtime::to_handle(accepted->leak());
        return LTN_OK;
    });
}

ltn_status ltn_op_outcome(ltn_op* handle, ltn_status* outcome, size_t index, ltn_error* error)
{
    if (handle == nullptr || outcome == nullptr) {
        return abi::invalid(error, "expected an operation and a place for the outcome");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        const runtime::Op& op = *runtime::from_handle(handle);
        if (op.fork_generation() != runtime::fork_generation()) return abi::refuse_forked(error);
        if (op.registry == nullptr) {
            return abi::report(
                error, {Code::wrong_state, Category::local, "this operation has no outcomes"});
        }
        if (index >= op.registry->count) {
            return abi::report(
                error, {Code::out_of_range, Category::local,
                        "expected an index below " + std::to_string(op.registry->count) + ", got " +
                            std::to_string(index)});
        }
        const OpRegistry::Entry& entry = op.registry->entries[index];
        if (!entry.decided.load(std::memory_order_acquire)) return LTN_ERR_PENDING;
        *outcome = abi::status_of(entry.outcome.code);
        if (error != nullptr) (void)abi::report(error, entry.outcome);
        return LTN_OK;
    });
}

}  // extern "C"
