#include "io/trace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ltn::io {

namespace {

Error trouble(const std::string& path, const std::string& why)
{
    return {Code::io, Category::config, path + ": " + why};
}

std::string octal(unsigned mode)
{
    std::string text = "0";
    for (int shift = 6; shift >= 0; shift -= 3)
        text += static_cast<char>('0' + (mode >> shift & 7));
    return text;
}

// Empty: it will do.
std::string complaint(const struct stat& info)
{
    if (!S_ISREG(info.st_mode)) return "expected a regular file";
    if ((info.st_mode & 077) != 0) {
        return "expected a file for its owner alone (mode 0600), got mode " +
               octal(info.st_mode & 0777);
    }
    if (info.st_uid != geteuid()) return "expected a file of our own user, got another's";
    return "";
}

}  // namespace

Result<std::unique_ptr<TraceFile>> TraceFile::open(const std::string& path, uint64_t len_max,
                                                   bool fresh)
{
    // No link is followed: whoever may write into the folder could point it at another file of ours. No
    // waiting: a pipe without reader would hold up the start.
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const int fd = ::open(path.c_str(), fresh ? flags | O_EXCL : flags, 0600);
    if (fd < 0) {
        const int number = errno;
        if (fresh && number == EEXIST)
            return Error(Code::full, Category::config, path + ": exists");
        return trouble(path, std::strerror(number));
    }
    struct stat info {};
    const std::string why =
        fstat(fd, &info) == 0 ? complaint(info) : std::string(std::strerror(errno));
    if (!why.empty()) {
        close(fd);
        return trouble(path, why);
    }
    const auto len = static_cast<uint64_t>(info.st_size);
    return std::unique_ptr<TraceFile>(new TraceFile(fd, len, len_max));
}

TraceFile::~TraceFile()
{
    close(fd_);
}

bool TraceFile::append(ByteView piece)
{
    if (ended_ || piece.size() > len_max_ - std::min(len_, len_max_)) {
        ended_ = true;
        return false;
    }
    size_t done = 0;
    while (done < piece.size()) {
        const ssize_t wrote = ::write(fd_, piece.data() + done, piece.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            ended_ = true;
            return false;
        }
        done += static_cast<size_t>(wrote);
    }
    len_ += piece.size();
    return true;
}

Error check_trace_folder(const std::string& path)
{
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return trouble(path, std::strerror(errno));
    if (!S_ISDIR(info.st_mode)) return trouble(path, "expected a folder");
    if (access(path.c_str(), W_OK | X_OK) != 0) return trouble(path, std::strerror(errno));
    return {};
}

}  // namespace ltn::io
