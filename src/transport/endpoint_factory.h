// How a core comes by its QUIC endpoint. Production asks quic::Endpoint::create; tests hand in a
// link of their own, since an endpoint needs the core's event handlers at its birth.
#pragma once

#include <functional>
#include <memory>

#include "quic/endpoint.h"
#include "transport/client.h"
#include "transport/server.h"

namespace ltn::transport {

using EndpointFactory = std::function<Result<std::unique_ptr<quic::Endpoint>>(
    quic::EndpointConfig config, bool serve, quic::ConnectionEvents& events, quic::Gate* gate,
    Random& random, Log& log, Instant now)>;

Result<std::unique_ptr<ClientCore>> create_client(ClientConfig config, ClientEvents& events,
                                                  Random& random, Log& log, Instant now,
                                                  const EndpointFactory& factory);
Result<std::unique_ptr<ServerCore>> create_server(ServerConfig config, ServerEvents& events,
                                                  Random& random, Log& log, Instant now,
                                                  const EndpointFactory& factory);

}  // namespace ltn::transport
