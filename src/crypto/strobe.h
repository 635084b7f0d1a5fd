// STROBE-128, the four operations that Merlin transcripts need (spec/transport.md 13.3).
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "crypto/keccak.h"

namespace ltn::crypto {

// Copies are wanted (a signer forks the transcript to draw its nonce); every copy is wiped when it
// goes, because after key() the state is as secret as what went in.
class Strobe {
public:
    explicit Strobe(std::string_view protocol);
    ~Strobe();
    Strobe(const Strobe&) = default;
    Strobe& operator=(const Strobe&) = default;

    // `more` continues the operation just before, which must have been of the same kind.
    void meta_ad(ByteView data, bool more);
    void ad(ByteView data, bool more);
    void prf(MutableBytes out, bool more);
    void key(ByteView data, bool more);

    // For the conformance tests.
    uint8_t position() const { return position_; }
    uint8_t begin_position() const { return begin_position_; }

private:
    void begin(uint8_t flags, bool more);
    void run_f();
    void absorb(ByteView data);
    void step();
    void xor_byte(uint8_t at, uint8_t value);

    KeccakLanes lanes_{};
    uint8_t position_ = 0;
    uint8_t begin_position_ = 0;
    uint8_t flags_ = 0;
};

}  // namespace ltn::crypto
