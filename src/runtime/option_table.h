// What the tables of options have in common.
#pragma once

#include "runtime/options.h"

namespace ltn::runtime::table {

using enum OptionType;

inline constexpr uint64_t kDayMs = 24ULL * 3600 * 1000;
inline constexpr uint64_t kCountMax = 1ULL << 32;

inline constexpr Settable kLive = Settable::while_running;

// The wire specification's words (7.1, 7.2); {} is the setting's name, {n} its value.
inline constexpr const char* kNonZero = "{} must be non-zero";
inline constexpr const char* kAtLeastOne = "{} must be at least 1";
inline constexpr const char* kFrameMin = "{} ({n}) must be at least 1048576 (1 MB)";
inline constexpr const char* kFrameMax = "{} ({n}) must not exceed 4294967295 (u32::MAX)";

inline Nanos ns(uint64_t ms)
{
    return ms * kMillisecond;
}
inline Nanos ns_or_never(uint64_t ms)
{
    return ms == kNoDuration ? kNever : ns(ms);
}
inline codec::Ss58Policy ss58_policy(uint64_t any)
{
    return any != 0 ? codec::Ss58Policy::any_prefix : codec::Ss58Policy::only_42;
}

}  // namespace ltn::runtime::table

// NOLINTBEGIN(bugprone-macro-parentheses): a type and a statement take no parentheses
#define LTN_APPLY(Config, statement)                                                           \
    [](Config& c, [[maybe_unused]] uint64_t v, [[maybe_unused]] std::string_view t) -> Error { \
        statement;                                                                             \
        return {};                                                                             \
    }
// NOLINTEND(bugprone-macro-parentheses)
