// How a command of the program ends badly: what failed, why, and with which exit status.
#pragma once

#include <stdexcept>
#include <string>

namespace ltn_program {

// The exit statuses scripts rely on.
inline constexpr int kExitDone = 0;
inline constexpr int kExitRemote = 1;  // the remote side or the network said no
inline constexpr int kExitUsage = 2;
inline constexpr int kExitLocal = 3;  // local configuration or key trouble

struct Failure : std::runtime_error {
    Failure(int status, std::string what_failed, std::string code_name, const std::string& why)
        : std::runtime_error(why),
          exit_status(status),
          what(std::move(what_failed)),
          code(std::move(code_name))
    {
    }

    std::string why() const { return std::runtime_error::what(); }

    int exit_status;
    std::string what;  // the subcommand, or the step that failed
    std::string code;  // stable name: that of a status of the library, or "usage"
};

inline Failure usage(std::string what_failed, const std::string& why)
{
    return {kExitUsage, std::move(what_failed), "usage", why};
}

}  // namespace ltn_program
