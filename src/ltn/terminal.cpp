#include "terminal.h"

#include <sodium.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace ltn_program {

namespace {

class Silence {
public:
    Silence()
    {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        quiet.c_lflag |= ECHONL | ICANON;
        active_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~Silence()
    {
        if (active_) static_cast<void>(tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_));
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    termios before_{};
    bool active_ = false;
};

}  // namespace

bool has_terminal()
{
    return isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
}

bool read_password(const std::string& prompt, SecretText& out)
{
    std::fwrite(prompt.data(), 1, prompt.size(), stderr);
    std::fflush(stderr);
    const Silence silence;
    char line[SecretText::kLenMax];
    size_t len = 0;
    // Byte by byte, past stdio: its buffer would keep the password.
    while (len < sizeof line) {
        const ssize_t got = read(STDIN_FILENO, line + len, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || line[len] == '\n') break;
        ++len;
    }
    const bool some = len > 0 && out.set(line, len);
    sodium_memzero(line, sizeof line);
    return some;
}

}  // namespace ltn_program
