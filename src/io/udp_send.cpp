// The sending half of UdpSocket: trains, and what happens when the kernel does not take one.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/sockaddr.h"
#include "io/udp_control.h"
#include "io/udp_socket.h"

namespace ltn::io {

namespace {

constexpr size_t kUdpPayloadMax = 65'507;  // over IPv4; over IPv6 it is 20 more
constexpr size_t kSegmentsMax = 64;        // what every kernel with UDP_SEGMENT takes

}  // namespace

bool UdpSocket::send(const Train& train)
{
    const size_t size = train.bytes.size();
    const size_t segment_len = train.segment_len == 0 ? size : std::min(train.segment_len, size);
    bool one_by_one = false;
    bool doubted = false;
    size_t offset = resume_at(train);
    halfway_.done = 0;
    while (offset < size) {
        size_t part_len = segment_len;
        if (report_.gso && !one_by_one) {
            part_len *= std::clamp<size_t>(kUdpPayloadMax / segment_len, 1, kSegmentsMax);
        }
        part_len = std::min(part_len, size - offset);
        switch (send_part(train, train.bytes.subspan(offset, part_len), segment_len)) {
            case Outcome::sent:
                // Together refused and alone taken: it was the offload, and it will be refused again.
                if (doubted) report_.gso = false;
                doubted = false;
                offset += part_len;
                break;
            case Outcome::lost:
                // Alone refused as well (larger than the path, unreachable): not the offload's fault.
                doubted = false;
                offset += part_len;
                break;
            case Outcome::blocked:
                ++counters_.blocked;
                remember(train, offset);
                return false;
            case Outcome::offload_broken: report_.gso = false; break;
            case Outcome::offload_doubted:
                one_by_one = true;
                doubted = true;
                break;
        }
    }
    return true;
}

UdpSocket::Outcome UdpSocket::send_part(const Train& train, ByteView part, size_t segment_len)
{
    sockaddr_storage name{};
    const socklen_t name_len = to_sockaddr(train.remote, family_, name);
    if (name_len == 0) {
        ++counters_.send_errors;
        return Outcome::lost;
    }
    iovec vector{const_cast<uint8_t*>(part.data()), part.size()};
    msghdr message{};
    message.msg_name = &name;
    message.msg_namelen = name_len;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;

    const bool train_of_many = part.size() > segment_len;
    ControlOut control;
    control.socket_family = family_;
    // The answer must leave from the address that was asked, which on a host with several is not
    // the one the kernel would choose.
    if (wildcard_ && train.local.family != Address::Family::none && !train.local.is_unspecified()) {
        control.source = &train.local;
    }
    control.destination_v4 = train.remote.family == Address::Family::v4;
    control.ecn = train.ecn;
    // A single datagram without the message is cheaper (2.1 against 2.3 us).
    if (train_of_many) control.segment_len = static_cast<uint16_t>(segment_len);
    alignas(cmsghdr) uint8_t buffer[kControlLen];
    write_control(control, buffer, message);

    ssize_t sent = 0;
    do {
        ++counters_.sends;
        sent = sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
        counters_.datagrams_out += (part.size() + segment_len - 1) / segment_len;
        return Outcome::sent;
    }
    switch (errno) {
        case EAGAIN:
        case ENOBUFS: return Outcome::blocked;
        case EIO:  // the device cannot compute checksums of segments
            if (train_of_many) return Outcome::offload_broken;
            break;
        case EINVAL:  // too many segments for it, or segments larger than the path
        case EOPNOTSUPP:
            if (train_of_many) return Outcome::offload_doubted;
            break;
        default: break;
    }
    ++counters_.send_errors;
    return Outcome::lost;
}

// The bytes of a train are encrypted, so its head is as good as a name for it.
size_t UdpSocket::resume_at(const Train& train) const
{
    if (halfway_.done == 0 || halfway_.len != train.bytes.size() ||
        halfway_.remote != train.remote) {
        return 0;
    }
    const size_t head_len = std::min(halfway_.head.size(), train.bytes.size());
    const bool same = std::memcmp(halfway_.head.data(), train.bytes.data(), head_len) == 0;
    return same ? halfway_.done : 0;
}

void UdpSocket::remember(const Train& train, size_t done)
{
    halfway_.done = done;
    halfway_.len = train.bytes.size();
    halfway_.remote = train.remote;
    const size_t head_len = std::min(halfway_.head.size(), train.bytes.size());
    std::memcpy(halfway_.head.data(), train.bytes.data(), head_len);
}

}  // namespace ltn::io
