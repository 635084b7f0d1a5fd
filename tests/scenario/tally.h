// What happened how often, by name. Names are declared before they count, so that something which
// never happened is seen as a zero and not as an absence.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ltn::scenario {

class Tally {
public:
    void declare(std::string_view name) { counts_.try_emplace(std::string(name), 0); }
    void add(std::string_view name, uint64_t count = 1) { counts_[std::string(name)] += count; }

    uint64_t operator[](std::string_view name) const
    {
        const auto found = counts_.find(std::string(name));
        return found == counts_.end() ? 0 : found->second;
    }
    void add(const Tally& other)
    {
        for (const auto& [name, count] : other.counts_) counts_[name] += count;
    }
    const std::map<std::string, uint64_t>& counts() const { return counts_; }

private:
    std::map<std::string, uint64_t> counts_;
};

}  // namespace ltn::scenario
