// Settings from a file and the environment: which wins, and what is said of those that are refused.
#include "runtime/config.h"

#include <cstring>

// After the C++ headers, because it defines macros with names such as fail.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::runtime;

Result<Config> config_of(std::string_view toml, std::vector<const char*> environment = {})
{
    Result<SectionEntries> file = parse_config(toml, "ltn.toml");
    if (!file) return file.error();
    environment.push_back(nullptr);
    return Config::make(std::move(file.value()), environment.data());
}

void expect_refused(std::string_view toml, const char* text,
                    std::vector<const char*> environment = {})
{
    const Result<Config> config = config_of(toml, std::move(environment));
    const std::string said = config.ok() ? config->check().display() : config.error().display();
    assert_string_equal(said.c_str(), text);
}

Error apply(const Result<Config>& config, ServerOptions& options, OptionOrigins& origins)
{
    assert_string_equal(config.error().text.c_str(), "");
    return config->apply(Section::server, origins,
                         [&](const std::string& name, const std::string& value) {
                             return set_option(options, name, value);
                         });
}

void every_kind_of_value_is_taken(void**)
{
    const Result<Config> config = config_of(
        "[server]\n"
        "listen = \"0.0.0.0:9000\"\n"
        "max_connections = 256\n"
        "handler_timeout_secs = 2.5\n"
        "idle_timeout = \"90s\"\n"
        "require_validator_permit = true\n"
        "idle_sweep_ms = \"none\"\n"
        "[client]\nmax_connections = 7\n[runtime]\nspin_us = 0\n");
    ServerOptions options;
    OptionOrigins origins;
    assert_true(apply(config, options, origins).ok());
    assert_string_equal(options.listen.text().c_str(), "0.0.0.0:9000");
    assert_int_equal(options.core.connections_max, 256);
    assert_true(options.core.handler_timeout_ns == 2500 * kMillisecond);
    assert_true(options.core.idle_timeout_ns == 90 * kSecond);
    assert_true(options.core.require_validator_permit);
    assert_string_equal(origins["handler_timeout_ms"].c_str(), "ltn.toml:4");
    assert_string_equal(config->find(Section::client, "max_connections")->value.c_str(), "7");
    assert_null(config->find(Section::client, "idle_timeout"));
    assert_true(config->check().ok());
}

void code_wins_over_environment_over_file_over_default(void**)
{
    const char* const toml =
        "[server]\nmax_connections = 1\nmax_nonce_entries = 1\nmax_tracked_rate_ips = 1\n";
    const Result<Config> config =
        config_of(toml, {"HOME=/", "LTN_SERVER_MAX_CONNECTIONS=2", "LTN_SERVER_MAX_NONCE_ENTRIES=2",
                         "LTN_SERVERX=9"});
    ServerOptions options;
    OptionOrigins origins;
    assert_true(set_option(options, "max_connections", "3").ok());
    origins["max_connections"] = "";
    assert_true(apply(config, options, origins).ok());
    assert_int_equal(options.core.connections_max, 3);
    assert_int_equal(options.core.nonce_entries_max, 2);
    assert_int_equal(options.core.tracked_rate_sources_max, 1);
    assert_int_equal(options.core.concurrent_streams_max, 128);
    assert_string_equal(origins["max_nonce_entries"].c_str(),
                        "environment variable LTN_SERVER_MAX_NONCE_ENTRIES");
}

void refusals_name_the_setting_and_where_it_came_from(void**)
{
    expect_refused("[client]\n\nidle_timeout = 0\n",
                   "config error: idle_timeout must be non-zero (ltn.toml:3)");
    expect_refused("[server]\nmax_conections = 1\n",
                   "config error: unknown server option \"max_conections\" (ltn.toml:2)");
    expect_refused("",
                   "config error: max_connections must be non-zero (environment variable "
                   "LTN_SERVER_MAX_CONNECTIONS)",
                   {"LTN_SERVER_MAX_CONNECTIONS=0"});
    expect_refused("",
                   "config error: unknown runtime option \"spin\" (environment variable "
                   "LTN_RUNTIME_SPIN)",
                   {"LTN_RUNTIME_SPIN=0"});
    expect_refused("[server]\nidle_timeout_secs = 5\nidle_timeout_ms = 5000\n",
                   "config error: option idle_timeout_ms: set twice (ltn.toml:2 and ltn.toml:3)");
    expect_refused("[server]\nlisten = [1]\n",
                   "config error: option listen: expected a text, a number, true or false, got "
                   "something else (ltn.toml:2)");
    expect_refused("listen = \"x\"\n",
                   "config error: expected the tables [client], [server] and [runtime], got "
                   "\"listen\" (ltn.toml:1)");
    const Result<Config> broken = config_of("[server]\nlisten = \n");
    assert_true(broken.error().code == Code::config);
    assert_non_null(std::strstr(broken.error().text.c_str(), "expected TOML: "));
    assert_non_null(std::strstr(broken.error().text.c_str(), "(ltn.toml:2)"));
}

void rules_between_settings_name_both_places(void**)
{
    expect_refused("[server]\nidle_timeout_secs = 20\n",
                   "config error: keep_alive_interval_secs (30) must be less than "
                   "idle_timeout_secs (20) (idle_timeout_ms: ltn.toml:2)");
    expect_refused("[client]\nidle_timeout = \"20s\"\n",
                   "config error: keep_alive_interval (40s) must be less than idle_timeout (20s) "
                   "(idle_timeout_ms: ltn.toml:2, keep_alive_interval_ms: environment variable "
                   "LTN_CLIENT_KEEP_ALIVE_INTERVAL)",
                   {"LTN_CLIENT_KEEP_ALIVE_INTERVAL=40s"});
    // What code says needs no place: its own call was refused.
    OptionOrigins origins;
    origins["idle_timeout_ms"] = "";
    ServerOptions options;
    options.core.idle_timeout_ns = kSecond;
    assert_string_equal(explain(check_options(options), origins).text.c_str(),
                        "keep_alive_interval_secs (30) must be less than idle_timeout_secs (1)");
}

void secrets_are_not_repeated(void**)
{
    const Result<Config> config = config_of("[server]\nserver_secret = \"abc123\"\n");
    assert_string_equal(config.error().text.c_str(),
                        "option server_secret: expected 64 to 128 hexadecimal digits, got 6 "
                        "characters (ltn.toml:2)");
}

void file_that_cannot_be_read_is_named(void**)
{
    assert_string_equal(read_config_file("/nonexistent/ltn.toml").error().display().c_str(),
                        "config error: configuration file /nonexistent/ltn.toml: cannot open");
    assert_false(read_config_file("/").ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_is_taken),
        cmocka_unit_test(code_wins_over_environment_over_file_over_default),
        cmocka_unit_test(refusals_name_the_setting_and_where_it_came_from),
        cmocka_unit_test(rules_between_settings_name_both_places),
        cmocka_unit_test(secrets_are_not_repeated),
        cmocka_unit_test(file_that_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
