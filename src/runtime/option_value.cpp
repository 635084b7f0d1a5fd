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

std::string filled(std::string_view words, std::string_view name, uint64_t number)
{
    std::string text(words);
    if (const size_t at = text.find("{}"); at != std::string::npos) text.replace(at, 2, name);
    if (const size_t at = text.find("{n}"); at != std::string::npos) {
        text.replace(at, 3, std::to_string(number));
    }
    return text;
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

std::string decimal_text(Nanos span_ns, Nanos unit_ns)
{
    std::string text = std::to_string(span_ns / unit_ns);
    if (span_ns % unit_ns != 0) {
        std::string fraction = std::to_string(unit_ns + span_ns % unit_ns).substr(1);
        while (fraction.back() == '0') fraction.pop_back();
        text += "." + fraction;
    }
    return text;
}

std::string duration_text(Nanos span_ns)
{
    return span_ns >= kSecond ? decimal_text(span_ns, kSecond) + "s"
                              : decimal_text(span_ns, kMillisecond) + "ms";
}

std::string option_range(OptionType type, uint64_t min, uint64_t max)
{
    const std::string range = "from " + std::to_string(min) + " to " + std::to_string(max);
    switch (type) {
        case OptionType::count: return "a whole number " + range;
        case OptionType::bytes: return "a number of bytes " + range;
        case OptionType::duration_ms: return "a duration " + range + " ms";
        case OptionType::optional_ms: return "a duration " + range + " ms, or none";
        case OptionType::flag: return "true or false";
        case OptionType::text: return "text";
    }
    return "text";
}

Result<uint64_t> parse_option_value(std::string_view name, const OptionRange& range,
                                    DurationUnit unit, std::string_view value)
{
    const std::string expected = option_range(range.type, range.min, range.max);
    const bool is_duration =
        range.type == OptionType::duration_ms || range.type == OptionType::optional_ms;
    uint64_t number = 0;
    switch (range.type) {
        case OptionType::text: return number;
        case OptionType::flag:
            if (value == "true" || value == "1" || value == "on") return uint64_t{1};
            if (value == "false" || value == "0" || value == "off") return uint64_t{0};
            return bad_value(Code::invalid_argument, name, value, expected);
        case OptionType::optional_ms:
            if (value == "none") return kNoDuration;
            [[fallthrough]];
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
    if (number >= range.min && number <= range.max) return number;
    // A duration that is merely too short is not the zero of which the specification speaks.
    const char* words = number > range.max              ? range.above
                        : (!is_duration || number == 0) ? range.below
                                                        : nullptr;
    if (words == nullptr) return bad_value(Code::out_of_range, name, value, expected);
    return Error(Code::out_of_range, Category::config, filled(words, name, number));
}

bool option_name_matches(std::string_view name, OptionType type, std::string_view given,
                         DurationUnit* unit)
{
    *unit = DurationUnit::ms;
    if (name == given) return true;
    const bool is_duration = type == OptionType::duration_ms || type == OptionType::optional_ms;
    if (!is_duration || !name.ends_with(kMsSuffix)) return false;
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
