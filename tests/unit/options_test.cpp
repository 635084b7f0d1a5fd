// Settings by name: what is taken, what is refused and in which words (spec/transport.md 7.1, 7.2).
#include <cstring>
#include <string>

#include "runtime/option_value.h"
#include "runtime/options.h"

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

template <class Options>
std::string setting(const char* name, const char* value)
{
    Options options;
    return set_option(options, name, value).display();
}

template <class Options>
void expect_texts(std::initializer_list<std::array<const char*, 3>> cases)
{
    for (const auto& [name, value, text] : cases) {
        assert_string_equal(setting<Options>(name, value).c_str(), text);
    }
}

void client_refuses_in_the_words_of_the_specification(void**)
{
    expect_texts<ClientOptions>({
        {"connect_timeout", "0", "config error: connect_timeout must be non-zero"},
        {"idle_timeout", "0s", "config error: idle_timeout must be non-zero"},
        {"keep_alive_interval", "0ms", "config error: keep_alive_interval must be non-zero"},
        {"reconnect_initial_backoff", "0",
         "config error: reconnect_initial_backoff must be non-zero"},
        {"reconnect_max_backoff", "0", "config error: reconnect_max_backoff must be non-zero"},
        {"reconnect_max_retries", "0", "config error: reconnect_max_retries must be at least 1"},
        {"reconnect_slow_probe_interval", "0",
         "config error: reconnect_slow_probe_interval must be non-zero when set"},
        {"reconnect_slow_probe_interval", "none", ""},
        {"max_connections", "0", "config error: max_connections must be at least 1"},
        {"max_frame_payload_bytes", "512",
         "config error: max_frame_payload_bytes (512) must be at least 1048576 (1 MB)"},
        {"max_frame_payload_bytes", "4294967296",
         "config error: max_frame_payload_bytes (4294967296) must not exceed 4294967295 "
         "(u32::MAX)"},
        {"stream_chunk_timeout", "0", "config error: stream_chunk_timeout must be non-zero"},
    });
}

void server_refuses_in_the_words_of_the_specification(void**)
{
    for (const char* name :
         {"max_signature_age_secs", "nonce_cleanup_interval_secs", "idle_timeout_secs",
          "keep_alive_interval_secs", "max_connections", "max_nonce_entries",
          "handshake_timeout_secs", "max_handshake_attempts_per_minute",
          "max_concurrent_bidi_streams", "validator_permit_refresh_secs", "max_tracked_rate_ips",
          "handler_timeout_secs", "streaming_channel_buffer", "source_allowlist_refresh_secs"}) {
        assert_string_equal(setting<ServerOptions>(name, "0").c_str(),
                            ("config error: " + std::string(name) + " must be non-zero").c_str());
    }
    expect_texts<ServerOptions>({
        {"max_signature_age_secs", "3601",
         "config error: max_signature_age_secs must not exceed 3600 (1 hour)"},
        {"max_signature_age_secs", "3600", ""},
        {"max_frame_payload_bytes", "1048575",
         "config error: max_frame_payload_bytes (1048575) must be at least 1048576 (1 MB)"},
        {"max_frame_payload_bytes", "1048576", ""},
        {"require_validator_permit", "true", ""},
        {"enforce_source_allowlist", "yes",
         "config error: option enforce_source_allowlist: expected true or false, got \"yes\""},
        {"retry_policy", "sometimes",
         "config error: option retry_policy: expected always, adaptive or never, got "
         "\"sometimes\""},
    });
}

template <class Options>
std::string broken_rule(std::initializer_list<std::pair<const char*, const char*>> settings)
{
    Options options;
    for (const auto& [name, value] : settings) {
        const Error error = set_option(options, name, value);
        assert_string_equal(error.text.c_str(), "");
    }
    return check_options(options).text;
}

void rules_between_settings_are_strict(void**)
{
    const auto client = broken_rule<ClientOptions>;
    const auto server = broken_rule<ServerOptions>;
    assert_string_equal(client({}).c_str(), "");
    assert_string_equal(
        client({{"keep_alive_interval", "2.5s"}, {"idle_timeout", "500ms"}}).c_str(),
        "keep_alive_interval (2.5s) must be less than idle_timeout (500ms)");
    assert_string_equal(client({{"reconnect_initial_backoff", "61"}}).c_str(),
                        "reconnect_initial_backoff (61s) must be <= reconnect_max_backoff (60s)");
    assert_string_equal(client({{"reconnect_initial_backoff", "60"}}).c_str(), "");
    assert_string_equal(client({{"max_frame_payload_bytes", "67108865"}}).c_str(),
                        "max_stream_payload_bytes (67108864) must be >= max_frame_payload_bytes "
                        "(67108865)");
    assert_string_equal(server({}).c_str(), "");
    assert_string_equal(server({{"keep_alive_interval_secs", "150"}}).c_str(),
                        "keep_alive_interval_secs (150) must be less than idle_timeout_secs (150)");
    assert_string_equal(server({{"keep_alive_interval_secs", "149.5"}}).c_str(), "");
    assert_string_equal(
        server({{"keep_alive_interval_ms", "1"}, {"idle_timeout_ms", "500"}}).c_str(),
        "handshake_timeout_secs (10) must be less than idle_timeout_secs (0.5)");
    assert_string_equal(server({{"handler_timeout_secs", "151"}}).c_str(),
                        "handler_timeout_secs (151) must be less than idle_timeout_secs (150)");
}

