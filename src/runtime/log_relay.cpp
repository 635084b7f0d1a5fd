#include "runtime/log_relay.h"

namespace ltn::runtime {

namespace {

// Quotes what could be taken for a second field or a second line.
void append_value(std::string& out, std::string_view value)
{
    const bool plain =
        value.find_first_of(" \"=\n\r\t") == std::string_view::npos && !value.empty();
    if (plain) {
        out += value;
        return;
    }
    out += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
    }
    out += '"';
}

}  // namespace

void LogRelay::configure(int32_t level, ltn_log_fn sink, HostDataPtr data)
{
    const std::lock_guard lock(mutex_);
    level_ = sink == nullptr ? LTN_LOG_ERROR + 1 : level;
    sink_ = sink;
    data_ = std::move(data);
}

LogRelay::Budget& LogRelay::budget_of(std::string_view event)
{
    for (Budget& budget : budgets_) {
        if (budget.event == event) return budget;
    }
    budgets_.push_back({std::string(event)});  // event names are ours: a few dozen
    return budgets_.back();
}

void LogRelay::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields)
{
    const std::lock_guard lock(mutex_);
    if (static_cast<int32_t>(level) < level_) return;
    Budget& budget = budget_of(event);
    const Nanos second = now_ns_ / kSecond;
    if (budget.second != second) {
        budget.second = second;
        budget.written = 0;
    }
    if (budget.written >= kPerSecond || lines_.size() >= kLinesMax) {
        ++budget.suppressed;
        return;
    }
    ++budget.written;
    Line line{static_cast<int32_t>(level), std::string(event), {}};
    for (const LogField& field : fields) {
        if (!line.fields.empty()) line.fields += ' ';
        line.fields += field.key;
        line.fields += '=';
        append_value(line.fields, field.value);
    }
    if (budget.suppressed > 0) {
        if (!line.fields.empty()) line.fields += ' ';
        line.fields += "suppressed=" + std::to_string(budget.suppressed);
        budget.suppressed = 0;
    }
    lines_.push_back(std::move(line));
    pending_ = true;
}

void LogRelay::deliver()
{
    std::vector<Line> lines;
    ltn_log_fn sink = nullptr;
    HostDataPtr data;
    {
        const std::lock_guard lock(mutex_);
        lines.swap(lines_);
        pending_ = false;
        sink = sink_;
        data = data_;
    }
    for (const Line& line : lines) {
        if (sink != nullptr) {
            sink(line.level, line.event.c_str(), line.fields.c_str(),
                 data == nullptr ? nullptr : data->get());
        }
    }
}

}  // namespace ltn::runtime
