// Calls whose answer is a stream.
#include "transport/client_core.h"

namespace ltn::transport {

Error ClientCoreImpl::open(CallRequest request, const StreamTerms& terms, Instant now)
{
    (void)request, (void)terms, (void)now;
    return {Code::unsupported, Category::local, "no streams"};
}

void ClientCoreImpl::taken(CallId id, size_t bytes, Instant now)
{
    (void)id, (void)bytes, (void)now;
}

}  // namespace ltn::transport
