// Oddities of a peer: counted as its frames are read, weighed against what it has earned, and
// charged to the connection and to the source.
#include <algorithm>

#include "quic/connection_impl.h"
#include "quic/endpoint_impl.h"
#include "quic/tls/crypto.h"

namespace ltn::quic {

namespace {

// Each stream that ends in order, and each so many bytes of stream either way, pay for one PING,
// one credit and the like. Nobody can save up more than a second or two of honest traffic needs.
constexpr uint64_t kEarnedPerStream = 3;
constexpr uint64_t kBytesToEarnOne = 2048;
constexpr uint64_t kEarnedMax = 20'000;

// Who only acknowledges puts a PING to it once in a round trip, to have acknowledged what he says:
// up to one for each packet of ours with something in it, and on a path that reorders they come
// nearly so often. Only such packets pay, for those the peer cannot draw from us with PINGs.
constexpr uint64_t kPingsDueMax = 4096;

}  // namespace

uint64_t ConnectionImpl::delivered(void* self, StreamId id)
{
    const Stream* stream = static_cast<ConnectionImpl*>(self)->find(id);
    return stream == nullptr ? 0 : stream->received;
}

int ConnectionImpl::read_packet(const ngtcp2_path* path, const ngtcp2_pkt_info& info,
                                ByteView bytes)
{
    FrameTally tally(&ConnectionImpl::delivered, this);
    tally_ = &tally;
    int rc = 0;
    {
        tls::TallyScope scope(tally);
        rc = ngtcp2_conn_read_pkt(conn_, path, &info, bytes.data(), bytes.size(),
                                  endpoint_.now_ns());
    }
    tally_ = nullptr;
    if (tally.any()) {
        for (size_t i = 0; i < kOddityCount; ++i) {
            const auto kind = static_cast<Oddity>(i);
            if (tally[kind] > 0) odd(kind, tally[kind]);
        }
    }
    return rc;
}

void ConnectionImpl::odd(Oddity kind, uint64_t times)
{
    const OddityKind& what = kOddityKinds[static_cast<size_t>(kind)];
    endpoint_.mutable_stats().oddities[static_cast<size_t>(kind)] += times;
    if (kind == Oddity::ping) {
        const uint64_t answers = std::min(times, pings_due_);
        pings_due_ -= answers;
        times -= answers;
    }
    if (what.free != OddityKind::Free::none) {
        uint64_t& purse = what.free == OddityKind::Free::work ? earned_ : greeting_left_;
        const uint64_t paid = std::min(times, purse);
        purse -= paid;
        times -= paid;
    }
    charge(times * what.weight);
}

void ConnectionImpl::earn_bytes(uint64_t bytes)
{
    earning_bytes_ += bytes;
    if (earning_bytes_ < kBytesToEarnOne) return;
    earned_ = std::min(earned_ + earning_bytes_ / kBytesToEarnOne, kEarnedMax);
    earning_bytes_ %= kBytesToEarnOne;
}

// It was the proper answer to something of ours.
void ConnectionImpl::forgive(Oddity kind)
{
    if (tally_ != nullptr && (*tally_)[kind] > 0) --(*tally_)[kind];
}

void ConnectionImpl::earn_stream()
{
    earned_ = std::min(earned_ + kEarnedPerStream, kEarnedMax);
}

void ConnectionImpl::expect_ping()
{
    pings_due_ = std::min(pings_due_ + 1, kPingsDueMax);
}

void ConnectionImpl::glitch(unsigned weight)
{
    endpoint_.mutable_stats().oddities[static_cast<size_t>(Oddity::application)] += weight;
    charge(weight);
}

void ConnectionImpl::charge(uint64_t weight)
{
    if (closing_ || weight == 0) return;
    // Before the handshake is complete somebody else may be writing the packets, and in the name of
    // any source.
    const bool source_good = !handshake_complete_ ||
                             endpoint_.glitch_sources().charge(remote_, weight, endpoint_.now_ns());
    if (glitches_.take(endpoint_.now_ns(), weight) && source_good) return;
    ++endpoint_.mutable_stats().glitch_closes;
    fail_with(CloseInfo::Cause::protocol, NGTCP2_INTERNAL_ERROR, "too many oddities", false);
}

}  // namespace ltn::quic
