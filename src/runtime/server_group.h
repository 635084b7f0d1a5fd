// A server as the host holds it: one unit on each loop of its runtime, all behind one port, with one
// certificate and one secret. With one loop there is one unit and nothing in between.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/server_unit.h"

namespace ltn::runtime {

class ServerGroup {
public:
    ServerGroup(const std::vector<std::shared_ptr<Loop>>& loops,
                const std::shared_ptr<Signer>& signer, const ServerOptions& options);

    // Setup only, before start.
    void deliver_to(const EventTarget& target, void* object);

    // Any thread, without a lock.
    Error start();
    // One option by name while serving, on all loops.
    Error change_option(std::string_view name, std::string_view value);
    using Handler = ServerUnit::Handler;
    Error handle(std::string_view type, bool any, const Handler& handler);
    Error unhandle(std::string_view type, bool any);
    std::vector<transport::PeerInfo> peers();
    Result<uint64_t> sweep(Nanos idle_ns);
    // Admission is the first unit's: the others' cores ask it.
    void resolve_permits(Handler resolver) { units_.front()->resolve_permits(std::move(resolver)); }
    void resolve_sources(Handler resolver) { units_.front()->resolve_sources(std::move(resolver)); }
    Error set_permits(std::vector<crypto::PublicKey> keys)
    {
        return units_.front()->set_permits(std::move(keys));
    }
    Error set_sources(transport::SourcePolicy policy)
    {
        return units_.front()->set_sources(std::move(policy));
    }
    Result<ServerUnit::Sources> sources() { return units_.front()->sources(); }
    Error restore_source(const transport::LearnedSource& source)
    {
        return units_.front()->restore_source(source);
    }
    void observe(ltn_observe_fn fn, const HostDataPtr& data);
    void request_stop();
    Result<std::string> address() { return units_.front()->address(); }
    // The sum over all loops.
    Result<uint64_t> stat(std::string_view name);
    Metrics metrics();
    bool stopping() { return units_.front()->stopping(); }
    bool stopped();
    bool wait_released(Nanos timeout_ns);
    void free_by_host();
    // In a forked child.
    void abandon();

private:
    Error start_together();
    Error share_identity();

    std::shared_ptr<ServerTeam> team_;  // null with one unit
    std::vector<std::shared_ptr<ServerUnit>> units_;
    ServerOptions options_;
    std::mutex handle_mutex_;  // two changes of one name end alike on all loops
    // One reference of ours to what stands behind each name, so that the units never drop the last one
    // while the mutex is held. The empty name without `any` is a name like others; hence the pair.
    std::map<std::pair<bool, std::string>, HostDataPtr> handler_data_;
};

}  // namespace ltn::runtime
