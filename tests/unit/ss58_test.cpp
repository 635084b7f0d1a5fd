// SS58 against addresses made with independent Base58 and BLAKE2b implementations.
#include "crypto/sr25519.h"
#include "vector_lines.h"

// After the C++ headers, because it defines macros with names such as fail.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn::codec;
using namespace ltn::test;

constexpr const char* kAddress02 = "5CfCr47V5Dte6bwxNBE8K9oNnQd9fiay6aDEEkgYtFv7w4Fq";

const char* reason(std::string_view text, Ss58Policy policy = Ss58Policy::only_42)
{
    static std::string kept;
    const ltn::Result<Ss58> result = ss58_decode(text, policy);
    kept = result.ok() ? "accepted" : result.error().text;
    return kept.c_str();
}

void published_keys_have_their_published_addresses(void**)
{
    const std::pair<uint8_t, const char*> pairs[] = {
        {1, "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH"},
        {2, kAddress02},
        {10, "5FNBFaSJG2Fw641xDdK2YTKHp12jGrenjS4raLPn1aoWGyMg"},
        {20, "5HSnURJiJayiCBv86rHBYC87XrZJRrSFDY8HTXfhTd1NfV9E"},
    };
    for (const auto& [byte, address] : pairs) {
        ltn::crypto::Seed seed{};
        seed.fill(byte);
        const auto key = ltn::crypto::KeyPair::from_seed(seed).public_key();
        assert_string_equal(ss58_encode(key).c_str(), address);
        assert_true(ss58_decode(address)->key == key);
    }
}

void good_addresses_give_key_and_prefix(void**)
{
    size_t checked = 0;
    for (const Fields& line : read_vector_lines("ss58.txt")) {
        if (line[0] != "good") continue;
        const auto key = unhex_array<32>(line[1]);
        const auto prefix = static_cast<uint16_t>(std::stoul(line[2]));
        const bool minimal = line[3] == "minimal";
        ltn::Result<Ss58> liberal = ss58_decode(line[4], Ss58Policy::any_prefix);
        assert_true(liberal.ok());
        assert_true(liberal->key == key);
        assert_int_equal(liberal->prefix, prefix);
        if (minimal) assert_string_equal(ss58_encode(key, prefix).c_str(), line[4].c_str());
        assert_int_equal(ss58_decode(line[4]).ok(), prefix == 42 && minimal);
        ++checked;
    }
    assert_true(checked >= 45);
}

void bad_addresses_give_the_specified_reason(void**)
{
    size_t checked = 0;
    for (const Fields& line : read_vector_lines("ss58.txt")) {
        if (line[0] != "bad") continue;
        const std::string expected = join_fields(line, 2);
        assert_string_equal(reason(line[1], Ss58Policy::any_prefix), expected.c_str());
        assert_string_equal(reason(line[1], Ss58Policy::only_42), expected.c_str());
        assert_true(ss58_decode(line[1]).error().code == ltn::Code::bad_key);
        ++checked;
    }
    assert_true(checked >= 45);
}

void other_networks_are_named_in_the_refusal(void**)
{
    assert_string_equal(reason("1bVzPNYw1A7Y8xUKpH8TJdXe2coN297B4wiQ3fuSLwe7Qqd"),
                        "SS58 prefix 0 is not accepted here, expected 42");
    assert_string_equal(reason("DApWNTMhauZrFmQ8t3BD7ANvzuPUPQ9Yx3ydQxWN48cgA8W"),
                        "SS58 prefix 2 is not accepted here, expected 42");
    assert_string_equal(reason("Zp1jwobbxoqYEHeXpRvJ89nmupDvv7M5xjvbp7oJE8RRMbUX9"),
                        "SS58 prefix 42 is spelt with two bytes, expected one");
}

void all_spellings_of_one_key_decode_to_the_same_bytes(void**)
{
    const auto key = ss58_decode(kAddress02)->key;
    for (const char* text : {"1bVzPNYw1A7Y8xUKpH8TJdXe2coN297B4wiQ3fuSLwe7Qqd",
                             "DApWNTMhauZrFmQ8t3BD7ANvzuPUPQ9Yx3ydQxWN48cgA8W",
                             "Zp1jwobbxoqYEHeXpRvJ89nmupDvv7M5xjvbp7oJE8RRMbUX9"}) {
        assert_true(ss58_decode(text, Ss58Policy::any_prefix)->key == key);
    }
}

void nul_blank_and_huge_texts_are_refused(void**)
{
    using namespace std::string_literals;
    assert_string_equal(reason(kAddress02 + "\0"s), "Base 58 requirement is violated");
    assert_string_equal(reason(kAddress02 + " "s), "Base 58 requirement is violated");
    assert_string_equal(reason(std::string(50'000'000, '5')), "Length is bad");
}

void every_prefix_comes_back(void**)
{
    const auto key = ss58_decode(kAddress02)->key;
    for (unsigned prefix = 0; prefix <= 16383; ++prefix) {
        const auto narrow = static_cast<uint16_t>(prefix);
        ltn::Result<Ss58> back = ss58_decode(ss58_encode(key, narrow), Ss58Policy::any_prefix);
        assert_int_equal(back.ok(), prefix != 46 && prefix != 47);
        if (back.ok()) assert_int_equal(back->prefix, prefix);
    }
}

void single_typing_error_is_noticed(void**)
{
    const std::string right = kAddress02;
    size_t accepted = 0;
    for (size_t i = 0; i < right.size(); ++i) {
        for (char c : std::string("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")) {
            std::string text = right;
            text[i] = c;
            accepted += text != right && ss58_decode(text).ok();
        }
    }
    // Two bytes of checksum leave one chance in 65536 each; this address has no such neighbour.
    assert_int_equal(accepted, 0);
}

}  // namespace

int main()
{
    if (!ltn::crypto::init()) return 1;
    const CMUnitTest tests[] = {
        cmocka_unit_test(published_keys_have_their_published_addresses),
        cmocka_unit_test(good_addresses_give_key_and_prefix),
        cmocka_unit_test(bad_addresses_give_the_specified_reason),
        cmocka_unit_test(other_networks_are_named_in_the_refusal),
        cmocka_unit_test(all_spellings_of_one_key_decode_to_the_same_bytes),
        cmocka_unit_test(nul_blank_and_huge_texts_are_refused),
        cmocka_unit_test(every_prefix_comes_back),
        cmocka_unit_test(single_typing_error_is_noticed),
    };
    return cmocka_run_group_tests_name("ss58", tests, nullptr, nullptr);
}
