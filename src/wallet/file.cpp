// The only place below the runtime that opens a file, and only the one it is told.
#include "wallet/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ltn::wallet {

namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    ~File()
    {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    int get() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }
    bool close()
    {
        const int descriptor = descriptor_;
        descriptor_ = -1;
        return ::close(descriptor) == 0;
    }

private:
    int descriptor_;
};

// The name of what is at stake, for the beginning of errors.
struct Subject {
    const char* what;
    const std::string& path;

    Error about(Code code, const std::string& text) const
    {
        return Error(code, Category::config, std::string(what) + " " + path + ": " + text);
    }
    Error system_error(const char* failed) const
    {
        const int number = errno;
        return about(Code::io,
                     std::string(failed) + ": " + std::generic_category().message(number));
    }
};

// Reads until the end or until `out` is full; -1 on error.
ssize_t read_all(int descriptor, MutableBytes out)
{
    size_t len = 0;
    while (len < out.size()) {
        const ssize_t got = ::read(descriptor, out.data() + len, out.size() - len);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        len += static_cast<size_t>(got);
    }
    return static_cast<ssize_t>(len);
}

bool write_all(int descriptor, ByteView bytes)
{
    while (!bytes.empty()) {
        const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        bytes = bytes.subspan(static_cast<size_t>(put));
    }
    return true;
}

std::string directory_of(const std::string& path)
{
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

// Moves the finished file to its place. A name that must be new is first taken with O_EXCL, which
// holds on every file system (link does not, renameat2 is not everywhere), and then replaced.
Error put_in_place(const std::string& temporary, const Subject& subject, IfExists if_exists)
{
    const std::string& path = subject.path;
    if (if_exists == IfExists::refuse) {
        File reserved(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kOwnerOnly));
        if (!reserved.is_open()) {
            if (errno == EEXIST) {
                return subject.about(Code::io,
                                     "already exists, and replacing it was not asked for");
            }
            return subject.system_error("cannot create");
        }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const Error error = subject.system_error("cannot put the new file in place");
        if (if_exists == IfExists::refuse) ::unlink(path.c_str());
        return error;
    }
    return {};
}

}  // namespace

Result<FileContent> read_regular_file(const std::string& path, const char* what, size_t len_max)
{
    const Subject subject{what, path};
    // Not blocking, so that a pipe under this name cannot hold us.
    File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file.is_open()) return subject.system_error("cannot open");
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return subject.system_error("cannot stat");
    if (!S_ISREG(status.st_mode)) return subject.about(Code::config, "expected a regular file");

    // One byte more than allowed tells a file that is too long; the size that the system states is
    // not asked, it may change meanwhile.
    FileContent content{crypto::SecretBytes(len_max + 1), status.st_mode & 07777U};
    const ssize_t len = read_all(file.get(), content.bytes.bytes());
    if (len < 0) return subject.system_error("cannot read");
    if (static_cast<size_t>(len) > len_max) {
        return subject.about(Code::too_large,
                             "expected at most " + std::to_string(len_max) + " bytes, got more");
    }
    content.bytes.truncate(static_cast<size_t>(len));
    return content;
}

Error write_private_file(const std::string& path, const char* what, ByteView content,
                         IfExists if_exists)
{
    const Subject subject{what, path};
    std::string temporary = path + ".XXXXXX";
    File file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.is_open()) return subject.system_error("cannot create a temporary file beside it");

    Error error;
    if (::fchmod(file.get(), kOwnerOnly) != 0 || !write_all(file.get(), content) ||
        ::fsync(file.get()) != 0 || !file.close()) {
        error = subject.system_error("cannot write");
    } else {
        error = put_in_place(temporary, subject, if_exists);
    }
    if (!error.ok()) {
        ::unlink(temporary.c_str());
        return error;
    }
    // The name is on disk only once the directory is; a file system that cannot do this is no
    // reason to report a key as unsaved.
    File directory(::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.is_open()) (void)::fsync(directory.get());
    return {};
}

Error make_folders_for(const std::string& path)
{
    for (size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
        const std::string folder = path.substr(0, slash);
        if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
            return Subject{"folder", folder}.system_error("cannot make");
        }
    }
    return {};
}

bool file_exists(const std::string& path)
{
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

}  // namespace ltn::wallet
