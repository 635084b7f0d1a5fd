// Files for finding faults: a qlog for each connection, and the TLS secrets of all of them. Neither is
// written unless its option names a place. This is where the pure part's hooks meet the disk.
#pragma once

#include <string>

#include "base/log.h"
#include "quic/endpoint.h"

namespace ltn::runtime {

struct TraceOptions {
    std::string qlog_dir;
    std::string key_log_file;
};

// `role` ("client", "server") becomes part of the names of the qlogs. Opens what has to be open, warns in
// `log`, which outlives the endpoint. An error names option and path.
Error attach_traces(const TraceOptions& options, const char* role, quic::EndpointConfig& config,
                    Log& log);

}  // namespace ltn::runtime
