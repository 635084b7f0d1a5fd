// What a client's configuration may not say (rows of 11.6).
#include "acceptance/refusals.h"

namespace {

using namespace ltn::acceptance;
using ltn::runtime::ClientOptions;

void with_config_rejects_frame_payload_below_minimum__512_bytes(void**)
{
    assert_refused<ClientOptions>({{"max_frame_payload_bytes", "512"}},
                                  "max_frame_payload_bytes (512) must be at least 1048576 (1 MB)");
}

void with_config_rejects_frame_payload_above_u32_max__one_more(void**)
{
    assert_refused<ClientOptions>(
        {{"max_frame_payload_bytes", "4294967296"}},
        "max_frame_payload_bytes (4294967296) must not exceed 4294967295 (u32::MAX)");
}

void with_config_rejects_stream_below_frame__both_are_raised_together(void**)
{
    assert_refused<ClientOptions>(
        {{"max_frame_payload_bytes", "134217728"}, {"max_stream_payload_bytes", "67108864"}},
        "max_stream_payload_bytes (67108864) must be >= max_frame_payload_bytes (134217728)");
}

void with_config_rejects_zero_stream_chunk_timeout__zero_is_no_limit(void**)
{
    assert_refused<ClientOptions>({{"stream_chunk_timeout", "0"}},
                                  "stream_chunk_timeout must be non-zero");
}

void with_config_default_succeeds__defaults_are_valid(void**)
{
    assert_accepted<ClientOptions>({});
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(with_config_rejects_frame_payload_below_minimum__512_bytes),
        cmocka_unit_test(with_config_rejects_frame_payload_above_u32_max__one_more),
        cmocka_unit_test(with_config_rejects_stream_below_frame__both_are_raised_together),
        cmocka_unit_test(with_config_rejects_zero_stream_chunk_timeout__zero_is_no_limit),
        cmocka_unit_test(with_config_default_succeeds__defaults_are_valid),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
