#include "runtime/config.h"

#include <cstring>
#include <utility>

#include "runtime/option_value.h"

namespace ltn::runtime {

namespace {

template <class Options>
std::string_view name_in(std::span<const Option<Options>> table, std::string_view given)
{
    for (const Option<Options>& option : table) {
        DurationUnit unit = DurationUnit::ms;
        if (option_name_matches(option.name, option.type, given, &unit)) return option.name;
    }
    return {};
}

Error complaint(Code code, const std::string& text)
{
    return {code, Category::config, text};
}

// A value alone, on an object of its own.
Error try_value(Section section, const ConfigEntry& entry)
{
    switch (section) {
        case Section::client: {
            ClientOptions options;
            return set_option(options, entry.name, entry.value);
        }
        case Section::server: {
            ServerOptions options;
            return set_option(options, entry.name, entry.value);
        }
        case Section::runtime: {
            LoopConfig options;
            return set_option(options, entry.name, entry.value);
        }
    }
    return {};
}

std::string variable_prefix(size_t section)
{
    std::string prefix = "LTN_" + std::string(kSectionNames[section]) + "_";
    for (char& c : prefix) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return prefix;
}

SectionEntries read_environment(const char* const* environment)
{
    SectionEntries entries;
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        const std::string_view variable = *environment;
        const size_t equals = variable.find('=');
        if (equals == std::string_view::npos) continue;
        for (size_t section = 0; section < kSectionCount; ++section) {
            const std::string prefix = variable_prefix(section);
            if (!variable.starts_with(prefix) || equals < prefix.size()) continue;
            ConfigEntry entry;
            for (const char c : variable.substr(prefix.size(), equals - prefix.size())) {
                entry.name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            }
            entry.value = variable.substr(equals + 1);
            entry.origin = "environment variable " + std::string(variable.substr(0, equals));
            entries[section].push_back(std::move(entry));
        }
    }
    return entries;
}

}  // namespace

std::string_view option_name(Section section, std::string_view given)
{
    switch (section) {
        case Section::client: return name_in(client_options(), given);
        case Section::server: return name_in(server_options(), given);
        case Section::runtime: return name_in(runtime_options(), given);
    }
    return {};
}

Result<Config> Config::make(SectionEntries file, const char* const* environment)
{
    Config config;
    // The environment last: it replaces what the file said.
    SectionEntries variables = read_environment(environment);
    for (SectionEntries* source : {&file, &variables}) {
        for (size_t section = 0; section < kSectionCount; ++section) {
            std::map<std::string, std::string, std::less<>> seen;
            for (ConfigEntry& entry : (*source)[section]) {
                if (Error error = try_value(static_cast<Section>(section), entry); !error.ok()) {
                    return with_origin(std::move(error), entry.origin);
                }
                const std::string name(option_name(static_cast<Section>(section), entry.name));
                if (!seen.emplace(name, entry.origin).second) {
                    return complaint(Code::config, "option " + name + ": set twice (" + seen[name] +
                                                       " and " + entry.origin + ")");
                }
                config.chosen_[section][name] = std::move(entry);
            }
        }
    }
    return config;
}

const ConfigEntry* Config::find(Section section, std::string_view name) const
{
    const auto& entries = chosen_[static_cast<size_t>(section)];
    const auto found = entries.find(option_name(section, name));
    return found == entries.end() ? nullptr : &found->second;
}

Error Config::check() const
{
    ClientOptions client;
    ServerOptions server;
    LoopConfig loop;
    std::array<OptionOrigins, kSectionCount> origins;
    const auto run = [&](Section section, auto& options) {
        return apply(section, origins[static_cast<size_t>(section)],
                     [&](const std::string& name, const std::string& value) {
                         return set_option(options, name, value);
                     });
    };
    if (Error error = run(Section::client, client); !error.ok()) return error;
    if (Error error = run(Section::server, server); !error.ok()) return error;
    if (Error error = run(Section::runtime, loop); !error.ok()) return error;
    if (Error error = check_options(client); !error.ok()) {
        return explain(std::move(error), origins[static_cast<size_t>(Section::client)]);
    }
    return explain(check_options(server), origins[static_cast<size_t>(Section::server)]);
}

Error Config::with_origin(Error error, const std::string& origin)
{
    error.text += " (" + origin + ")";
    return error;
}

Error explain(Error error, const OptionOrigins& origins)
{
    if (error.ok()) return error;
    std::string from;
    for (const auto& [name, origin] : origins) {
        if (origin.empty()) continue;
        const std::string_view stem =
            name.ends_with("_ms") ? std::string_view(name).substr(0, name.size() - 3) : name;
        if (error.text.find(stem) == std::string::npos) continue;
        from += (from.empty() ? "" : ", ") + name + ": " + origin;
    }
    if (!from.empty()) error.text += " (" + from + ")";
    return error;
}

}  // namespace ltn::runtime
