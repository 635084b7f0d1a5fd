// Log events go to a sink that an instance owns; nothing is process-wide. An event is a name and
// key-value fields, never secrets and never payload.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ltn {

enum class LogLevel : int32_t { debug = 1, info = 2, warning = 3, error = 4 };

struct LogField {
    std::string_view key;
    std::string value;
};

class Log {
public:
    virtual ~Log() = default;
    virtual void write(LogLevel level, std::string_view event,
                       std::initializer_list<LogField> fields) = 0;
};

// For code that has no sink: drops everything.
class NullLog final : public Log {
public:
    void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace ltn
