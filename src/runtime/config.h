// Settings from a file and the environment. One precedence for all: code, then environment, then file, then
// default; every setting remembers where it came from, so that errors can say so.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "runtime/options.h"

namespace ltn::runtime {

enum class Section : size_t { client, server, runtime };
inline constexpr size_t kSectionCount = 3;
inline constexpr std::array<const char*, kSectionCount> kSectionNames = {"client", "server",
                                                                         "runtime"};

struct ConfigEntry {
    std::string name;  // as it was spelled
    std::string value;
    std::string origin;  // "ltn.toml:4", "environment variable LTN_SERVER_LISTEN"
};

using SectionEntries = std::array<std::vector<ConfigEntry>, kSectionCount>;

// The tables [client], [server] and [runtime] of a TOML file (config_file.cpp).
inline constexpr size_t kConfigFileLenMax = 1 << 20;
Result<SectionEntries> read_config_file(const std::string& path);
Result<SectionEntries> parse_config(std::string_view toml, const std::string& path);

// Where the settings of one object came from, by their own names; "" for code.
using OptionOrigins = std::map<std::string, std::string, std::less<>>;

// The option's own name behind any of its spellings; empty when there is none.
std::string_view option_name(Section section, std::string_view given);

class Config {
public:
    // Checks names and values of both sources. `environment` as main() gets it, NULL-terminated;
    // variables are LTN_CLIENT_<NAME>, LTN_SERVER_<NAME> and LTN_RUNTIME_<NAME>.
    static Result<Config> make(SectionEntries file, const char* const* environment);

    // Sets everything that code has not set, and notes the origins.
    template <class Set>
    Error apply(Section section, OptionOrigins& origins, Set&& set) const
    {
        for (const auto& [name, entry] : chosen_[static_cast<size_t>(section)]) {
            const auto known = origins.find(name);
            if (known != origins.end() && known->second.empty()) continue;
            if (Error error = set(entry.name, entry.value); !error.ok()) {
                return with_origin(std::move(error), entry.origin);
            }
            origins[name] = entry.origin;
        }
        return {};
    }

    // Null: neither source says it.
    const ConfigEntry* find(Section section, std::string_view name) const;

    // As if all three objects were started with this and nothing else.
    Error check() const;

private:
    static Error with_origin(Error error, const std::string& origin);

    // By the option's own name.
    std::array<std::map<std::string, ConfigEntry, std::less<>>, kSectionCount> chosen_;
};

// What a rule between settings says, and where those of them came from that code did not set.
Error explain(Error error, const OptionOrigins& origins);

}  // namespace ltn::runtime
