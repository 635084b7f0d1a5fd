#include "replies.h"

#include <cstdio>
#include <mutex>
#include <vector>

namespace {
std::mutex output;
std::mutex log_lock;
std::vector<std::string> log_lines;
}  // namespace

Failure failure_of(ltn_status status, const ltn_error* error)
{
    return {status, ltn_category_name(ltn_error_category(error)), ltn_error_retriable(error) != 0,
            ltn_error_text(error)};
}

void check(ltn_status status)
{
    if (status == LTN_OK) return;
    throw Failure{status, ltn_category_name(LTN_CATEGORY_LOCAL), ltn_status_retriable(status) != 0,
                  ltn_status_name(status)};
}

void check(ltn_status status, const ErrorPtr& error)
{
    if (status != LTN_OK) throw failure_of(status, error.get());
}

void fail_from_op(const ltn_op* op)
{
    const ErrorPtr error = new_error();
    (void)ltn_op_error(op, error.get());
    throw failure_of(ltn_op_status(op), error.get());
}

Json failure_json(const Failure& failure)
{
    return {{"code", ltn_status_name(failure.status)},
            {"category", failure.category},
            {"retriable", failure.retriable},
            {"text", failure.text}};
}

void say(const Json& line)
{
    const std::string text =
        line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    const std::lock_guard<std::mutex> hold(output);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void log_line(const std::string& line)
{
    const std::lock_guard<std::mutex> hold(log_lock);
    if (log_lines.size() < 10000) log_lines.push_back(line);
}

Json take_log()
{
    const std::lock_guard<std::mutex> hold(log_lock);
    Json lines = log_lines;
    log_lines.clear();
    return lines;
}
