// The client's counters by name (docs/options.md lists them), and pictures of its peers.
#include "runtime/client_unit.h"

namespace ltn::runtime {

Result<uint64_t> ClientUnit::stat(std::string_view name)
{
    const std::lock_guard guard(loop_->lock());
    static const transport::ClientStats none;
    const transport::ClientStats& stats = core_ == nullptr ? none : core_->stats();
    if (name == "calls_started") return stats.calls_started;
    if (name == "calls_ok") return stats.calls_ok;
    if (name == "calls_failed") return stats.calls_failed;
    if (name == "calls_in_flight") return stats.calls_in_flight + waiting_.size();
    if (name == "dials") return stats.dials;
    if (name == "handshakes_ok") return stats.handshakes_ok;
    if (name == "handshakes_failed") return stats.handshakes_failed;
    if (name == "connections") return stats.connections;
    if (name == "reconnects") return stats.reconnects;
    if (name == "miners_waiting") return stats.miners_waiting;
    if (name == "miners_ready") return stats.miners_ready;
    if (name == "miners_backoff") return stats.miners_backoff;
    if (name == "miners_exhausted") return stats.miners_exhausted;
    if (name == "miners_false_claim") return stats.miners_false_claim;
    if (name == "miners_over_limit") return stats.miners_over_limit;
    return Error(Code::unknown_option, Category::local,
                 "no client statistic is called \"" + std::string(name) + "\"");
}

std::vector<transport::MinerInfo> ClientUnit::miners()
{
    const std::lock_guard guard(loop_->lock());
    if (core_ == nullptr) return {};
    return core_->miners();
}

std::vector<transport::PeerInfo> ClientUnit::peers()
{
    const std::lock_guard guard(loop_->lock());
    if (core_ == nullptr) return {};
    return core_->peers();
}

}  // namespace ltn::runtime
