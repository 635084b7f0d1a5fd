#include "runtime/option_value.h"

#include <charconv>
#include <cmath>

namespace ltn::runtime {

namespace {

constexpr std::string_view kMsSuffix = "_ms";
constexpr std::string_view kSecsSuffix = "_secs";

Error bad_value(Code code, std::string_view name, std::string_view value,
                const std::string& expected)
{
    return {code, Category::config,
            "option " + std::string(name) + ": expected " + expected + ", got \"" +
                std::string(value) + "\""};
}

bool parse_whole(std::string_view text, uint64_t* out)
{
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), *out);
    return ec == std::errc() && end == text.data() + text.size() && !text.empty();
}

// A decimal number of seconds or milliseconds; fractions down to a millisecond.
bool parse_ms(std::string_view text, DurationUnit unit, uint64_t* out)
{
    double factor = unit == DurationUnit::ms ? 1 : 1000;
    if (unit == DurationUnit::free) {
        if (text.ends_with("ms")) {
            factor = 1;
            text.remove_suffix(2);
        } else if (text.ends_with("s")) {
            text.remove_suffix(1);
        }
    }
    if (factor == 1 && parse_whole(text, out)) return true;
    double number = 0;
    const auto [end, ec] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (ec != std::errc() || end != text.data() + text.size() || text.empty()) return false;
    if (!(number >= 0) || number * factor > 1e15) return false;
    *out = static_cast<uint64_t>(std::llround(number * factor));
    return true;
}

}  // namespace

std::string option_range(OptionType type, uint64_t min, uint64_t max)
{
    const std::string range = "from " + std::to_string(min) + " to " + std::to_string(max);
    switch (type) {
        case OptionType::count: return "a whole number " + range;
        case OptionType::bytes: return "a number of bytes " + range;
        case OptionType::duration_ms: return "a duration " + range + " ms";
        case OptionType::flag: return "true or false";
        case OptionType::text: return "text";
    }
    return "text";
}

Result<uint64_t> parse_option_value(std::string_view name, OptionType type, uint64_t min,
                                    uint64_t max, DurationUnit unit, std::string_view value)
{
    const std::string expected = option_range(type, min, max);
    uint64_t number = 0;
    switch (type) {
        case OptionType::text: return number;
        case OptionType::flag:
            if (value == "true" || value == "1" || value == "on") return uint64_t{1};
            if (value == "false" || value == "0" || value == "off") return uint64_t{0};
            return bad_value(Code::invalid_argument, name, value, expected);
        case OptionType::duration_ms:
            if (!parse_ms(value, unit, &number)) {
                return bad_value(Code::invalid_argument, name, value, expected);
            }
            break;
        case OptionType::count:
        case OptionType::bytes:
            if (!parse_whole(value, &number)) {
                return bad_value(Code::invalid_argument, name, value, expected);
            }
            break;
    }
    if (number < min || number > max) return bad_value(Code::out_of_range, name, value, expected);
    return number;
}

bool option_name_matches(std::string_view name, OptionType type, std::string_view given,
                         DurationUnit* unit)
{
    *unit = DurationUnit::ms;
    if (name == given) return true;
    if (type != OptionType::duration_ms || !name.ends_with(kMsSuffix)) return false;
    const std::string_view base = name.substr(0, name.size() - kMsSuffix.size());
    if (given == base) {
        *unit = DurationUnit::free;
        return true;
    }
    *unit = DurationUnit::secs;
    return given.ends_with(kSecsSuffix) &&
           given.substr(0, given.size() - kSecsSuffix.size()) == base;
}

}  // namespace ltn::runtime
