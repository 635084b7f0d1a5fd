#include "runtime/port.h"

namespace ltn::runtime {

namespace {

// recvmmsg calls per turn: enough to empty a burst, few enough that sending is not starved.
constexpr unsigned kReceiveBatches = 4;

class UdpPort final : public Port {
public:
    explicit UdpPort(std::unique_ptr<io::UdpSocket> socket) : socket_(std::move(socket)) {}

    bool send(const Train& train) override { return socket_->send(train); }
    size_t receive(io::DatagramReceiver& receiver) override
    {
        return socket_->receive(receiver, kReceiveBatches);
    }
    int fd() const override { return socket_->fd(); }
    const Address& local() const override { return socket_->local(); }
    const io::SocketReport* report() const override { return &socket_->report(); }

private:
    std::unique_ptr<io::UdpSocket> socket_;
};

}  // namespace

Result<std::unique_ptr<Port>> open_udp_port(const Address& address,
                                            const io::SocketOptions& options)
{
    auto socket = io::UdpSocket::bind(address, options);
    if (!socket) return socket.error();
    return std::unique_ptr<Port>(new UdpPort(std::move(socket.value())));
}

Result<std::vector<std::unique_ptr<Port>>> open_udp_ports(const Address& address,
                                                          const io::SocketOptions& options,
                                                          size_t count,
                                                          const io::SteeringRule& rule)
{
    auto sockets = io::UdpSocket::bind_group(address, options, count, rule);
    if (!sockets) return sockets.error();
    std::vector<std::unique_ptr<Port>> ports;
    for (auto& socket : sockets.value()) ports.emplace_back(new UdpPort(std::move(socket)));
    return ports;
}

}  // namespace ltn::runtime
