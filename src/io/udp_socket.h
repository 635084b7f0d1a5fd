// One UDP socket with batches in both directions: sendmsg with UDP_SEGMENT, recvmmsg with UDP_GRO,
// large buffers (design 6, speed-T3, speed-T6). Includes only ground.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "base/datagram.h"
#include "base/status.h"
#include "io/udp_steering.h"

namespace ltn::io {

struct SocketOptions {
    int buffer_bytes = 4 << 20;  // asked for in both directions
    bool gso = true;
    bool gro = true;
    bool v6_only = false;
    uint32_t receive_batch = 8;  // recvmmsg messages of 64 KiB each
};

struct SocketReport {
    int receive_buffer_bytes = 0;  // granted, as SO_RCVBUF reports halved
    int send_buffer_bytes = 0;
    bool gso = false;
    bool gro = false;
    bool steered = false;  // the kernel brings each datagram to the socket whose it is
};

class DatagramReceiver {
public:
    virtual ~DatagramReceiver() = default;
    // One call per datagram; GRO trains are already split. The bytes live until it returns.
    virtual void on_datagram(const Datagram& datagram) = 0;
};

class UdpSocket final : public DatagramSink {
public:
    // Binds at once; the error names the address and the system's reason.
    static Result<std::unique_ptr<UdpSocket>> bind(const Address& address,
                                                   const SocketOptions& options);
    // `count` sockets on one port, all or none; the kernel steers by `rule` when it can.
    static Result<std::vector<std::unique_ptr<UdpSocket>>> bind_group(const Address& address,
                                                                      const SocketOptions& options,
                                                                      size_t count,
                                                                      const SteeringRule& rule);
    ~UdpSocket() override;  // close() only, safe in a forked child

    int fd() const { return fd_; }
    const Address& local() const { return local_; }
    const SocketReport& report() const { return report_; }

    // Reads up to `batches` recvmmsg calls worth. Returns datagrams delivered. Errors of single
    // datagrams (ICMP refusals, empty ones) are counted and passed over, so 0 need not mean that
    // the socket is empty: level-triggered polling says so.
    size_t receive(DatagramReceiver& receiver, unsigned batches = 4);

    // False on EAGAIN/ENOBUFS. EIO with GSO: resends segment by segment and turns GSO off for this
    // socket. EMSGSIZE, unreachable and the like: the train counts as sent (QUIC repairs loss).
    // Of a train that was refused half-way only the rest leaves when it is offered again.
    bool send(const Train& train) override;

    struct Counters {
        uint64_t datagrams_in = 0, datagrams_out = 0, sends = 0, receives = 0;
        uint64_t send_errors = 0, receive_errors = 0, blocked = 0;
    };
    const Counters& counters() const { return counters_; }

private:
    UdpSocket() = default;
    static std::unique_ptr<UdpSocket> own(const struct OpenedUdp& opened,
                                          const SocketOptions& options);
    struct ReceiveBuffers;
    enum class Outcome { sent, blocked, lost, offload_broken, offload_doubted };
    struct Halfway {
        size_t done = 0;  // 0: nothing is half sent
        size_t len = 0;
        Address remote;
        std::array<uint8_t, 32> head{};
    };

    size_t deliver(DatagramReceiver& receiver, size_t index);
    Outcome send_part(const Train& train, ByteView part, size_t segment_len);
    size_t resume_at(const Train& train) const;
    void remember(const Train& train, size_t done);

    int fd_ = -1;
    int family_ = 0;
    bool wildcard_ = false;
    Address local_;
    SocketReport report_;
    Counters counters_;
    std::unique_ptr<ReceiveBuffers> buffers_;
    Halfway halfway_;
};

}  // namespace ltn::io
