// GET /metrics for a scraper, on a thread of its own (libwebsockets).
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "library.h"

struct lws;
struct lws_context;

namespace ltn_program {

class MetricsHttp {
public:
    MetricsHttp() = default;
    ~MetricsHttp() { stop(); }
    MetricsHttp(const MetricsHttp&) = delete;
    MetricsHttp& operator=(const MetricsHttp&) = delete;

    // Binds `host_port` (port 0 picks one); throws a Failure. `server` outlives this.
    void start(const std::string& host_port, ltn_server* server, const std::string& what);
    // As bound.
    const std::string& address() const { return address_; }
    void stop();

    // For the callback.
    std::string text() const;

private:
    ltn_server* server_ = nullptr;
    lws_context* context_ = nullptr;
    std::string address_;
    std::thread thread_;
    std::atomic<bool> stopping_{false};
};

// Fetches http://HOST:PORT/metrics once; throws a Failure.
std::string fetch_metrics(const std::string& host_port, const std::string& what);

}  // namespace ltn_program
