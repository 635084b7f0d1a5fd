// What a client demands of a miner's answer (rows of 11.6).
#include "support/transport_recorders.h"
#include "transport/client_handshake.h"
#include "transport/write_budget.h"

#include "acceptance/cmocka_all.h"

namespace {

using namespace ltn;
using namespace ltn::test;

// A correctly signed answer of the miner's, and what the client measures it against.
struct Answer {
    transport::Hotkey own = hotkey_of(key_of(2));
    crypto::KeyPair miner = key_of(1);
    transport::HandshakeAttempt attempt{"000102030405060708090a0b0c0d0e0f",
                                        1'700'000'000,
                                        codec::base64_encode(vector_fingerprint()),
                                        {},
                                        {},
                                        {}};
    codec::HandshakeResponse response;

    Answer()
    {
        response.miner_hotkey = hotkey_of(miner).text;
        response.timestamp_s = 1'700'000'001;
        response.accepted = true;
        response.connection_id = "conn_x";
        response.cert_fingerprint = attempt.fingerprint;
        sign(miner);
    }
    void sign(const crypto::KeyPair& by)
    {
        response.signature = codec::base64_encode(
            sign_with(by, as_bytes(transport::response_string(own.text, response.miner_hotkey,
                                                              response.timestamp_s, attempt.nonce,
                                                              attempt.fingerprint))));
    }
    std::string verdict() const
    {
        auto verified =
            transport::verify_response(response, own, attempt, codec::Ss58Policy::only_42);
        if (!verified.ok()) return verified.error().display();
        return verified.value() == miner.public_key() ? "" : "another key";
    }
};

void verify_valid_miner_signature__passes_and_names_the_key(void**)
{
    assert_string_equal(Answer().verdict().c_str(), "");
}

void verify_rejects_empty_signature__with_an_error_of_its_own(void**)
{
    Answer answer;
    answer.response.signature.clear();
    assert_string_equal(answer.verdict().c_str(),
                        "handshake error: Miner returned empty signature");
}

void verify_rejects_invalid_base64__with_an_error_of_its_own(void**)
{
    Answer answer;
    answer.response.signature = "not base64!!";
    assert_int_equal(answer.verdict().rfind("handshake error: Failed to decode signature: ", 0), 0);
}

void verify_rejects_wrong_signature_length__32_bytes(void**)
{
    Answer answer;
    answer.response.signature = codec::base64_encode(Bytes(32, 1));
    assert_string_equal(answer.verdict().c_str(), "handshake error: Invalid signature length: 32");
}

void verify_rejects_bad_ss58_address__a_malformed_miner_hotkey(void**)
{
    Answer answer;
    answer.response.miner_hotkey = "not a hotkey";
    answer.sign(answer.miner);
    assert_int_equal(answer.verdict().rfind("handshake error: Invalid SS58 address: ", 0), 0);
}

void verify_rejects_wrong_signer__another_keys_signature(void**)
{
    Answer answer;
    answer.sign(key_of(3));
    assert_string_equal(answer.verdict().c_str(),
                        "handshake error: Miner response signature verification failed");
}

void verify_rejects_tampered_nonce__the_signature_is_good_for_one_nonce(void**)
{
    Answer answer;
    answer.attempt.nonce.back() = '0';
    assert_string_equal(answer.verdict().c_str(),
                        "handshake error: Miner response signature verification failed");
}

void write_budget_scales_with_payload_size__five_seconds_and_one_per_mebibyte(void**)
{
    assert_int_equal(transport::write_budget(0), 5 * kSecond);
    assert_int_equal(transport::write_budget(1 << 20), 6 * kSecond);
    assert_int_equal(transport::write_budget(10 << 20), 15 * kSecond);
}

void write_budget_is_capped__at_a_minute(void**)
{
    assert_int_equal(transport::write_budget(1ULL << 32), 60 * kSecond);
    assert_int_equal(transport::write_budget(UINT64_MAX), 60 * kSecond);
}

void write_budget_exceeds_typical_response_timeouts_for_large_payloads__ten_for_five(void**)
{
    assert_true(transport::write_budget(5 << 20) >= 10 * kSecond);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(verify_valid_miner_signature__passes_and_names_the_key),
        cmocka_unit_test(verify_rejects_empty_signature__with_an_error_of_its_own),
        cmocka_unit_test(verify_rejects_invalid_base64__with_an_error_of_its_own),
        cmocka_unit_test(verify_rejects_wrong_signature_length__32_bytes),
        cmocka_unit_test(verify_rejects_bad_ss58_address__a_malformed_miner_hotkey),
        cmocka_unit_test(verify_rejects_wrong_signer__another_keys_signature),
        cmocka_unit_test(verify_rejects_tampered_nonce__the_signature_is_good_for_one_nonce),
        cmocka_unit_test(write_budget_scales_with_payload_size__five_seconds_and_one_per_mebibyte),
        cmocka_unit_test(write_budget_is_capped__at_a_minute),
        cmocka_unit_test(
            write_budget_exceeds_typical_response_timeouts_for_large_payloads__ten_for_five),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