// A configuration made without set_option meets the same rules, in the order of the specification.
void first_broken_rule_in_the_order_of_the_specification_is_told(void**)
{
    ServerOptions server;
    server.core.max_signature_age_s = 0;
    server.core.handshake_timeout_ns = 200 * kSecond;
    server.core.validator_permit_refresh_ns = 0;
    server.core.tracked_rate_sources_max = 0;
    server.core.frame_payload_max = 1;
    assert_string_equal(check_options(server).text.c_str(),
                        "max_signature_age_secs must be non-zero");
    server.core.max_signature_age_s = 4000;
    assert_string_equal(check_options(server).text.c_str(),
                        "max_signature_age_secs must not exceed 3600 (1 hour)");
    server.core.max_signature_age_s = 300;
    assert_string_equal(check_options(server).text.c_str(),
                        "handshake_timeout_secs (200) must be less than idle_timeout_secs (150)");
    server.core.handshake_timeout_ns = kSecond;
    assert_string_equal(check_options(server).text.c_str(),
                        "validator_permit_refresh_secs must be non-zero");
    server.core.validator_permit_refresh_ns = kSecond;
    assert_string_equal(check_options(server).text.c_str(),
                        "max_tracked_rate_ips must be non-zero");
    server.core.tracked_rate_sources_max = 1;
    assert_string_equal(check_options(server).text.c_str(),
                        "max_frame_payload_bytes (1) must be at least 1048576 (1 MB)");

    ClientOptions client;
    client.core.reconnect_max_backoff_ns = 0;
    client.core.reconnect_retries_max = 0;
    client.core.connections_max = 0;
    client.stream_chunk_timeout_ns = 0;
    assert_string_equal(check_options(client).text.c_str(),
                        "reconnect_max_backoff must be non-zero");
    client.core.reconnect_max_backoff_ns = 60 * kSecond;
    assert_string_equal(check_options(client).text.c_str(),
                        "reconnect_max_retries must be at least 1");
    client.core.reconnect_retries_max = 1;
    assert_string_equal(check_options(client).text.c_str(), "max_connections must be at least 1");
    client.core.connections_max = 1;
    assert_string_equal(check_options(client).text.c_str(),
                        "stream_chunk_timeout must be non-zero");
}

// The table's column of defaults, set one by one, changes nothing; and each range holds its ends.
template <class Options>
void check_table(std::span<const Option<Options>> table)
{
    for (const auto& option : table) {
        Options options;
        if (std::strcmp(option.fallback, "random") != 0) {
            const Error error = set_option(options, option.name, option.fallback);
            assert_string_equal(error.text.c_str(), "");
        }
        if (option.type == OptionType::text || option.type == OptionType::flag) continue;
        for (const uint64_t value : {option.min, option.max}) {
            assert_string_equal(
                set_option(options, option.name, std::to_string(value)).text.c_str(), "");
        }
        const Error above = set_option(options, option.name, std::to_string(option.max + 1));
        assert_true(above.code == Code::out_of_range);
        assert_true(above.text.find(option.name) != std::string::npos);
        if (option.min == 0) continue;
        const Error below = set_option(options, option.name, std::to_string(option.min - 1));
        assert_true(below.code == Code::out_of_range);
        assert_true(below.text.find(option.name) != std::string::npos);
    }
}

void every_setting_takes_its_default_and_its_whole_range(void**)
{
    check_table(client_options());
    check_table(server_options());
    check_table(runtime_options());
}

void defaults_are_those_of_the_specification(void**)
{
    const ClientOptions client;
    assert_true(client.core.reconnect_initial_backoff_ns == kSecond);
    assert_true(client.core.reconnect_slow_probe_ns == 60 * kSecond);
    assert_true(client.stream_chunk_timeout_ns == kNever);
    assert_int_equal(client.stream_payload_max, 67108864);
    assert_true(check_options(client).ok());
    const ServerOptions server;
    assert_true(server.core.validator_permit_refresh_ns == 1800 * kSecond);
    assert_false(server.core.require_validator_permit);
    assert_true(server.core.require_address_validation);
    assert_int_equal(server.core.streaming_channel_buffer, 32);
    assert_true(check_options(server).ok());
}

void durations_are_told_as_the_specification_prints_them(void**)
{
    assert_string_equal(duration_text(30 * kSecond).c_str(), "30s");
    assert_string_equal(duration_text(1500 * kMillisecond).c_str(), "1.5s");
    assert_string_equal(duration_text(500 * kMillisecond).c_str(), "500ms");
    assert_string_equal(duration_text(1050 * kMillisecond).c_str(), "1.05s");
    assert_string_equal(decimal_text(250 * kMillisecond, kSecond).c_str(), "0.25");
}

void policy_of_address_validation_has_two_spellings(void**)
{
    ServerOptions options;
    assert_true(set_option(options, "retry_policy", "adaptive").ok());
    assert_true(options.core.require_address_validation && options.core.retry_adaptive);
    assert_true(set_option(options, "require_address_validation", "false").ok());
    assert_false(options.core.require_address_validation || options.core.retry_adaptive);
    assert_true(set_option(options, "retry_policy", "always").ok());
    assert_true(options.core.require_address_validation && !options.core.retry_adaptive);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(client_refuses_in_the_words_of_the_specification),
        cmocka_unit_test(server_refuses_in_the_words_of_the_specification),
        cmocka_unit_test(rules_between_settings_are_strict),
        cmocka_unit_test(first_broken_rule_in_the_order_of_the_specification_is_told),
        cmocka_unit_test(every_setting_takes_its_default_and_its_whole_range),
        cmocka_unit_test(defaults_are_those_of_the_specification),
        cmocka_unit_test(durations_are_told_as_the_specification_prints_them),
        cmocka_unit_test(policy_of_address_validation_has_two_spellings),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
