// One bidirectional stream as a connection keeps it. Objects are used again, with their room.
#pragma once

#include "quic/connection.h"
#include "quic/send_buffer.h"

namespace ltn::quic {

struct Stream {
    StreamId id = -1;
    SendBuffer out;
    uint64_t received = 0;    // bytes handed up
    uint64_t consumed = 0;    // of them, given back as credit
    uint64_t uncredited = 0;  // credit given to ngtcp2 since it last mattered
    uint64_t window = 0;      // how far ahead of `consumed` the peer may be
    uint64_t used_up = 0;     // credit given since the window was looked at last
    Nanos looked_at_ns = 0;   // when that was, 0 before
    bool window_set = false;  // by the layer above: not to be tuned
    bool fin_queued = false;
    bool fin_sent = false;
    bool fin_with_data = false;  // the end travelled in the frame of the last bytes
    bool write_closed = false;   // reset by us, or stopped by the peer
    bool stop_asked = false;     // by us: a reset is then the proper answer
    bool flushed = false;        // on_stream_flushed was called
    bool in_order = true;        // the peer reset nothing of it and let us end it
    bool flow_blocked = false;   // waits for stream credit
    bool watched = false;        // on_stream_room is wanted
    bool ready = false;          // is on the list of streams that may send
    SendBacklog room;            // ... at this
    Stream* next = nullptr;
    Stream* previous = nullptr;
    Stream* next_of_all = nullptr;  // of the connection's, or of the spare ones
    Stream* previous_of_all = nullptr;

    bool has_work() const
    {
        return !write_closed && (out.unsent() > 0 || (fin_queued && !fin_sent));
    }

    void recycle()
    {
        out.clear();
        SendBuffer kept = std::move(out);
        *this = Stream();
        out = std::move(kept);
    }
};

// Streams that may send, in turns.
class ReadyList {
public:
    bool empty() const { return head_ == nullptr; }
    Stream* front() const { return head_; }
    bool single() const { return head_ != nullptr && head_ == tail_; }

    void push_back(Stream& stream)
    {
        if (stream.ready) return;
        stream.ready = true;
        stream.next = nullptr;
        stream.previous = tail_;
        (tail_ == nullptr ? head_ : tail_->next) = &stream;
        tail_ = &stream;
    }

    void remove(Stream& stream)
    {
        if (!stream.ready) return;
        stream.ready = false;
        (stream.previous == nullptr ? head_ : stream.previous->next) = stream.next;
        (stream.next == nullptr ? tail_ : stream.next->previous) = stream.previous;
        stream.next = stream.previous = nullptr;
    }

private:
    Stream* head_ = nullptr;
    Stream* tail_ = nullptr;
};

}  // namespace ltn::quic
