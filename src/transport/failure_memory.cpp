#include "transport/failure_memory.h"

namespace ltn::transport {

FailureMemory::Record* FailureMemory::find(const Address& address) const
{
    const auto found = records_.find(address);
    return found == records_.end() ? nullptr : found->second.get();
}

FailureMemory::Record& FailureMemory::note(const Address& address)
{
    Record* record = find(address);
    if (record == nullptr) {
        while (!by_age_.empty() && records_.size() >= max_) forget(by_age_.front()->address);
        auto made = std::make_unique<Record>();
        made->address = address;
        record = made.get();
        records_.emplace(address, std::move(made));
    }
    by_age_.push_back(*record);
    return *record;
}

void FailureMemory::forget(const Address& address)
{
    const auto found = records_.find(address);
    if (found != records_.end()) records_.erase(found);
}

void FailureMemory::sweep(Nanos now_ns, Nanos keep_ns)
{
    while (Record* oldest = by_age_.front()) {
        if (now_ns < saturating_add(oldest->backoff.next_try_ns(), keep_ns)) return;
        forget(oldest->address);
    }
}

}  // namespace ltn::transport
