// What one stream has to send: a queue of counted bytes, each kept where it is until the peer has
// acknowledged it, since ngtcp2 sends again from the same memory. Nothing is copied.
#pragma once

#include <ngtcp2/ngtcp2.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace ltn::quic {

class SendBuffer {
public:
    void push(SharedBytes&& bytes)
    {
        end_ += bytes.size();
        chunks_.push_back(std::move(bytes));
    }

    size_t unsent() const { return static_cast<size_t>(end_ - sent_); }
    size_t unacked() const { return static_cast<size_t>(end_ - acked_); }

    size_t pieces() const { return chunks_.size() - head_; }

    // Where the unsent bytes lie. `total` is what the returned vectors hold together.
    size_t peek(ngtcp2_vec* out, size_t max, size_t& total) const
    {
        size_t count = 0;
        total = 0;
        size_t skip = next_offset_;
        for (size_t i = next_; i < chunks_.size() && count < max; ++i, skip = 0) {
            ByteView rest = chunks_[i].view().subspan(skip);
            out[count].base = const_cast<uint8_t*>(rest.data());  // ngtcp2 only reads
            out[count].len = rest.size();
            total += rest.size();
            ++count;
        }
        return count;
    }

    void sent(size_t len)
    {
        sent_ += len;
        while (len > 0) {
            size_t left = chunks_[next_].size() - next_offset_;
            if (len < left) {
                next_offset_ += len;
                return;
            }
            len -= left;
            ++next_;
            next_offset_ = 0;
        }
    }

    // Everything before `offset` has arrived. Returns how many bytes that is news about.
    size_t acked(uint64_t offset)
    {
        if (offset <= acked_) return 0;
        size_t fresh = static_cast<size_t>(offset - acked_);
        acked_ = offset;
        while (head_ < next_ && head_start_ + chunks_[head_].size() <= acked_) {
            head_start_ += chunks_[head_].size();
            chunks_[head_] = SharedBytes();
            ++head_;
        }
        if (head_ == chunks_.size()) {
            chunks_.clear();
            head_ = next_ = 0;
        } else if (head_ >= 64 && head_ * 2 > chunks_.size()) {
            chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(head_));
            next_ -= head_;
            head_ = 0;
        }
        return fresh;
    }

    // The unsent rest will never be sent: gives its bytes back, and returns how many.
    size_t drop_unsent()
    {
        size_t dropped = unsent();
        end_ = sent_;
        chunks_.resize(next_offset_ > 0 ? next_ + 1 : next_);
        return dropped;
    }

    // For another stream; keeps the room.
    void clear()
    {
        chunks_.clear();
        head_ = next_ = next_offset_ = 0;
        head_start_ = acked_ = sent_ = end_ = 0;
    }

private:
    std::vector<SharedBytes> chunks_;
    size_t head_ = 0;          // first chunk that is still held
    size_t next_ = 0;          // chunk with the first unsent byte
    size_t next_offset_ = 0;   // its place in there
    uint64_t head_start_ = 0;  // stream offset at which chunk `head_` begins
    uint64_t acked_ = 0, sent_ = 0, end_ = 0;
};

}  // namespace ltn::quic
