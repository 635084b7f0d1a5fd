// Takes the options which the program does not know from the command line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "library.h"

namespace ltn_program {

// How many values a long option of the program takes (0 or 1); -1 when it has none of that name.
using KnownOption = std::function<int(const std::string& name)>;

// Removes from `args`, beginning at `from`, every long option that `known` does not know, together
// with its value: `--max-connections 128`, `--max-connections=128`. One without a value (another
// option or nothing follows) means "true". Stops at "--".
//
// It has to happen before the option parser runs, because that would take the values for the
// positional arguments of the command.
std::vector<Setting> take_library_options(std::vector<std::string>& args, size_t from,
                                          const KnownOption& known);

}  // namespace ltn_program
