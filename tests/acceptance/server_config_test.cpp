// What a server's configuration may not say, and what it says by itself (rows of 11.7).
#include <string_view>

#include "acceptance/refusals.h"

namespace {

using namespace ltn::acceptance;
using ltn::runtime::ServerOptions;

void config_rejects_keepalive_ge_idle_timeout__equal_or_above(void**)
{
    assert_refused<ServerOptions>(
        {{"keep_alive_interval_secs", "150"}},
        "keep_alive_interval_secs (150) must be less than idle_timeout_secs (150)");
    assert_refused<ServerOptions>(
        {{"keep_alive_interval_secs", "200"}},
        "keep_alive_interval_secs (200) must be less than idle_timeout_secs (150)");
}

void config_accepts_keepalive_lt_idle_timeout__30_against_150(void**)
{
    assert_accepted<ServerOptions>(
        {{"keep_alive_interval_secs", "30"}, {"idle_timeout_secs", "150"}});
}

void config_rejects_zero_max_signature_age__zero(void**)
{
    assert_refused<ServerOptions>({{"max_signature_age_secs", "0"}},
                                  "max_signature_age_secs must be non-zero");
}

void config_rejects_zero_nonce_cleanup_interval__zero(void**)
{
    assert_refused<ServerOptions>({{"nonce_cleanup_interval_secs", "0"}},
                                  "nonce_cleanup_interval_secs must be non-zero");
}

void config_rejects_zero_keepalive_interval__zero(void**)
{
    assert_refused<ServerOptions>({{"keep_alive_interval_secs", "0"}},
                                  "keep_alive_interval_secs must be non-zero");
}

void config_rejects_zero_idle_timeout__zero(void**)
{
    assert_refused<ServerOptions>({{"idle_timeout_secs", "0"}},
                                  "idle_timeout_secs must be non-zero");
}

void config_rejects_zero_max_connections__zero(void**)
{
    assert_refused<ServerOptions>({{"max_connections", "0"}}, "max_connections must be non-zero");
}

void config_rejects_signature_age_exceeding_one_hour__3601(void**)
{
    assert_refused<ServerOptions>({{"max_signature_age_secs", "3601"}},
                                  "max_signature_age_secs must not exceed 3600 (1 hour)");
}

void config_accepts_signature_age_at_one_hour__3600(void**)
{
    assert_accepted<ServerOptions>({{"max_signature_age_secs", "3600"}});
}

void default_config_is_valid__nothing_set(void**)
{
    assert_accepted<ServerOptions>({});
}

void config_rejects_zero_handshake_timeout__zero(void**)
{
    assert_refused<ServerOptions>({{"handshake_timeout_secs", "0"}},
                                  "handshake_timeout_secs must be non-zero");
}

void config_rejects_handshake_timeout_ge_idle_timeout__equal_and_above(void**)
{
    assert_refused<ServerOptions>(
        {{"handshake_timeout_secs", "150"}},
        "handshake_timeout_secs (150) must be less than idle_timeout_secs (150)");
    assert_refused<ServerOptions>(
        {{"handshake_timeout_secs", "200"}},
        "handshake_timeout_secs (200) must be less than idle_timeout_secs (150)");
}

void config_rejects_zero_max_handshake_attempts__zero(void**)
{
    assert_refused<ServerOptions>({{"max_handshake_attempts_per_minute", "0"}},
                                  "max_handshake_attempts_per_minute must be non-zero");
}

void config_rejects_zero_max_concurrent_bidi_streams__zero(void**)
{
    assert_refused<ServerOptions>({{"max_concurrent_bidi_streams", "0"}},
                                  "max_concurrent_bidi_streams must be non-zero");
}

void config_rejects_zero_max_tracked_rate_ips__zero(void**)
{
    assert_refused<ServerOptions>({{"max_tracked_rate_ips", "0"}},
                                  "max_tracked_rate_ips must be non-zero");
}

void config_rejects_zero_handler_timeout__zero(void**)
{
    assert_refused<ServerOptions>({{"handler_timeout_secs", "0"}},
                                  "handler_timeout_secs must be non-zero");
}

void config_rejects_handler_timeout_exceeding_idle__equal_and_above(void**)
{
    assert_refused<ServerOptions>(
        {{"handler_timeout_secs", "200"}},
        "handler_timeout_secs (200) must be less than idle_timeout_secs (150)");
    assert_refused<ServerOptions>(
        {{"handler_timeout_secs", "150"}},
        "handler_timeout_secs (150) must be less than idle_timeout_secs (150)");
}

void config_rejects_zero_validator_permit_refresh__zero(void**)
{
    assert_refused<ServerOptions>({{"validator_permit_refresh_secs", "0"}},
                                  "validator_permit_refresh_secs must be non-zero");
}

void config_rejects_zero_source_allowlist_refresh__zero(void**)
{
    assert_refused<ServerOptions>({{"source_allowlist_refresh_secs", "0"}},
                                  "source_allowlist_refresh_secs must be non-zero");
}

// The default of an option, as the table says it and as a fresh object has it.
std::string_view fallback_of(std::string_view name)
{
    for (const auto& option : ltn::runtime::server_options()) {
        if (option.name == name) return option.fallback;
    }
    return "no such option";
}

void config_defaults_validator_permit_disabled__half_an_hour_between_refreshes(void**)
{
    const ServerOptions options;
    assert_false(options.core.require_validator_permit);
    assert_true(options.core.validator_permit_refresh_ns == 1800 * ltn::kSecond);
    assert_true(fallback_of("require_validator_permit") == "false");
    assert_true(fallback_of("validator_permit_refresh_ms") == "1800000");
}

void config_defaults_address_validation_enabled__and_no_allow_list(void**)
{
    const ServerOptions options;
    assert_true(options.core.require_address_validation);
    assert_false(options.core.enforce_source_allowlist);
    assert_true(options.core.source_allowlist_refresh_ns == 300 * ltn::kSecond);
    assert_true(fallback_of("enforce_source_allowlist") == "false");
    assert_true(fallback_of("source_allowlist_refresh_ms") == "300000");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(config_rejects_keepalive_ge_idle_timeout__equal_or_above),
        cmocka_unit_test(config_accepts_keepalive_lt_idle_timeout__30_against_150),
        cmocka_unit_test(config_rejects_zero_max_signature_age__zero),
        cmocka_unit_test(config_rejects_zero_nonce_cleanup_interval__zero),
        cmocka_unit_test(config_rejects_zero_keepalive_interval__zero),
        cmocka_unit_test(config_rejects_zero_idle_timeout__zero),
        cmocka_unit_test(config_rejects_zero_max_connections__zero),
        cmocka_unit_test(config_rejects_signature_age_exceeding_one_hour__3601),
        cmocka_unit_test(config_accepts_signature_age_at_one_hour__3600),
        cmocka_unit_test(default_config_is_valid__nothing_set),
        cmocka_unit_test(config_rejects_zero_handshake_timeout__zero),
        cmocka_unit_test(config_rejects_handshake_timeout_ge_idle_timeout__equal_and_above),
        cmocka_unit_test(config_rejects_zero_max_handshake_attempts__zero),
        cmocka_unit_test(config_rejects_zero_max_concurrent_bidi_streams__zero),
        cmocka_unit_test(config_rejects_zero_max_tracked_rate_ips__zero),
        cmocka_unit_test(config_rejects_zero_handler_timeout__zero),
        cmocka_unit_test(config_rejects_handler_timeout_exceeding_idle__equal_and_above),
        cmocka_unit_test(config_rejects_zero_validator_permit_refresh__zero),
        cmocka_unit_test(config_rejects_zero_source_allowlist_refresh__zero),
        cmocka_unit_test(config_defaults_validator_permit_disabled__half_an_hour_between_refreshes),
        cmocka_unit_test(config_defaults_address_validation_enabled__and_no_allow_list),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
