// Hexadecimal, Base64 and UTF-8.
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

using ltn::as_bytes;
using ltn::as_text;
using ltn::Bytes;
using namespace ltn::codec;

void hex_is_written_in_lower_case(void**)
{
    assert_string_equal(hex_encode({}).c_str(), "");
    assert_string_equal(hex_encode(Bytes{0x00, 0x09, 0x0a, 0x9f, 0xf0, 0xff}).c_str(),
                        "00090a9ff0ff");
}

void hex_of_every_byte_comes_back_in_both_cases(void**)
{
    Bytes all;
    for (unsigned i = 0; i < 256; ++i) all.push_back(static_cast<uint8_t>(i));
    std::string text = hex_encode(all);
    assert_true(hex_decode(text) == all);
    for (char& c : text) c = c >= 'a' ? static_cast<char>(c - 32) : c;
    assert_true(hex_decode(text) == all);
}

void every_other_character_is_no_hex_digit(void**)
{
    const std::string digits = "0123456789abcdefABCDEF";
    for (unsigned c = 0; c < 256; ++c) {
        const char byte = static_cast<char>(c);
        const bool is_digit = digits.find(byte) != std::string::npos;
        assert_int_equal(hex_decode(std::string{byte, '0'}).has_value(), is_digit);
        assert_int_equal(hex_decode(std::string{'0', byte}).has_value(), is_digit);
    }
}

void odd_and_prefixed_hex_is_refused(void**)
{
    assert_false(hex_decode("0").has_value());
    assert_false(hex_decode("abc").has_value());
    assert_false(hex_decode("0x00").has_value());
    assert_true(hex_decode("").has_value());
    std::array<uint8_t, 2> out{};
    assert_false(hex_decode_into("001122", out));
    assert_false(hex_decode_into("00", out));
}

