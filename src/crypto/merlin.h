// Merlin transcripts: a hash of everything said so far, out of which challenges are drawn
// (spec/transport.md 13.4).
#pragma once

#include "base/bytes.h"
#include "crypto/strobe.h"

namespace ltn::crypto {

class Transcript {
public:
    explicit Transcript(std::string_view label);

    void append(std::string_view label, ByteView message);
    void challenge(std::string_view label, MutableBytes out);
    // Secret bytes bound to the transcript, to `seed` and to `random`; the transcript itself does
    // not change. Whoever asks wipes `out`.
    void witness(std::string_view label, ByteView seed, ByteView random, MutableBytes out) const;

private:
    Strobe strobe_;
};

}  // namespace ltn::crypto
