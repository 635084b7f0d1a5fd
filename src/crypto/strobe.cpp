// The state is kept as 64-bit lanes and bytes are shifted in and out: no byte order of the machine
// enters, and the permutation needs no conversion. Inputs on this path are short.
#include "crypto/strobe.h"

#include <sodium.h>

#include <cassert>

namespace ltn::crypto {

namespace {

constexpr uint8_t kRate = 166;

constexpr uint8_t kFlagInbound = 0x01;
constexpr uint8_t kFlagApplication = 0x02;
constexpr uint8_t kFlagCipher = 0x04;
constexpr uint8_t kFlagMeta = 0x10;
constexpr uint8_t kFlagKey = 0x20;

constexpr uint8_t kMetaAd = kFlagMeta | kFlagApplication;
constexpr uint8_t kAd = kFlagApplication;
constexpr uint8_t kPrf = kFlagInbound | kFlagApplication | kFlagCipher;
constexpr uint8_t kKey = kFlagApplication | kFlagCipher;

constexpr uint8_t kInitialHeader[6] = {1, kRate + 2, 1, 0, 1, 96};

constexpr unsigned shift_of(uint8_t at)
{
    return 8u * (at % 8u);
}

}  // namespace

Strobe::Strobe(std::string_view protocol)
{
    uint8_t at = 0;
    for (uint8_t byte : kInitialHeader) xor_byte(at++, byte);
    for (uint8_t byte : as_bytes("STROBEv1.0.2")) xor_byte(at++, byte);
    keccak_f1600(lanes_);
    meta_ad(as_bytes(protocol), false);
}

Strobe::~Strobe()
{
    sodium_memzero(lanes_.data(), sizeof(lanes_));
}

void Strobe::meta_ad(ByteView data, bool more)
{
    begin(kMetaAd, more);
    absorb(data);
}

void Strobe::ad(ByteView data, bool more)
{
    begin(kAd, more);
    absorb(data);
}

void Strobe::prf(MutableBytes out, bool more)
{
    begin(kPrf, more);
    for (uint8_t& byte : out) {
        uint64_t& lane = lanes_[position_ / 8];
        byte = static_cast<uint8_t>(lane >> shift_of(position_));
        lane &= ~(uint64_t{0xff} << shift_of(position_));
        step();
    }
}

void Strobe::key(ByteView data, bool more)
{
    begin(kKey, more);
    for (uint8_t byte : data) {
        lanes_[position_ / 8] &= ~(uint64_t{0xff} << shift_of(position_));
        xor_byte(position_, byte);
        step();
    }
}

void Strobe::begin(uint8_t flags, bool more)
{
    if (more) {
        assert(flags == flags_);
        return;
    }
    const uint8_t header[2] = {begin_position_, flags};
    begin_position_ = static_cast<uint8_t>(position_ + 1);
    flags_ = flags;
    absorb(header);
    if ((flags & (kFlagCipher | kFlagKey)) != 0 && position_ != 0) run_f();
}

void Strobe::run_f()
{
    xor_byte(position_, begin_position_);
    xor_byte(static_cast<uint8_t>(position_ + 1), 0x04);
    xor_byte(kRate + 1, 0x80);
    keccak_f1600(lanes_);
    position_ = 0;
    begin_position_ = 0;
}

void Strobe::absorb(ByteView data)
{
    for (uint8_t byte : data) {
        xor_byte(position_, byte);
        step();
    }
}

void Strobe::step()
{
    if (++position_ == kRate) run_f();
}

void Strobe::xor_byte(uint8_t at, uint8_t value)
{
    lanes_[at / 8] ^= uint64_t{value} << shift_of(at);
}

}  // namespace ltn::crypto
