#include "runtime/trace.h"

#include <unistd.h>

#include <atomic>

#include "io/trace_file.h"

namespace ltn::runtime {

namespace {

constexpr uint64_t kQlogLenMax = 16 << 20;
constexpr uint64_t kKeyLogLenMax = 16 << 20;
// Of one client, or of one of a server's loops. Under a flood of connections the disk must not fill up.
constexpr uint64_t kQlogFilesMax = 1000;
// Names that a process of the same number left behind, or another loop was quicker with.
constexpr int kNameTriesMax = 1000;

Error about(const char* option, const Error& error)
{
    return {error.code, Category::config, "option " + std::string(option) + ": " + error.text};
}

// The next file that is not there yet.
Result<std::unique_ptr<io::TraceFile>> next_qlog(const std::string& start, uint64_t& number)
{
    for (int tries = 0;; ++tries) {
        auto file =
            io::TraceFile::open(start + std::to_string(++number) + ".sqlog", kQlogLenMax, true);
        if (file || file.error().code != Code::full || tries >= kNameTriesMax) return file;
    }
}

struct QlogFolder {
    std::string start;  // of every name
    Log& log;
    uint64_t number = 0;
    uint64_t files = 0;
    bool told = false;

    void end(const std::string& why)
    {
        if (!told) log.write(LogLevel::warning, "qlog_ended", {{"reason", why}});
        told = true;
    }

    quic::QlogWriter begin()
    {
        if (told) return {};
        if (files >= kQlogFilesMax) {
            end(std::to_string(kQlogFilesMax) + " files are written");
            return {};
        }
        auto opened = next_qlog(start, number);
        if (!opened) {
            end(opened.error().text);
            return {};
        }
        ++files;
        const std::shared_ptr<io::TraceFile> file = std::move(opened.value());
        return [file](ByteView piece, bool) { (void)file->append(piece); };
    }
};

}  // namespace

Error attach_traces(const TraceOptions& options, const char* role, quic::EndpointConfig& config,
                    Log& log)
{
    if (!options.qlog_dir.empty()) {
        if (Error error = io::check_trace_folder(options.qlog_dir); !error.ok()) {
            return about("qlog_dir", error);
        }
        const auto folder = std::make_shared<QlogFolder>(QlogFolder{
            options.qlog_dir + "/ltn-" + role + "-" + std::to_string(getpid()) + "-", log});
        config.qlog = [folder](const quic::Connection&) { return folder->begin(); };
        log.write(LogLevel::warning, "qlog_on",
                  {{"folder", options.qlog_dir},
                   {"meaning", "who talks with whom, when and how much is written down"}});
    }
    if (!options.key_log_file.empty()) {
        auto opened = io::TraceFile::open(options.key_log_file, kKeyLogLenMax, false);
        if (!opened) return about("key_log_file", opened.error());
        const std::shared_ptr<io::TraceFile> file = std::move(opened.value());
        config.key_log = [file](std::string_view line) {
            const std::string whole = std::string(line) + "\n";
            (void)file->append(
                ByteView(reinterpret_cast<const uint8_t*>(whole.data()), whole.size()));
        };
        log.write(LogLevel::warning, "key_log_on",
                  {{"file", options.key_log_file},
                   {"meaning", "whoever reads this file reads every connection"}});
    }
    return {};
}

}  // namespace ltn::runtime
