// What the host changes while the server serves: permits, sources, limits, sweeps.
#include "transport/server_core.h"

namespace ltn::transport {

void ServerCoreImpl::set_permits(std::vector<crypto::PublicKey> keys, Instant now)
{
    (void)keys, (void)now;
}

void ServerCoreImpl::set_sources(SourcePolicy policy, Instant now)
{
    (void)policy, (void)now;
}

void ServerCoreImpl::set_limits(const ServerLimits& limits, Instant now)
{
    (void)limits, (void)now;
}

ServerLimits ServerCoreImpl::limits() const
{
    return {};
}

uint64_t ServerCoreImpl::sweep_idle(Nanos idle_ns, Instant now)
{
    (void)idle_ns, (void)now;
    return 0;
}

uint64_t ServerCoreImpl::sweep_nonces(Instant now)
{
    if (desk_ == nullptr) return 0;
    desk_->forget_expired(now);
    return desk_->nonces();
}

}  // namespace ltn::transport
