// Options by name and value, from one typed table per object (promise E3). The table also makes
// docs/options.md (tools/docs/options). Durations are named `..._ms`; the wire specification's names
// (`..._secs`, or without a unit) are accepted as aliases.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "codec/frame.h"
#include "runtime/client_unit.h"
#include "runtime/loop.h"
#include "runtime/server_unit.h"

namespace ltn::runtime {

// When an option may be set. While running: takes effect on everything that begins from then on, on all
// loops; docs/options.md marks it.
enum class Settable : uint8_t { before_start, while_running };

enum class OptionType { count, bytes, duration_ms, optional_ms, flag, text };

// The value of an optional duration that is "none".
inline constexpr uint64_t kNoDuration = UINT64_MAX;

template <class Config>
struct Option {
    const char* name;
    OptionType type;
    uint64_t min;
    uint64_t max;
    const char* fallback;  // the default, as text
    const char* doc;
    // `number`: milliseconds for durations, 0 or 1 for flags. `text`: the value as given.
    Error (*apply)(Config& config, uint64_t number, std::string_view text);
    // What is said of a value below or above the range, where the wire specification has words of its
    // own; {} stands for the name as it was given, {n} for the value.
    const char* below = nullptr;
    const char* above = nullptr;
    Settable when = Settable::before_start;
};

std::span<const Option<ClientOptions>> client_options();
std::span<const Option<ServerOptions>> server_options();
std::span<const Option<LoopConfig>> runtime_options();

// Sets one option. The error names option, value and range.
Error set_option(ClientOptions& config, std::string_view name, std::string_view value);
Error set_option(ServerOptions& config, std::string_view name, std::string_view value);
Error set_option(LoopConfig& config, std::string_view name, std::string_view value);

// The same for an object that has started: refuses by name what needs a restart. Nothing but the one
// field is written, so that readers of the others need no lock.
Error change_option(ClientOptions& config, std::string_view name, std::string_view value);
Error change_option(ServerOptions& config, std::string_view name, std::string_view value);

// All rules of the wire specification in its order (7.1, 7.2), checked at start. What set_option
// refuses by itself is among them, for configurations that were not made by it.
Error check_options(const ClientOptions& config);
Error check_options(const ServerOptions& config);

// The reference page, in Markdown.
std::string options_page();

}  // namespace ltn::runtime
