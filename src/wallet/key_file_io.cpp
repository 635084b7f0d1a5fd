// Key files on disk. The only place below the runtime that opens a file, and only the one it is
// told.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "codec/text.h"
#include "crypto/secret.h"
#include "wallet/key_file.h"

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

Error about(const std::string& path, Code code, const std::string& text)
{
    return Error(code, Category::config, "key file " + path + ": " + text);
}

Error system_error(const std::string& path, const char* what)
{
    const int number = errno;
    return about(path, Code::io,
                 std::string(what) + ": " + std::generic_category().message(number));
}

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

// Builds the JSON in secret memory.
class Writer {
public:
    explicit Writer(size_t len_max) : memory_(len_max) {}

    void text(std::string_view text)
    {
        std::copy(text.begin(), text.end(), memory_.data() + len_);
        len_ += text.size();
    }
    void hex(ByteView bytes)
    {
        codec::hex_encode_into(bytes, memory_.bytes().subspan(len_, 2 * bytes.size()));
        len_ += 2 * bytes.size();
    }
    ByteView view() const { return memory_.view().first(len_); }

private:
    crypto::SecretBytes memory_;
    size_t len_ = 0;
};

// All fields that the wallet software writes for a key made from a seed, in its order.
void write_json(Writer& out, const crypto::Seed& seed)
{
    const crypto::KeyPair pair = crypto::KeyPair::from_seed(seed);
    crypto::SecretArray<64> secret;
    pair.export_secret(secret.array());
    out.text("{\"accountId\":\"0x");
    out.hex(pair.public_key());
    out.text("\",\"publicKey\":\"0x");
    out.hex(pair.public_key());
    out.text("\",\"privateKey\":\"0x");
    out.hex(secret.view());
    out.text("\",\"secretSeed\":\"0x");
    out.hex(seed);
    out.text("\",\"ss58Address\":\"");
    out.text(codec::ss58_encode(pair.public_key()));
    out.text("\",\"cryptoType\":1}");
}

std::string directory_of(const std::string& path)
{
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

// Moves the finished file to its place. A name that must be new is first taken with O_EXCL, which
// holds on every file system (link does not, renameat2 is not everywhere), and then replaced.
Error put_in_place(const std::string& temporary, const std::string& path, IfExists if_exists)
{
    if (if_exists == IfExists::refuse) {
        File reserved(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kOwnerOnly));
        if (!reserved.is_open()) {
            if (errno == EEXIST) {
                return about(path, Code::io, "already exists, and replacing it was not asked for");
            }
            return system_error(path, "cannot create");
        }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const Error error = system_error(path, "cannot put the new file in place");
        if (if_exists == IfExists::refuse) ::unlink(path.c_str());
        return error;
    }
    return {};
}

}  // namespace

Result<KeyFile> read_key_file(const std::string& path)
{
    // Not blocking, so that a pipe under this name cannot hold us.
    File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file.is_open()) return system_error(path, "cannot open");
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return system_error(path, "cannot stat");
    if (!S_ISREG(status.st_mode)) return about(path, Code::config, "expected a regular file");

    // One byte more than allowed tells a file that is too long; the size that the system states is
    // not asked, it may change meanwhile.
    crypto::SecretBytes content(kKeyFileLenMax + 1);
    const ssize_t len = read_all(file.get(), content.bytes());
    if (len < 0) return system_error(path, "cannot read");
    content.truncate(static_cast<size_t>(len));
    Result<KeyFile> parsed = parse_key_file(content.view());
    if (!parsed) return about(path, parsed.error().code, parsed.error().text);
    return parsed;
}

Error write_key_file(const std::string& path, const crypto::Seed& seed, IfExists if_exists)
{
    std::string temporary = path + ".XXXXXX";
    File file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.is_open()) return system_error(path, "cannot create a temporary file beside it");

    Writer content(1024);
    write_json(content, seed);
    Error error;
    if (::fchmod(file.get(), kOwnerOnly) != 0 || !write_all(file.get(), content.view()) ||
        ::fsync(file.get()) != 0 || !file.close()) {
        error = system_error(path, "cannot write");
    } else {
        error = put_in_place(temporary, path, if_exists);
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

Result<std::string> hotkey_path(std::string_view root, std::string_view wallet,
                                std::string_view hotkey, std::string_view home)
{
    for (std::string_view name : {wallet, hotkey}) {
        const bool is_component = !name.empty() && name != "." && name != ".." &&
                                  name.find('/') == std::string_view::npos &&
                                  name.find('\0') == std::string_view::npos;
        if (!is_component) {
            return Error(Code::config, Category::config,
                         "wallet and hotkey names: expected a single path component");
        }
    }
    std::string path;
    if (root == "~" || root.starts_with("~/")) {
        path = home;
        root.remove_prefix(1);
    }
    path += root;
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    path += path == "/" ? "" : "/";
    path += wallet;
    path += "/hotkeys/";
    path += hotkey;
    return path;
}

}  // namespace ltn::wallet
