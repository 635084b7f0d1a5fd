// The registry of a client: which hotkeys are to be kept connected, and where.
#include "transport/client_core.h"

namespace ltn::transport {

void ClientCoreImpl::update_registry(uint64_t ticket, std::vector<RegistryEntry> entries,
                                     Instant now)
{
    (void)now;
    for (size_t i = 0; i < entries.size(); ++i) {
        events_.on_miner_outcome(ticket, i, {Code::unsupported, Category::local, "no registry"});
    }
    events_.on_registry_done(ticket);
}

std::vector<MinerInfo> ClientCoreImpl::miners() const
{
    return {};
}

std::optional<Address> ClientCoreImpl::registered_address(const crypto::PublicKey&) const
{
    return std::nullopt;
}

}  // namespace ltn::transport
