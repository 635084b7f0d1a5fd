#include "atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

namespace ltn_program {

namespace {

std::string trouble(const char* step, const std::string& path, int number)
{
    return fmt::format("{} {}: {}", step, path, std::strerror(number));
}

std::string folder_of(const std::string& path)
{
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

bool write_all(int fd, const std::string& content)
{
    size_t done = 0;
    while (done < content.size()) {
        const ssize_t wrote = write(fd, content.data() + done, content.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        done += static_cast<size_t>(wrote);
    }
    return true;
}

// The name itself survives a power cut only when its folder has been written.
void sync_folder(const std::string& path)
{
    const int fd = open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    static_cast<void>(fsync(fd));
    close(fd);
}

}  // namespace

std::string replace_file(const std::string& path, const std::string& content, mode_t mode)
{
    // Beside the file: a rename does not cross file systems.
    std::string fresh = path + ".XXXXXX";
    const int fd = mkostemp(fresh.data(), O_CLOEXEC);
    if (fd < 0) return trouble("cannot write beside", path, errno);
    bool good = write_all(fd, content) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    int number = errno;
    if (close(fd) != 0 && good) {
        good = false;
        number = errno;
    }
    if (good && rename(fresh.c_str(), path.c_str()) != 0) {
        good = false;
        number = errno;
    }
    if (!good) {
        static_cast<void>(unlink(fresh.c_str()));
        return trouble("cannot write", path, number);
    }
    sync_folder(path);
    return "";
}

std::optional<std::string> read_file(const std::string& path, size_t len_max)
{
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT) return std::nullopt;
        throw std::runtime_error(trouble("cannot read", path, errno));
    }
    std::string content;
    char piece[65536];
    for (;;) {
        const ssize_t len = read(fd, piece, sizeof piece);
        if (len < 0 && errno == EINTR) continue;
        if (len == 0) break;
        const bool too_long = len > 0 && content.size() + static_cast<size_t>(len) > len_max;
        if (len < 0 || too_long) {
            const int number = errno;
            close(fd);
            throw std::runtime_error(
                too_long ? fmt::format("{}: expected at most {} bytes, got more", path, len_max)
                         : trouble("cannot read", path, number));
        }
        content.append(piece, static_cast<size_t>(len));
    }
    close(fd);
    return content;
}

}  // namespace ltn_program
