// A picture of metrics in Prometheus' text form, and back for `ltn top`.
#pragma once

#include <map>
#include <string>

#include "library.h"

namespace ltn_program {

// Every line of text form 0.0.4; names begin with "ltn_", times are in seconds.
std::string metrics_text(const ltn_metrics* metrics);

// "name" and "name{label="value"}" to their numbers. Lines that are none are passed over.
std::map<std::string, double> parse_metrics(const std::string& text);

}  // namespace ltn_program
