// A file that only its owner may read and that cannot grow without end: what is written while looking for
// faults. Writing never fails aloud; a full disk must not disturb the connections that are looked at.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/status.h"

namespace ltn::io {

class TraceFile {
public:
    // `len_max` counts what stands in the file already. A new file gets mode 0600; one that others may
    // read, or that is no regular file, is refused (Code::io). `fresh`: must not exist yet (Code::full
    // when it does).
    static Result<std::unique_ptr<TraceFile>> open(const std::string& path, uint64_t len_max,
                                                   bool fresh);
    ~TraceFile();
    TraceFile(const TraceFile&) = delete;
    TraceFile& operator=(const TraceFile&) = delete;

    // As a whole or not at all, so that no record is cut. False: no room under the limit, or the disk
    // refused; nothing is written from then on.
    bool append(ByteView piece);

private:
    TraceFile(int fd, uint64_t len, uint64_t len_max) : fd_(fd), len_(len), len_max_(len_max) {}

    int fd_;
    uint64_t len_;
    uint64_t len_max_;
    bool ended_ = false;
};

// An error unless `path` is a folder in which files can be made.
Error check_trace_folder(const std::string& path);

}  // namespace ltn::io
