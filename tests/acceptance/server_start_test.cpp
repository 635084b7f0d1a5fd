// Starting a server through the public header (rows of 11.7 and 11.8).
#include <cstdlib>
#include <cstring>
#include <string>

#include "lightning.h"

#include "acceptance/cmocka_all.h"

namespace {

// A server of the miner's key with a thread of its own on a loopback address.
struct Served {
    ltn_signer* signer = nullptr;
    ltn_server* server = nullptr;
    ltn_error* error = ltn_error_new();

    Served()
    {
        uint8_t seed[LTN_SEED_LEN];
        std::memset(seed, 1, sizeof seed);
        assert_int_equal(ltn_signer_new_seed(&signer, seed, error), LTN_OK);
        assert_int_equal(ltn_server_new(&server, nullptr, signer, error), LTN_OK);
    }
    ~Served()
    {
        (void)ltn_server_stop(server);
        (void)ltn_server_wait(server, 10'000);
        ltn_server_free(server);
        ltn_signer_free(signer);
        ltn_error_free(error);
    }
    void set(const char* name, const char* value)
    {
        if (ltn_server_set(server, name, value, error) == LTN_OK) return;
        print_error("%s\n", ltn_error_text(error));
        fail();
    }
    ltn_status start() { return ltn_server_start(server, error); }
};

void server_starts_and_binds__port_zero_becomes_a_real_one(void**)
{
    Served served;
    served.set("listen", "127.0.0.1:0");
    char address[64] = "";
    assert_int_equal(ltn_server_address(served.server, address, sizeof address, nullptr),
                     LTN_ERR_STATE);
    assert_int_equal(served.start(), LTN_OK);
    assert_int_equal(ltn_server_address(served.server, address, sizeof address, nullptr), LTN_OK);
    assert_int_equal(std::strncmp(address, "127.0.0.1:", 10), 0);
    const long port = std::strtol(address + 10, nullptr, 10);
    assert_true(port > 0 && port < 65536);
}

void serve_forever_rejects_allowlist_without_resolver__at_start_and_by_name(void**)
{
    Served served;
    served.set("enforce_source_allowlist", "true");
    assert_int_equal(served.start(), LTN_ERR_CONFIG);
    assert_string_equal(
        ltn_error_text(served.error),
        "config error: enforce_source_allowlist is enabled but no SourceAddressResolver is "
        "configured");
    // A list, even an empty one, is a decision.
    assert_int_equal(ltn_server_set_sources(served.server, "", served.error), LTN_OK);
    assert_int_equal(served.start(), LTN_OK);
}

// Not a row: the other gate alike.
void a_gate_for_permits_without_permits_is_refused_at_start(void**)
{
    Served served;
    served.set("require_validator_permit", "true");
    assert_int_equal(served.start(), LTN_ERR_CONFIG);
    assert_string_equal(
        ltn_error_text(served.error),
        "config error: require_validator_permit is enabled but no ValidatorPermitResolver is "
        "configured");
    assert_int_equal(ltn_server_set_permits(served.server, nullptr, 0, served.error), LTN_OK);
    assert_int_equal(served.start(), LTN_OK);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(server_starts_and_binds__port_zero_becomes_a_real_one),
        cmocka_unit_test(serve_forever_rejects_allowlist_without_resolver__at_start_and_by_name),
        cmocka_unit_test(a_gate_for_permits_without_permits_is_refused_at_start),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
