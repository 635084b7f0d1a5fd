// Configurations that are refused, with the original's words, and such that are not. Include last:
// it brings cmocka.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "runtime/options.h"

#include "acceptance/cmocka_all.h"

namespace ltn::acceptance {

using Settings = std::initializer_list<std::pair<const char*, const char*>>;

// What setting one after the other and starting says; "" for success.
template <class Options>
std::string outcome_of(Settings settings, Options& options)
{
    for (const auto& [name, value] : settings) {
        if (Error error = runtime::set_option(options, name, value); !error.ok()) {
            return error.display();
        }
    }
    return runtime::check_options(options).display();
}

// The text is what 7.1 and 7.2 of the wire specification say; ours may say more around it, such as
// where the setting came from.
template <class Options>
void assert_refused(Settings settings, const char* text)
{
    Options options;
    const std::string said = outcome_of(settings, options);
    if (said.rfind("config error: ", 0) != 0 || said.find(text) == std::string::npos) {
        print_error("expected a config error with \"%s\", got \"%s\"\n", text, said.c_str());
    }
    assert_int_equal(said.rfind("config error: ", 0), 0);
    assert_true(said.find(text) != std::string::npos);
}

template <class Options>
void assert_accepted(Settings settings)
{
    Options options;
    assert_string_equal(outcome_of(settings, options).c_str(), "");
}

}  // namespace ltn::acceptance
