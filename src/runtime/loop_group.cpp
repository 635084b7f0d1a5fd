#include "runtime/loop_group.h"

#include <algorithm>

#include "runtime/options.h"

namespace ltn::runtime {

LoopGroup::LoopGroup(Drive drive, uint64_t seed)
    : first_(std::make_shared<Loop>(drive, seed)), loops_{first_}
{
}

Error LoopGroup::set(std::string_view name, std::string_view value)
{
    if (running()) {
        return {Code::wrong_state, Category::config,
                "option " + std::string(name) + " cannot change while the runtime runs"};
    }
    LoopConfig changed = first_->config();
    if (Error error = set_option(changed, name, value); !error.ok()) return error;
    if (changed.loops > 1 && drive() != Drive::thread) {
        return {Code::invalid_argument, Category::config,
                "option loops: expected 1, since a runtime without a thread of its own has one "
                "loop, got " +
                    std::string(value)};
    }
    for (const auto& loop : made()) loop->config() = changed;
    return {};
}

void LoopGroup::set_log(int32_t level, ltn_log_fn sink, const HostDataPtr& data)
{
    HostDataPtr replaced;  // released outside the lock
    std::vector<std::shared_ptr<Loop>> loops;
    {
        const std::lock_guard guard(mutex_);
        log_level_ = level;
        log_sink_ = sink;
        replaced = std::exchange(log_data_, data);
        loops = loops_;
    }
    for (const auto& loop : loops) loop->log().configure(level, sink, data);
}

std::vector<std::shared_ptr<Loop>> LoopGroup::for_server()
{
    const std::lock_guard guard(mutex_);
    const size_t wanted = first_->config().loops;
    while (loops_.size() < wanted) {
        auto loop = std::make_shared<Loop>(first_->drive(), 0);
        loop->config() = first_->config();
        loop->log().configure(log_level_, log_sink_, log_data_);
        loops_.push_back(std::move(loop));
    }
    return {loops_.begin(), loops_.begin() + static_cast<ptrdiff_t>(wanted)};
}

std::shared_ptr<Loop> LoopGroup::for_client()
{
    const auto loops = for_server();
    const std::lock_guard guard(mutex_);
    return loops[next_client_++ % loops.size()];
}

std::vector<std::shared_ptr<Loop>> LoopGroup::made()
{
    const std::lock_guard guard(mutex_);
    return loops_;
}

bool LoopGroup::running()
{
    const auto loops = made();
    return std::any_of(loops.begin(), loops.end(),
                       [](const auto& loop) { return loop->running(); });
}

void LoopGroup::stop_all()
{
    for (const auto& loop : made()) loop->stop_all();
}

Code LoopGroup::wait_quiet(Nanos timeout_ns)
{
    const Nanos deadline_ns = saturating_add(first_->now().monotonic_ns, timeout_ns);
    for (const auto& loop : made()) {
        // The first waits for the whole span; a virtual clock may pass all of it there.
        const Nanos now_ns = first_->now().monotonic_ns;
        const Nanos left_ns =
            timeout_ns == kNever ? kNever : deadline_ns - std::min(now_ns, deadline_ns);
        const Code code = loop->wait_quiet(loop == first_ ? timeout_ns : left_ns);
        if (code != Code::ok) return code;
    }
    return Code::ok;
}

void LoopGroup::dissolve()
{
    for (const auto& loop : made()) loop->dissolve();
}

void LoopGroup::abandon()
{
    // No lock: another thread of the parent may have held it at the fork.
    for (const auto& loop : loops_) loop->abandon();
}

}  // namespace ltn::runtime
