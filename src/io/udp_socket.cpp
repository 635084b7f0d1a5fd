#include "io/udp_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "io/sockaddr.h"
#include "io/udp_control.h"
#include "io/udp_setup.h"

namespace ltn::io {

namespace {

// A GRO train never exceeds an IP packet.
constexpr size_t kReceiveLen = 65'536;

// An ICMP message that waits on the socket is handed out as the error of the next call, which then
// reads nothing. More than a few in a row leave the rest to the next turn.
constexpr unsigned kErrorsInRowMax = 16;

}  // namespace

// Allocated once; the pages of a buffer that no datagram ever reached are never touched.
struct UdpSocket::ReceiveBuffers {
    struct Control {
        alignas(cmsghdr) uint8_t bytes[kControlLen];
    };

    explicit ReceiveBuffers(size_t count)
        : bytes(new uint8_t[count * kReceiveLen]),
          messages(count),
          vectors(count),
          names(count),
          controls(count)
    {
    }

    void prepare()
    {
        for (size_t i = 0; i < messages.size(); ++i) {
            vectors[i] = {bytes.get() + i * kReceiveLen, kReceiveLen};
            msghdr& header = messages[i].msg_hdr;
            header = {};
            header.msg_name = &names[i];
            header.msg_namelen = sizeof names[i];
            header.msg_iov = &vectors[i];
            header.msg_iovlen = 1;
            header.msg_control = controls[i].bytes;
            header.msg_controllen = sizeof controls[i].bytes;
        }
    }

    std::unique_ptr<uint8_t[]> bytes;
    std::vector<mmsghdr> messages;
    std::vector<iovec> vectors;
    std::vector<sockaddr_storage> names;
    std::vector<Control> controls;
};

std::unique_ptr<UdpSocket> UdpSocket::own(const OpenedUdp& opened, const SocketOptions& options)
{
    std::unique_ptr<UdpSocket> out(new UdpSocket());
    out->fd_ = opened.fd;
    out->family_ = opened.family;
    out->wildcard_ = opened.wildcard;
    out->local_ = opened.local;
    out->report_ = opened.report;
    out->buffers_ =
        std::make_unique<ReceiveBuffers>(std::clamp<size_t>(options.receive_batch, 1, 64));
    return out;
}

Result<std::unique_ptr<UdpSocket>> UdpSocket::bind(const Address& address,
                                                   const SocketOptions& options)
{
    Result<OpenedUdp> opened = open_udp(address, options);
    if (!opened) return opened.error();
    return own(opened.value(), options);
}

Result<std::vector<std::unique_ptr<UdpSocket>>> UdpSocket::bind_group(const Address& address,
                                                                      const SocketOptions& options,
                                                                      size_t count,
                                                                      const SteeringRule& rule)
{
    std::vector<std::unique_ptr<UdpSocket>> group;
    for (size_t i = 0; i < count; ++i) {
        // The first has found the port that all others take.
        Result<OpenedUdp> opened =
            i == 0 ? open_udp(address, options, PortUse::group_first)
                   : open_udp(group.front()->local(), options, PortUse::group_next);
        if (!opened) return opened.error();
        group.push_back(own(opened.value(), options));
    }
    const bool steered = !group.empty() && steer_group(group.front()->fd(), rule);
    for (const auto& socket : group) socket->report_.steered = steered;
    return group;
}

UdpSocket::~UdpSocket()
{
    if (fd_ >= 0) close(fd_);
}

size_t UdpSocket::receive(DatagramReceiver& receiver, unsigned batches)
{
    size_t delivered = 0;
    unsigned errors_in_row = 0;
    while (batches > 0) {
        buffers_->prepare();
        const unsigned room = static_cast<unsigned>(buffers_->messages.size());
        const int got = recvmmsg(fd_, buffers_->messages.data(), room, MSG_DONTWAIT, nullptr);
        ++counters_.receives;
        if (got < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) break;
            // ECONNREFUSED and its kind concern one peer; the socket goes on for all others.
            if (errno != EINTR) ++counters_.receive_errors;
            if (++errors_in_row >= kErrorsInRowMax) break;
            continue;
        }
        errors_in_row = 0;
        for (size_t i = 0; i < static_cast<size_t>(got); ++i) delivered += deliver(receiver, i);
        if (static_cast<unsigned>(got) < room) break;
        --batches;
    }
    return delivered;
}

size_t UdpSocket::deliver(DatagramReceiver& receiver, size_t index)
{
    const mmsghdr& message = buffers_->messages[index];
    // A cut control buffer may hide that this is a train, and a cut datagram is of no use.
    const bool cut = (message.msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    const Address remote = from_sockaddr(buffers_->names[index]);
    if (cut || message.msg_len == 0 || remote.family == Address::Family::none) {
        ++counters_.receive_errors;
        return 0;
    }
    const ControlIn control = read_control(message.msg_hdr);
    Datagram datagram;
    datagram.local = local_;
    if (wildcard_ && control.local.family != Address::Family::none) {
        datagram.local = control.local;
        datagram.local.port = local_.port;
    }
    datagram.remote = remote;
    datagram.ecn = control.ecn;
    const ByteView all(buffers_->bytes.get() + index * kReceiveLen, message.msg_len);
    const size_t step = control.segment_len == 0 ? all.size() : control.segment_len;
    size_t delivered = 0;
    for (size_t offset = 0; offset < all.size(); offset += step) {
        datagram.bytes = all.subspan(offset, std::min(step, all.size() - offset));
        receiver.on_datagram(datagram);
        ++delivered;
    }
    counters_.datagrams_in += delivered;
    return delivered;
}

}  // namespace ltn::io
