// The loops of a runtime: one, or several with a thread each (option `loops`). A client lives on one of
// them, a server has a unit on each. What the host asks of its runtime is asked of all here.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "runtime/loop.h"

namespace ltn::runtime {

class LoopGroup {
public:
    static constexpr uint32_t kLoopsMax = 16;

    LoopGroup(Drive drive, uint64_t seed);

    Drive drive() const { return first_->drive(); }
    // The only one under the host and virtual drives, whose steps are its steps.
    Loop& first() const { return *first_; }

    // Setup only. The other loops take the first one's settings when they are made.
    Error set(std::string_view name, std::string_view value);
    void set_log(int32_t level, ltn_log_fn sink, const HostDataPtr& data);

    // As many loops as are set, made when first asked for.
    std::vector<std::shared_ptr<Loop>> for_server();
    // One of them, each in turn.
    std::shared_ptr<Loop> for_client();

    bool running();
    void stop_all();
    Code wait_quiet(Nanos timeout_ns);
    void dissolve();
    // In a forked child.
    void abandon();

private:
    std::vector<std::shared_ptr<Loop>> made();

    const std::shared_ptr<Loop> first_;
    std::mutex mutex_;  // a leaf; of what follows
    // Loops that were made stay, also when fewer are wanted later: without units they have no thread.
    std::vector<std::shared_ptr<Loop>> loops_;
    size_t next_client_ = 0;
    int32_t log_level_ = LTN_LOG_ERROR + 1;
    ltn_log_fn log_sink_ = nullptr;
    HostDataPtr log_data_;
};

}  // namespace ltn::runtime
