// What an operation has more when it carries a stream: chunks that came and were not read, and whether
// the writer has room. Changed under the loop's lock; the counts are for those who wait without it.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>

#include "base/bytes.h"

namespace ltn::runtime {

struct OpStream {
    // Reader's side.
    std::deque<SharedBytes> chunks;
    std::atomic<size_t> unread{0};
    size_t untold_bytes = 0;  // read, and the core does not know yet
    bool collect = false;     // kept until the end, however many; nobody is told of single chunks
    // READABLE was told and the reader has not yet seen the bottom: at most one such event is under
    // way per operation, so that it needs no place in a bounded queue.
    bool told_readable = false;

    // Chunks come with a question, and their end has come. Reading a call's end is its outcome.
    bool incoming = false;
    std::atomic<bool> incoming_ended{false};

    // Writer's side.
    std::atomic<bool> full{false};
    // The longest chunk that the core has taken: one that is no longer cannot be refused for its size.
    std::atomic<size_t> longest_sent{0};
    // Taken from the host while the loop was at work, and not by the core yet: it has no room.
    std::deque<SharedBytes> left;
    bool sends = false;      // of a call: chunks follow it
    bool ended = false;      // by the host
    bool with_core = false;  // before, the host's wishes are kept here

    void put(SharedBytes chunk)
    {
        chunks.push_back(std::move(chunk));
        unread.store(chunks.size(), std::memory_order_release);
    }
    SharedBytes take()
    {
        SharedBytes chunk = std::move(chunks.front());
        chunks.pop_front();
        unread.store(chunks.size(), std::memory_order_release);
        return chunk;
    }
};

}  // namespace ltn::runtime
