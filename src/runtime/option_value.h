// Reads the text of one option value into a number, by type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "runtime/options.h"

namespace ltn::runtime {

// How the value of an option was spelled: the unit that the name used.
enum class DurationUnit { ms, secs, free };

// Error texts name option, value and range.
Result<uint64_t> parse_option_value(std::string_view name, OptionType type, uint64_t min,
                                    uint64_t max, DurationUnit unit, std::string_view value);

// Whether `given` names the option `name`; for durations also its aliases.
bool option_name_matches(std::string_view name, OptionType type, std::string_view given,
                         DurationUnit* unit);

// "from 1 to 3600000 ms", for errors and the reference page.
std::string option_range(OptionType type, uint64_t min, uint64_t max);

}  // namespace ltn::runtime
