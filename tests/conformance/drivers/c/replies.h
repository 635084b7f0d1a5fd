// What the driver answers: an outcome, an error of the library, or that it does not know the command.
#pragma once

#include <ltn/lightning.h>

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <utility>

using Json = nlohmann::json;

struct ErrorFree {
    void operator()(ltn_error* error) const { ltn_error_free(error); }
};
using ErrorPtr = std::unique_ptr<ltn_error, ErrorFree>;
inline ErrorPtr new_error() { return ErrorPtr(ltn_error_new()); }

// Thrown inside a command; becomes its answer.
struct Failure {
    ltn_status status;
    std::string category;
    bool retriable;
    std::string text;
};
struct Unknown {};

// For functions that answer a status alone.
void check(ltn_status status);
// For those that leave the detail in `error`.
void check(ltn_status status, const ErrorPtr& error);
[[noreturn]] void fail_from_op(const ltn_op* op);
Failure failure_of(ltn_status status, const ltn_error* error);
Json failure_json(const Failure& failure);

// One line on standard output, whole.
void say(const Json& line);

// One line of the host's log, for `logged`.
void log_line(const std::string& line);
Json take_log();
