// Counts the frames of packets as they are decrypted. ngtcp2 reports what frames lead to, and says
// nothing of a PING, a credit that gives nothing, or a frame that came before; its own limit knows
// no kinds. Reading the plain text once more costs a few nanoseconds for each frame.
#pragma once

#include "base/bytes.h"
#include "quic/oddity.h"

namespace ltn::quic {

class FrameTally {
public:
    // How many bytes of a stream were handed up so far.
    using Delivered = uint64_t (*)(void* owner, int64_t stream);
    FrameTally(Delivered delivered, void* owner) : delivered_(delivered), owner_(owner) {}

    // The plain text of one packet. Reads until something is malformed: that is for ngtcp2 to say.
    void add(ByteView payload, bool long_header);

    uint32_t& operator[](Oddity kind) { return counts_[static_cast<size_t>(kind)]; }
    bool any() const { return any_; }

private:
    void note(Oddity kind)
    {
        ++counts_[static_cast<size_t>(kind)];
        any_ = true;
    }

    std::array<uint32_t, kOddityCount> counts_{};
    bool any_ = false;
    Delivered delivered_;
    void* owner_;
};

}  // namespace ltn::quic
