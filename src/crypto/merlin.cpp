// Merlin on STROBE: labels and lengths are metadata, so that no two sequences of messages collide.
#include "crypto/merlin.h"

#include <array>

namespace ltn::crypto {

namespace {

std::array<uint8_t, 4> le32(size_t value)
{
    return {static_cast<uint8_t>(value), static_cast<uint8_t>(value >> 8),
            static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 24)};
}

}  // namespace

Transcript::Transcript(std::string_view label) : strobe_("Merlin v1.0")
{
    append("dom-sep", as_bytes(label));
}

void Transcript::append(std::string_view label, ByteView message)
{
    strobe_.meta_ad(as_bytes(label), false);
    strobe_.meta_ad(le32(message.size()), true);
    strobe_.ad(message, false);
}

void Transcript::challenge(std::string_view label, MutableBytes out)
{
    strobe_.meta_ad(as_bytes(label), false);
    strobe_.meta_ad(le32(out.size()), true);
    strobe_.prf(out, false);
}

void Transcript::witness(std::string_view label, ByteView seed, ByteView random,
                         MutableBytes out) const
{
    Strobe fork = strobe_;
    fork.meta_ad(as_bytes(label), false);
    fork.meta_ad(le32(seed.size()), true);
    fork.key(seed, false);
    fork.meta_ad(as_bytes("rng"), false);
    fork.key(random, false);
    fork.meta_ad(le32(out.size()), false);
    fork.prf(out, false);
}

}  // namespace ltn::crypto
