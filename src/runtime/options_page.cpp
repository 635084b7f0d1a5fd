// Writes docs/options.md from the tables, so that page and program cannot disagree.
#include "runtime/option_value.h"
#include "runtime/stat_names.h"

namespace ltn::runtime {

namespace {

template <class Config>
void append_table(std::string& out, const char* title, std::span<const Option<Config>> table)
{
    out += "\n## ";
    out += title;
    out += "\n\n| option | value | default | changes | meaning |\n|---|---|---|---|---|\n";
    for (const Option<Config>& option : table) {
        out += "| `" + std::string(option.name) + "` | " +
               option_range(option.type, option.min, option.max) + " | `" + option.fallback +
               "` | " + (option.when == Settable::while_running ? "any time" : "before start") +
               " | " + option.doc + " |\n";
    }
}

void append_stats(std::string& out, const char* title, const char* function,
                  std::span<const StatName> table)
{
    out += std::string("\n## Statistics of a ") + title + "\n\nRead by name with `" + function +
           "`.\n\n| name | meaning |\n|---|---|\n";
    for (const StatName& each : table) {
        out += std::string("| `") + each.name + "` | " + each.meaning + " |\n";
    }
}

}  // namespace

std::string options_page()
{
    std::string out =
        "# Options\n\n"
        "Made from the tables in `src/runtime/options_*.cpp` by `tools/docs/options`; a test "
        "compares.\n\n"
        "Set by name and value (`ltn_client_set`, `ltn_server_set`, `ltn_runtime_set`; "
        "`--max-connections 128` on the command line) before start; those that say \"any time\" "
        "also while client or server run, for everything that begins from then on. A name ending "
        "in `_ms` is also accepted as "
        "`..._secs` (fractions allowed) and without unit (`30s`, `500ms`). The environment may say "
        "them (`LTN_CLIENT_<NAME>`, `LTN_SERVER_<NAME>`, `LTN_RUNTIME_<NAME>`), and a TOML file "
        "with the tables `[client]`, `[server]`, `[runtime]`; code wins over the environment, that "
        "over the "
        "file. \"Ours\" marks what the "
        "original does not have.\n";
    append_table(out, "client", client_options());
    append_table(out, "server", server_options());
    append_table(out, "runtime", runtime_options());
    append_stats(out, "client", "ltn_client_stat", client_stats());
    append_stats(out, "server", "ltn_server_stat", server_stats());
    return out;
}

}  // namespace ltn::runtime
