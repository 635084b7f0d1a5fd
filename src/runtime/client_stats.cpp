// The client's counters by name (docs/options.md lists them), and pictures of its peers.
#include "runtime/client_unit.h"
#include "runtime/stat_names.h"

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
    if (name == "connections_unanswered") return stats.unanswered;
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

Metrics ClientUnit::metrics()
{
    Metrics all = counted(client_stats(), [this](std::string_view name) { return stat(name); });
    const std::lock_guard guard(loop_->lock());
    merge_histogram(all, "call_queue_seconds", "From the acceptance of a call to its first byte.",
                    nullptr, "", queue_times_);
    merge_histogram(all, "call_network_seconds",
                    "From the first byte of a call to its whole answer.", nullptr, "",
                    network_times_);
    merge_histogram(all, "signer_seconds", "From a question to our signer to its answer.", nullptr,
                    "", desk_.times());
    Histogram round_trips;
    if (core_ != nullptr) {
        for (const auto& peer : core_->peers()) round_trips.add(peer.smoothed_rtt_ns);
    }
    merge_histogram(all, "peer_rtt_seconds", "Round trips of the peers connected now.", nullptr, "",
                    round_trips);
    return all;
}

}  // namespace ltn::runtime
