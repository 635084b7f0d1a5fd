// Addresses that failed and stand in no registry: remembered, so that calls which name one again
// and again do not dial it as often. Bounded; when full the oldest failure is forgotten, because
// whoever names thousands of dead addresses is our own caller.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>

#include "base/address.h"
#include "crypto/sr25519.h"
#include "transport/linked_list.h"
#include "transport/reconnect_policy.h"

namespace ltn::transport {

class FailureMemory {
public:
    struct Record : ListNode<Record> {
        Address address;
        Backoff backoff;
        // Who answered there instead of the one that was asked for. Calls to it need not wait.
        std::optional<crypto::PublicKey> answered;
    };

    explicit FailureMemory(size_t max) : max_(max) {}

    Record* find(const Address& address) const;
    // The record of an address that has just failed, fresh if there was none.
    Record& note(const Address& address);
    void forget(const Address& address);
    // Drops what could be tried since `keep_ns` and was not.
    void sweep(Nanos now_ns, Nanos keep_ns);
    size_t size() const { return records_.size(); }

private:
    size_t max_;
    std::unordered_map<Address, std::unique_ptr<Record>, AddressHash> records_;
    LinkedList<Record> by_age_;  // oldest failure first
};

}  // namespace ltn::transport
