// Collects log events under the loop's lock and hands them to the host's sink afterwards, without it.
// At most kPerSecond lines of one event name a second: floods cost counters, not lines (design 5.7).
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "lightning.h"
#include "runtime/host_data.h"

namespace ltn::runtime {

class LogRelay final : public Log {
public:
    void configure(int32_t level, ltn_log_fn sink, HostDataPtr data);

    // The loop tells the time once a turn; the relay reads no clock.
    void set_now(Nanos now_ns) { now_ns_ = now_ns; }
    void write(LogLevel level, std::string_view event,
               std::initializer_list<LogField> fields) override;
    bool pending() const { return pending_; }
    // Without the loop's lock.
    void deliver();

private:
    static constexpr uint32_t kPerSecond = 10;
    static constexpr size_t kLinesMax = 256;

    struct Line {
        int32_t level;
        std::string event;
        std::string fields;
    };
    struct Budget {
        std::string event;
        Nanos second = 0;
        uint32_t written = 0;
        uint64_t suppressed = 0;
    };
    Budget& budget_of(std::string_view event);

    std::mutex mutex_;
    int32_t level_ = LTN_LOG_ERROR + 1;
    ltn_log_fn sink_ = nullptr;
    HostDataPtr data_;
    std::atomic<Nanos> now_ns_{0};
    std::atomic<bool> pending_{false};
    std::vector<Line> lines_;
    std::vector<Budget> budgets_;
};

}  // namespace ltn::runtime
