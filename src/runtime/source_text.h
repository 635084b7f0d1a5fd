// The text form of a source policy: "bypass", or addresses and prefixes between blanks or commas; with !
// before them they are blocked, beside a bypass too.
#pragma once

#include <string>
#include <string_view>

#include "transport/server.h"

namespace ltn::runtime {

// Errors name the item that was not understood. At most 1,000,000 items.
Result<transport::SourcePolicy> parse_sources(std::string_view text);

// One address or prefix.
Result<transport::SourcePolicy::Prefix> parse_prefix(std::string_view item);
// Always with its length: 192.0.2.7/32.
std::string prefix_text(const transport::SourcePolicy::Prefix& prefix);

}  // namespace ltn::runtime
