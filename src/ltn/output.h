// Everything the program prints: results on stdout, failures on stderr, for people or as one JSON
// object per line.
#pragma once

#include <string>

#include "failure.h"
#include "json_msgpack.h"

namespace ltn_program {

// One JSON object and a line end, flushed: a reader at the other end of a pipe waits for it.
void print_json(const Json& object);

// One line for a person, flushed. Nothing in it can drive a terminal.
void print_line(const std::string& text);

// A line of log, on stderr, from any thread.
void print_log(const std::string& text);

// `ltn: <what failed>: <why>`, or an object with error, code and detail, on stderr.
void print_failure(const Failure& failure, bool json);

// The text of a value for a person.
std::string json_text(const Json& value);

// Milliseconds with three digits after the point, as numbers in JSON show them.
double rounded_ms(double ms);

}  // namespace ltn_program
