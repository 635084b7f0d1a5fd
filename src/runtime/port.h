// Where a unit's datagrams leave and arrive: a UDP socket, or a place in the virtual network.
#pragma once

#include <memory>
#include <vector>

#include "base/datagram.h"
#include "io/udp_socket.h"

namespace ltn::runtime {

class Port : public DatagramSink {
public:
    // Delivers what has arrived; returns how many datagrams. Bounded per call.
    virtual size_t receive(io::DatagramReceiver& receiver) = 0;
    // -1 when there is no descriptor.
    virtual int fd() const = 0;
    virtual const Address& local() const = 0;
    // Null for a port of the virtual network.
    virtual const io::SocketReport* report() const = 0;
    // Set while the last send was refused; the loop then watches for room.
    bool blocked = false;
};

// Makes a bound UDP port.
Result<std::unique_ptr<Port>> open_udp_port(const Address& address,
                                            const io::SocketOptions& options);

// `count` ports that are one to the network; all or none.
Result<std::vector<std::unique_ptr<Port>>> open_udp_ports(const Address& address,
                                                          const io::SocketOptions& options,
                                                          size_t count,
                                                          const io::SteeringRule& rule);

}  // namespace ltn::runtime
