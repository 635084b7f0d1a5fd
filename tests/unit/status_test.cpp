// The taxonomy of errors: names, categories and their prefixes (spec/transport.md 8), what may be retried.
#include "base/status.h"

#include <set>
#include <string>

#include "lightning.h"

// After the C++ headers, because it defines macros with names such as fail.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using ltn::Category;
using ltn::Code;
using ltn::Error;

void display_is_prefix_and_text_for_all_eight_categories(void**)
{
    const struct {
        Category category;
        const char* name;
        const char* display;
    } cases[] = {{Category::connection, "connection", "connection error: x"},
                 {Category::handshake, "handshake", "handshake error: x"},
                 {Category::signing, "signing", "signing error: x"},
                 {Category::serialization, "serialization", "serialization error: x"},
                 {Category::transport, "transport", "transport error: x"},
                 {Category::handler, "handler", "handler error: x"},
                 {Category::config, "config", "config error: x"},
                 {Category::stream, "stream", "stream error: x"},
                 {Category::local, "local", "x"}};
    for (const auto& item : cases) {
        assert_string_equal(Error(Code::io, item.category, "x").display().c_str(), item.display);
        assert_string_equal(std::string(ltn::category_name(item.category)).c_str(), item.name);
    }
}

void every_status_is_named_as_its_constant_and_no_name_repeats(void**)
{
    std::set<std::string> seen;
    size_t named = 0;
    for (size_t i = 0; ltn_constant_name(i) != nullptr; ++i) {
        const std::string constant = ltn_constant_name(i);
        if (!constant.starts_with("LTN_ERR_")) continue;
        int64_t value = 0;
        assert_int_equal(ltn_constant(&value, constant.c_str()), LTN_OK);
        std::string expected = constant.substr(8);
        for (char& c : expected) c = c == '_' ? c : static_cast<char>(c - 'A' + 'a');
        assert_string_equal(ltn_status_name(static_cast<ltn_status>(value)), expected.c_str());
        assert_true(seen.insert(expected).second);
        ++named;
    }
    assert_true(named >= 40);
    // No code without a constant.
    for (int32_t number = 1; number < 200; ++number) {
        const std::string name(ltn::code_name(static_cast<Code>(number)));
        if (name != "unknown") assert_true(seen.count(name) == 1);
    }
}

void only_what_time_can_mend_is_retriable(void**)
{
    const std::set<Code> retriable = {
        Code::full,           Code::io,          Code::deadline,        Code::resolve,
        Code::connect,        Code::refused,     Code::connect_timeout, Code::connection_lost,
        Code::signer_timeout, Code::stream_reset};
    for (int32_t number = 0; number < 200; ++number) {
        const Code code = static_cast<Code>(number);
        assert_int_equal(Error(code, Category::local, "").retriable(), retriable.count(code) == 1);
        assert_int_equal(ltn_status_retriable(number), retriable.count(code));
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(display_is_prefix_and_text_for_all_eight_categories),
        cmocka_unit_test(every_status_is_named_as_its_constant_and_no_name_repeats),
        cmocka_unit_test(only_what_time_can_mend_is_retriable),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
