#include "transport/endpoint_factory.h"

namespace ltn::transport {

Result<std::unique_ptr<ClientCore>> ClientCore::create(ClientConfig config, ClientEvents& events,
                                                       Random& random, Log& log, Instant now)
{
    return create_client(std::move(config), events, random, log, now, quic::Endpoint::create);
}

Result<std::unique_ptr<ServerCore>> ServerCore::create(ServerConfig config, ServerEvents& events,
                                                       Random& random, Log& log, Instant now)
{
    return create_server(std::move(config), events, random, log, now, quic::Endpoint::create);
}

}  // namespace ltn::transport
