// What a call or a stream sends: --data, --data-file, --payload.
#pragma once

#include <string>

#include "options.h"

namespace ltn_program {

// One MessagePack map, or nothing when none of the options was given. Throws a Failure.
std::string request_data(const Options& options);

}  // namespace ltn_program
