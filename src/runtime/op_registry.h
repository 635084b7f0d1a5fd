// What an operation has more when it updates the registry: an outcome per entry. Changed under the
// loop's lock, published one by one.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "transport/client.h"

namespace ltn::runtime {

struct OpRegistry {
    struct Entry {
        std::string hotkey;
        std::string address;
        uint16_t port = 0;
        std::string host;  // a name that is still to be looked up
        transport::RegistryEntry known;
        Error outcome;
        std::atomic<bool> decided{false};

        void decide(Error error)
        {
            if (decided.load(std::memory_order_relaxed)) return;
            outcome = std::move(error);
            decided.store(true, std::memory_order_release);
        }
    };
    // Never resized: outcomes are read while others are still awaited.
    std::unique_ptr<Entry[]> entries;
    size_t count = 0;
    std::vector<size_t> names;     // entries whose host is looked up, in order
    size_t next_name = 0;          // of `names`
    size_t lookups = 0;            // under way
    std::vector<size_t> index_of;  // the core's index to ours
};

}  // namespace ltn::runtime
