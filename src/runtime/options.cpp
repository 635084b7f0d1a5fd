// Setting options by name.
#include "runtime/options.h"

#include "runtime/option_value.h"

namespace ltn::runtime {

namespace {

template <class Config>
Error set_in(std::span<const Option<Config>> table, const char* what, Config& config,
             std::string_view name, std::string_view value, Settable when)
{
    for (const Option<Config>& option : table) {
        DurationUnit unit = DurationUnit::ms;
        if (!option_name_matches(option.name, option.type, name, &unit)) continue;
        if (when == Settable::while_running && option.when != when) {
            return {Code::wrong_state, Category::config,
                    "option " + std::string(name) +
                        ": expected one that may change after start, this one needs a restart"};
        }
        const OptionRange range{option.type, option.min, option.max, option.below, option.above};
        auto number = parse_option_value(name, range, unit, value);
        if (!number) return number.error();
        return option.apply(config, number.value(), value);
    }
    return {Code::unknown_option, Category::config,
            "unknown " + std::string(what) + " option \"" + std::string(name) + "\""};
}

}  // namespace

Error set_option(ClientOptions& config, std::string_view name, std::string_view value)
{
    return set_in(client_options(), "client", config, name, value, Settable::before_start);
}
Error set_option(ServerOptions& config, std::string_view name, std::string_view value)
{
    return set_in(server_options(), "server", config, name, value, Settable::before_start);
}
Error set_option(LoopConfig& config, std::string_view name, std::string_view value)
{
    return set_in(runtime_options(), "runtime", config, name, value, Settable::before_start);
}

Error change_option(ClientOptions& config, std::string_view name, std::string_view value)
{
    return set_in(client_options(), "client", config, name, value, Settable::while_running);
}
Error change_option(ServerOptions& config, std::string_view name, std::string_view value)
{
    return set_in(server_options(), "server", config, name, value, Settable::while_running);
}

}  // namespace ltn::runtime
