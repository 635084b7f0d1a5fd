// Files that follow a server's sources: lists for a firewall, and the roster for the next run. One thread
// looks at an interval and writes what has changed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "library.h"
#include "source_formats.h"

namespace ltn_program {

struct SourceFileTerms {
    std::vector<std::string> exports;  // FILE[:FORMAT]
    std::string roster;
    double interval_secs = 10;
    double hold_secs = 3600;
};

class SourceFiles {
public:
    SourceFiles() = default;
    ~SourceFiles() { stop(); }
    SourceFiles(const SourceFiles&) = delete;
    SourceFiles& operator=(const SourceFiles&) = delete;

    // Before the server starts: what is on the disk. Throws a Failure.
    void restore(const SourceFileTerms& terms, ltn_server* server, const std::string& what);
    // When it has started: writes once, so that trouble is seen at once (a Failure), then follows it.
    void start(ltn_server* server, const std::string& what);
    // Writes a last time. Before the server is stopped, for then nothing is learned any more.
    void stop();

private:
    using Clock = std::chrono::steady_clock;
    struct Export {
        ExportTarget target;
        std::string content;  // as on the disk
        size_t known = 0;     // in there
        SourceSets written;   // by this run
        Clock::time_point shrunk_since = Clock::time_point::max();
    };

    void work();
    // What could not be written, one line each.
    std::vector<std::string> write_changes();
    bool held(Export& each, size_t known) const;

    SourceFileTerms terms_;
    ltn_server* server_ = nullptr;
    std::vector<Export> exports_;
    std::string roster_;  // as on the disk
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace ltn_program
