#include "output.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "utf8.h"

namespace ltn_program {

namespace {

void write_line(std::FILE* file, std::string line)
{
    line += '\n';
    const bool written = std::fwrite(line.data(), 1, line.size(), file) == line.size();
    // A result that nobody gets is a failure; a message that nobody gets is not worth another one.
    if ((!written || std::fflush(file) != 0) && file == stdout) {
        throw Failure(kExitLocal, "output", "io", "cannot write to standard output");
    }
}

}  // namespace

std::string json_text(const Json& value)
{
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void print_json(const Json& object)
{
    write_line(stdout, json_text(object));
}

void print_line(const std::string& text)
{
    write_line(stdout, printable(text));
}

void print_log(const std::string& text)
{
    write_line(stderr, printable(text));
}

void print_failure(const Failure& failure, bool json)
{
    if (json) {
        Json object = Json::object();
        object["error"] = failure.what;
        object["code"] = failure.code;
        object["detail"] = failure.why();
        write_line(stderr, json_text(object));
    } else {
        write_line(stderr, printable(fmt::format("ltn: {}: {}", failure.what, failure.why())));
    }
}

double rounded_ms(double ms)
{
    return std::round(ms * 1000.0) / 1000.0;
}

}  // namespace ltn_program
