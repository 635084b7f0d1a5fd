#include "runtime/virtual_net.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace ltn::runtime {

namespace {

constexpr Nanos kDelayNs = 500 * kMicrosecond;
constexpr size_t kFlightsMax = 65'536;  // beyond: lost, as a full queue on a path would
// 2026-01-01, so that timestamps look like timestamps.
constexpr uint64_t kWallStartMs = 1'767'225'600'000ULL;

}  // namespace

// ChaCha20 in counter mode over the seed: the same seed gives the same bytes everywhere.
class VirtualNet::Generator final : public Random {
public:
    explicit Generator(uint64_t seed)
    {
        for (size_t i = 0; i < 8; ++i) key_[i] = static_cast<uint8_t>(seed >> (8 * i));
    }
    void fill(MutableBytes out) override
    {
        uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
        std::memcpy(nonce, &counter_, sizeof nonce);
        ++counter_;
        crypto_stream_chacha20(out.data(), out.size(), nonce, key_);
    }

private:
    uint8_t key_[crypto_stream_chacha20_KEYBYTES] = {};
    uint64_t counter_ = 0;
};

class VirtualNet::VirtualPort final : public Port {
public:
    VirtualPort(VirtualNet& net, const Address& local) : net_(net), local_(local) {}
    ~VirtualPort() override { net_.ports_.erase(local_); }

    bool send(const Train& train) override
    {
        net_.send(local_, train);
        return true;
    }
    size_t receive(io::DatagramReceiver& receiver) override
    {
        size_t count = 0;
        for (auto flight = net_.flights_.begin(); flight != net_.flights_.end();) {
            if (flight->at_ns > net_.now_ns_) break;
            if (flight->to != local_) {
                ++flight;
                continue;
            }
            const Flight arrived = std::move(*flight);
            flight = net_.flights_.erase(flight);
            receiver.on_datagram({local_, arrived.from, arrived.bytes, arrived.ecn});
            ++count;
        }
        return count;
    }
    int fd() const override { return -1; }
    const Address& local() const override { return local_; }
    const io::SocketReport* report() const override { return nullptr; }

private:
    VirtualNet& net_;
    Address local_;
};

VirtualNet::VirtualNet(uint64_t seed) : random_(std::make_unique<Generator>(seed)) {}
VirtualNet::~VirtualNet() = default;

Random& VirtualNet::random()
{
    return *random_;
}

Instant VirtualNet::now() const
{
    return {now_ns_, kWallStartMs + now_ns_ / kMillisecond};
}

void VirtualNet::advance_to(Nanos monotonic_ns)
{
    now_ns_ = std::max(now_ns_, monotonic_ns);
}

Result<std::unique_ptr<Port>> VirtualNet::open(const Address& address)
{
    Address local = address;
    // An unspecified address stands for loopback here: there is no other interface.
    if (local.is_unspecified()) {
        if (local.family == Address::Family::v4) {
            local = Address::v4(127, 0, 0, 1, local.port);
        } else {
            local.ip[15] = 1;
        }
    }
    if (local.port == 0) {
        do {
            local.port = next_port_++;
            if (next_port_ == 0) next_port_ = 20000;
        } while (ports_.contains(local));
    }
    if (ports_.contains(local)) {
        return Error(Code::io, Category::local,
                     "cannot bind " + local.text() + ": address already in use (virtual network)");
    }
    auto port = std::make_unique<VirtualPort>(*this, local);
    ports_[local] = port.get();
    return std::unique_ptr<Port>(std::move(port));
}

Nanos VirtualNet::next_arrival_ns() const
{
    return flights_.empty() ? kNever : flights_.front().at_ns;
}

void VirtualNet::send(const Address& from, const Train& train)
{
    for (size_t at = 0; at < train.bytes.size(); at += train.segment_len) {
        const size_t len = std::min(train.segment_len, train.bytes.size() - at);
        if (flights_.size() >= kFlightsMax || !ports_.contains(train.remote)) continue;
        if (loss_ppm_ > 0 && random_->next_u64() % 1'000'000 < loss_ppm_) continue;
        const ByteView bytes = train.bytes.subspan(at, len);
        flights_.push_back(
            {now_ns_ + kDelayNs, from, train.remote, Bytes(bytes.begin(), bytes.end()), train.ecn});
    }
}

}  // namespace ltn::runtime
