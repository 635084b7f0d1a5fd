// How far the network is behind the chunks of one stream that it was given: bounds what waits here,
// and says when there is room again.
#pragma once

#include <algorithm>
#include <deque>

#include "quic/connection.h"

namespace ltn::transport {

class ChunkGauge {
public:
    struct Limits {
        uint64_t bytes = 0;  // that wait to leave
        // Of which the last byte waits to leave. Small ones share a place: up to kShared of them, or up
        // to kPlaceBytes together, because a writer that is put to sleep every 32 KiB costs the stream
        // more in wake-ups than in bytes.
        uint64_t chunks = 0;
    };

    void add(uint64_t frame_len)
    {
        taken_ += frame_len;
        ends_.push_back(taken_);
    }

    bool is_full(const quic::Connection& link, quic::StreamId stream, const Limits& limits)
    {
        const quic::SendBacklog backlog = link.backlog(stream);
        while (!ends_.empty() && ends_.front() + backlog.unsent <= taken_) ends_.pop_front();
        const bool no_place =
            ends_.size() >= limits.chunks && (ends_.size() / kShared >= limits.chunks ||
                                              backlog.unsent / kPlaceBytes >= limits.chunks);
        return no_place || backlog.unsent >= limits.bytes ||
               backlog.unacked >= limits.bytes * kOnTheWay || backlog.pieces >= kPiecesMax;
    }

    // Half of what waits to leave, so that a writer is woken for more than one chunk, and a buffer's
    // worth of what is on its way: less would let a long path run empty.
    void watch(quic::Connection& link, quic::StreamId stream, const Limits& limits) const
    {
        quic::SendBacklog room;
        room.unsent = limits.bytes / 2;
        room.unacked = limits.bytes * (kOnTheWay - 1);
        room.pieces = kPiecesMax / 8 * 7;
        const size_t chunks = ends_.size(), keep = std::max<size_t>(limits.chunks, chunks) / 2;
        if (chunks > keep) {
            const uint64_t behind = taken_ - ends_[chunks - keep - 1];
            room.unsent = std::min(room.unsent, static_cast<size_t>(behind));
        }
        link.watch_room(stream, room);
    }

private:
    // What is on its way may be this many times what waits to leave: 10 MB by default, which is what
    // the original's library keeps per connection. Counting it like the rest would hold a path with
    // a round trip of 100 ms to 12 MB/s, and to 32 small chunks per round trip.
    static constexpr uint64_t kOnTheWay = 8;
    static constexpr uint64_t kPlaceBytes = 8192;
    static constexpr uint64_t kShared = 16;
    // Each piece costs some hundred bytes besides its own: a stream of one-byte chunks must not make
    // megabytes of bytes into a gigabyte.
    static constexpr size_t kPiecesMax = 16'384;

    uint64_t taken_ = 0;         // bytes of frames that the link has accepted
    std::deque<uint64_t> ends_;  // of the chunks whose last byte waits for the network, as `taken_`
};

}  // namespace ltn::transport
