// What can be counted: every statistic's name and meaning, once. The reference page, the lookup by name
// and the metrics come from here.
#pragma once

#include <span>

namespace ltn::runtime {

struct StatName {
    const char* name;
    bool gauge;  // goes up and down; otherwise it only grows
    const char* meaning;
};

std::span<const StatName> client_stats();
std::span<const StatName> server_stats();

}  // namespace ltn::runtime
