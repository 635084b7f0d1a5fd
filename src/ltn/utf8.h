// Text from elsewhere: is it UTF-8, and what of it may reach a terminal.
#pragma once

#include <string>
#include <string_view>

namespace ltn_program {

// No overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// One line that cannot drive a terminal: control characters (also the ones above U+007F) and bytes
// that are no UTF-8 become \xNN. A peer chooses part of what the program prints.
std::string printable(std::string_view text);

}  // namespace ltn_program
