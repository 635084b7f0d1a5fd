// Streamed answers.
#include "transport/server_core.h"

namespace ltn::transport {

Error ServerCoreImpl::send_chunk(RequestId id, SharedBytes chunk, Instant now)
{
    (void)id, (void)chunk, (void)now;
    return {Code::unsupported, Category::local, "no streams"};
}

Error ServerCoreImpl::end_stream(RequestId id, Instant now)
{
    (void)id, (void)now;
    return {Code::unsupported, Category::local, "no streams"};
}

}  // namespace ltn::transport