void base64_of_the_standard_examples(void**)
{
    const char* const pairs[][2] = {{"", ""},
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg=="},
                                    {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"}};
    for (const auto& pair : pairs) {
        assert_string_equal(base64_encode(as_bytes(pair[0])).c_str(), pair[1]);
        ltn::Result<Bytes> back = base64_decode(pair[1]);
        assert_true(back.ok());
        assert_true(as_text(*back) == pair[0]);
    }
}

void base64_of_the_published_signature_and_fingerprint(void**)
{
    const Bytes signature = ltn::test::unhex(
        "20627eff4ba1662cfae0616d9bba9d2533f85d16a2725ccadb91e38202aaf67f"
        "37f3a8af79a0d3987813f69acb6318d4a8c2b00b8c2b7aa229a33574b14cea8e");
    const char* text =
        "IGJ+/0uhZiz64GFtm7qdJTP4XRaiclzK25HjggKq9n8386iveaDTmHgT9prLYxjUqMKwC4wr"
        "eqIpozV0sUzqjg==";
    assert_string_equal(base64_encode(signature).c_str(), text);
    assert_true(*base64_decode(text) == signature);
    const Bytes print =
        ltn::test::unhex("e4d655d1aa773712e4e7e5657e85315325c831e6b431e89a77c45c706e621fb7");
    assert_string_equal(base64_encode(print).c_str(),
                        "5NZV0ap3NxLk5+VlfoUxUyXIMea0Meiad8RccG5iH7c=");
}

void every_length_of_base64_comes_back(void**)
{
    Bytes bytes;
    for (unsigned len = 0; len < 300; ++len) {
        ltn::Result<Bytes> back = base64_decode(base64_encode(bytes));
        assert_true(back.ok());
        assert_true(*back == bytes);
        bytes.push_back(static_cast<uint8_t>(len * 167 + 13));
    }
}

void malformed_base64_names_the_offset(void**)
{
    const char* const cases[][2] = {
        {"Zm9v!mFy", "byte 0x21 at offset 4 is not in the Base64 alphabet"},
        {"Zm9v\nmFy", "byte 0x0a at offset 4 is not in the Base64 alphabet"},
        {"Zm9v-_Fy", "byte 0x2d at offset 4 is not in the Base64 alphabet"},
        {" Zm9v", "byte 0x20 at offset 0 is not in the Base64 alphabet"},
        {"Zg", "expected a padded length divisible by 4, got 2"},
        {"Zg=", "expected a padded length divisible by 4, got 3"},
        {"Zm9vY", "expected a padded length divisible by 4, got 5"},
        {"Zg==Zg==", "padding at offset 2, expected only at the end"},
        {"Z===", "padding at offset 1, expected only at the end"},
        {"====", "padding at offset 0, expected only at the end"},
        {"Zm9v====", "padding at offset 4, expected only at the end"},
        {"=", "expected a padded length divisible by 4, got 1"},
        {"Zh==", "unused bits of the last symbol, at offset 1, are not zero"},
        {"Zm9vYmF=", "unused bits of the last symbol, at offset 6, are not zero"},
    };
    for (const auto& item : cases) {
        const ltn::Result<Bytes> result = base64_decode(item[0]);
        assert_string_equal(result.error().text.c_str(), item[1]);
        assert_true(result.error().code == ltn::Code::malformed);
    }
}

void well_formed_utf8_is_accepted(void**)
{
    const char* const texts[] = {"",
                                 "plain",
                                 "\xc2\x80",
                                 "\xdf\xbf",
                                 "\xe0\xa0\x80",
                                 "\xed\x9f\xbf",
                                 "\xee\x80\x80",
                                 "\xef\xbf\xbf",
                                 "\xf0\x90\x80\x80",
                                 "\xf4\x8f\xbf\xbf",
                                 "gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\xa9"};
    for (const char* text : texts) assert_true(is_valid_utf8(as_bytes(text)));
    assert_true(is_valid_utf8(Bytes{0}));
}

void overlong_surrogate_and_cut_utf8_is_refused(void**)
{
    const char* const texts[] = {"\x80",
                                 "\xbf",
                                 "\xc0\x80",
                                 "\xc1\xbf",
                                 "\xc2",
                                 "\xc2\x41",
                                 "\xe0\x9f\xbf",
                                 "\xe0\xa0",
                                 "\xed\xa0\x80",
                                 "\xed\xbf\xbf",
                                 "\xe1\x80\x41",
                                 "\xf0\x8f\xbf\xbf",
                                 "\xf0\x90\x80",
                                 "\xf4\x90\x80\x80",
                                 "\xf5\x80\x80\x80",
                                 "\xff",
                                 "ok\xc3"};
    for (const char* text : texts) assert_false(is_valid_utf8(as_bytes(text)));
}

// Every code point must pass in its one right form; the count below is how many there are.
void every_code_point_passes_exactly_once(void**)
{
    size_t passed = 0;
    for (uint32_t c = 0; c < 0x110000; ++c) {
        uint8_t raw[4];
        size_t len = 0;
        if (c < 0x80) {
            raw[len++] = static_cast<uint8_t>(c);
        } else if (c < 0x800) {
            raw[len++] = static_cast<uint8_t>(0xc0 | c >> 6);
            raw[len++] = static_cast<uint8_t>(0x80 | (c & 63));
        } else if (c < 0x10000) {
            raw[len++] = static_cast<uint8_t>(0xe0 | c >> 12);
            raw[len++] = static_cast<uint8_t>(0x80 | (c >> 6 & 63));
            raw[len++] = static_cast<uint8_t>(0x80 | (c & 63));
        } else {
            raw[len++] = static_cast<uint8_t>(0xf0 | c >> 18);
            raw[len++] = static_cast<uint8_t>(0x80 | (c >> 12 & 63));
            raw[len++] = static_cast<uint8_t>(0x80 | (c >> 6 & 63));
            raw[len++] = static_cast<uint8_t>(0x80 | (c & 63));
        }
        passed += is_valid_utf8({raw, len});
    }
    assert_int_equal(passed, 0x110000 - 0x800);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(hex_is_written_in_lower_case),
        cmocka_unit_test(hex_of_every_byte_comes_back_in_both_cases),
        cmocka_unit_test(every_other_character_is_no_hex_digit),
        cmocka_unit_test(odd_and_prefixed_hex_is_refused),
        cmocka_unit_test(base64_of_the_standard_examples),
        cmocka_unit_test(base64_of_the_published_signature_and_fingerprint),
        cmocka_unit_test(every_length_of_base64_comes_back),
        cmocka_unit_test(malformed_base64_names_the_offset),
        cmocka_unit_test(well_formed_utf8_is_accepted),
        cmocka_unit_test(overlong_surrogate_and_cut_utf8_is_refused),
        cmocka_unit_test(every_code_point_passes_exactly_once),
    };
    return cmocka_run_group_tests_name("text", tests, nullptr, nullptr);
}
