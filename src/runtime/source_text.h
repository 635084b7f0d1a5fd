// The text form of a source policy: "bypass", or addresses and prefixes between blanks or commas.
#pragma once

#include <string_view>

#include "transport/server.h"

namespace ltn::runtime {

// Errors name the item that was not understood. At most 1,000,000 items.
Result<transport::SourcePolicy> parse_sources(std::string_view text);

}  // namespace ltn::runtime
