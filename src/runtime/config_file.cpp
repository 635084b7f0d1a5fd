// TOML into settings. The TOML library stays in this file; it is header-only and leaves nothing behind.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <vector>

#include "runtime/config.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#include <toml++/toml.h>

namespace ltn::runtime {

namespace {

Error at(const std::string& path, uint32_t line, const std::string& text)
{
    return {Code::config, Category::config, text + " (" + path + ":" + std::to_string(line) + ")"};
}

std::string number_text(double number)
{
    char text[64];
    const auto done = std::to_chars(text, text + sizeof text, number);
    return {text, done.ptr};
}

// What would stand on the command line.
bool value_text(const toml::node& node, std::string& out)
{
    if (const auto* text = node.as_string()) {
        out = text->get();
    } else if (const auto* whole = node.as_integer()) {
        out = std::to_string(whole->get());
    } else if (const auto* real = node.as_floating_point()) {
        out = number_text(real->get());
    } else if (const auto* flag = node.as_boolean()) {
        out = flag->get() ? "true" : "false";
    } else {
        return false;
    }
    return true;
}

}  // namespace

Result<SectionEntries> parse_config(std::string_view toml, const std::string& path)
{
    const toml::parse_result parsed = toml::parse(toml, std::string_view(path));
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return at(path, error.source().begin.line,
                  "expected TOML: " + std::string(error.description()));
    }
    SectionEntries entries;
    for (const auto& [key, node] : parsed.table()) {
        const uint32_t line = node.source().begin.line;
        const auto* const section =
            std::find(kSectionNames.begin(), kSectionNames.end(), key.str());
        const toml::table* table = node.as_table();
        if (section == kSectionNames.end() || table == nullptr) {
            return at(path, line,
                      "expected the tables [client], [server] and [runtime], got \"" +
                          std::string(key.str()) + "\"");
        }
        // The library sorts by name; errors are told in the order of the file.
        std::vector<std::pair<const toml::key*, const toml::node*>> lines;
        for (const auto& [name, value] : *table) lines.emplace_back(&name, &value);
        std::sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
            return a.first->source().begin < b.first->source().begin;
        });
        for (const auto& [name_at, value_at] : lines) {
            const toml::key& name = *name_at;
            const toml::node& value = *value_at;
            const uint32_t value_line = name.source().begin.line;
            ConfigEntry entry{std::string(name.str()), {}, path + ":" + std::to_string(value_line)};
            if (!value_text(value, entry.value)) {
                return at(path, value_line,
                          "option " + entry.name +
                              ": expected a text, a number, true or false, got something else");
            }
            entries[static_cast<size_t>(section - kSectionNames.begin())].push_back(
                std::move(entry));
        }
    }
    return entries;
}

Result<SectionEntries> read_config_file(const std::string& path)
{
    const auto failed = [&](const std::string& why) {
        return Error(Code::io, Category::config, "configuration file " + path + ": " + why);
    };
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                               &std::fclose);
    if (file == nullptr) return failed("cannot open");
    std::string content(kConfigFileLenMax + 1, '\0');
    content.resize(std::fread(content.data(), 1, content.size(), file.get()));
    if (std::ferror(file.get()) != 0) return failed("cannot read");
    if (content.size() > kConfigFileLenMax) return failed("expected at most 1 MiB, got more");
    return parse_config(content, path);
}

}  // namespace ltn::runtime
