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

struct OptionRange {
    OptionType type = OptionType::text;
    uint64_t min = 0;
    uint64_t max = 0;
    const char* below = nullptr;
    const char* above = nullptr;
};

// Error texts name option, value and range.
Result<uint64_t> parse_option_value(std::string_view name, const OptionRange& range,
                                    DurationUnit unit, std::string_view value);

// 1.5 for 1500 ms in seconds.
std::string decimal_text(Nanos span_ns, Nanos unit_ns);

// As the wire specification prints durations: 30s, 1.5s, 500ms.
std::string duration_text(Nanos span_ns);

// Whether `given` names the option `name`; for durations also its aliases.
bool option_name_matches(std::string_view name, OptionType type, std::string_view given,
                         DurationUnit* unit);

// "from 1 to 3600000 ms", for errors and the reference page.
std::string option_range(OptionType type, uint64_t min, uint64_t max);

}  // namespace ltn::runtime
