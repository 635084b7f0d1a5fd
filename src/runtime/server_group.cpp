#include "runtime/server_group.h"

#include <algorithm>

#include "io/system_clock.h"
#include "runtime/options.h"
#include "runtime/process.h"
#include "runtime/stat_names.h"

namespace ltn::runtime {

namespace {

constexpr size_t kSecretLen = 32;

}  // namespace

ServerGroup::ServerGroup(const std::vector<std::shared_ptr<Loop>>& loops,
                         const std::shared_ptr<Signer>& signer, const ServerOptions& options)
    : options_(options)
{
    if (loops.size() > 1) team_ = std::make_shared<ServerTeam>(loops);
    for (const auto& loop : loops) {
        units_.push_back(std::make_shared<ServerUnit>(loop, signer, options));
    }
}

void ServerGroup::deliver_to(const EventTarget& target, void* object)
{
    for (const auto& unit : units_) unit->deliver_to(target, object);
    if (team_) team_->deliver_to(target, object);
}

Error ServerGroup::start()
{
    if (Error error = units_.front()->check_resolvers(); !error.ok()) return error;
    return team_ ? start_together() : units_.front()->start();
}

// Peers see one server: whichever loop answers shows the same certificate, and honours tokens and
// resets of the others.
Error ServerGroup::share_identity()
{
    quic::EndpointConfig& quic = options_.core.quic;
    if (quic.server_secret.empty()) {
        quic.server_secret.resize(kSecretLen);
        fill_random(quic.server_secret);
    }
    auto identity = quic::make_identity(units_.front()->loop().random());
    if (!identity) return identity.error();
    for (size_t i = 0; i < units_.size(); ++i) {
        units_[i]->join(team_, i, quic.server_secret, identity.value());
    }
    return {};
}

Error ServerGroup::start_together()
{
    if (Error error = share_identity(); !error.ok()) return error;
    const io::SteeringRule rule = {quic::connection_id_mask(options_.core.quic.server_secret)};
    auto ports = open_udp_ports(options_.listen, units_.front()->loop().config().socket,
                                units_.size(), rule);
    if (!ports) return ports.error();
    // The first comes last: it tests the signer for all, and none serves before the test is passed.
    for (size_t i = units_.size(); i-- > 0;) {
        Error error = units_[i]->open(std::move(ports.value()[i]));
        if (error.ok()) continue;
        team_->mute();
        for (size_t opened = i + 1; opened < units_.size(); ++opened) units_[opened]->undo_open();
        return error;
    }
    return {};
}

Error ServerGroup::change_option(std::string_view name, std::string_view value)
{
    const std::lock_guard guard(handle_mutex_);
    ServerOptions changed = options_;
    if (Error error = runtime::change_option(changed, name, value); !error.ok()) return error;
    if (Error error = check_options(changed); !error.ok()) return error;
    for (const auto& unit : units_) {
        if (Error error = unit->set_limits(changed); !error.ok()) return error;
    }
    options_ = std::move(changed);
    return {};
}

Error ServerGroup::handle(std::string_view type, bool any, const Handler& handler)
{
    if (!team_) return units_.front()->handle(type, any, handler);
    HostDataPtr replaced;  // its destroy function runs outside the mutex
    const std::lock_guard guard(handle_mutex_);
    for (const auto& unit : units_) {
        if (Error error = unit->handle(type, any, handler); !error.ok()) return error;
    }
    replaced = std::exchange(handler_data_[{any, std::string(type)}], handler.data);
    return {};
}

Error ServerGroup::unhandle(std::string_view type, bool any)
{
    if (!team_) return units_.front()->unhandle(type, any);
    HostDataPtr removed;  // as above
    const std::lock_guard guard(handle_mutex_);
    Error error;
    for (const auto& unit : units_) error = unit->unhandle(type, any);
    if (const auto found = handler_data_.find({any, std::string(type)});
        found != handler_data_.end()) {
        removed = std::move(found->second);
        handler_data_.erase(found);
    }
    return error;
}

std::vector<transport::PeerInfo> ServerGroup::peers()
{
    std::vector<transport::PeerInfo> all;
    for (size_t loop = 0; loop < units_.size(); ++loop) {
        auto some = units_[loop]->peers();
        // Loops number their connections each for itself.
        for (auto& peer : some) peer.connection |= static_cast<uint64_t>(loop) << 56;
        all.insert(all.end(), std::make_move_iterator(some.begin()),
                   std::make_move_iterator(some.end()));
    }
    return all;
}

Result<uint64_t> ServerGroup::sweep(Nanos idle_ns)
{
    uint64_t sum = 0;
    for (const auto& unit : units_) {
        auto part = unit->sweep(idle_ns);
        if (!part) return part.error();
        sum += part.value();
    }
    return sum;
}

void ServerGroup::observe(ltn_observe_fn fn, const HostDataPtr& data)
{
    for (const auto& unit : units_) unit->observe(fn, data);
}

void ServerGroup::request_stop()
{
    for (const auto& unit : units_) unit->request_stop();
}

Result<uint64_t> ServerGroup::stat(std::string_view name)
{
    uint64_t sum = 0;
    for (const auto& unit : units_) {
        auto part = unit->stat(name);
        if (!part) return part.error();
        sum += part.value();
    }
    return sum;
}

Metrics ServerGroup::metrics()
{
    Metrics all = counted(server_stats(), [this](std::string_view name) { return stat(name); });
    for (const auto& unit : units_) unit->append_times(all);
    return all;
}

bool ServerGroup::stopped()
{
    return std::all_of(units_.begin(), units_.end(),
                       [](const auto& unit) { return unit->stopped(); });
}

bool ServerGroup::wait_released(Nanos timeout_ns)
{
    const Nanos deadline_ns = saturating_add(io::monotonic_now(), timeout_ns);
    return std::all_of(units_.begin(), units_.end(), [=](const auto& unit) {
        const Nanos left_ns = timeout_ns == kNever
                                  ? kNever
                                  : deadline_ns - std::min(deadline_ns, io::monotonic_now());
        return unit->wait_released(left_ns);
    });
}

void ServerGroup::free_by_host()
{
    if (team_) team_->mute();
    for (const auto& unit : units_) unit->free_by_host();
}

void ServerGroup::abandon()
{
    for (const auto& unit : units_) unit->abandon();
}

}  // namespace ltn::runtime
