// Keccak-f[1600] with every lane in a local variable. One round is written out in full, so that the
// rotations are constants and the compiler keeps what it can in registers; a loop over lanes with
// index tables was several times slower, and sr25519 permutes about ten times per signature.
#include "crypto/keccak.h"

#include <bit>

namespace ltn::crypto {

namespace {

constexpr uint64_t kRoundConstants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

}  // namespace

void keccak_f1600(KeccakLanes& lanes)
{
    using std::rotl;
    uint64_t a00 = lanes[0], a10 = lanes[1], a20 = lanes[2], a30 = lanes[3], a40 = lanes[4];
    uint64_t a01 = lanes[5], a11 = lanes[6], a21 = lanes[7], a31 = lanes[8], a41 = lanes[9];
    uint64_t a02 = lanes[10], a12 = lanes[11], a22 = lanes[12], a32 = lanes[13], a42 = lanes[14];
    uint64_t a03 = lanes[15], a13 = lanes[16], a23 = lanes[17], a33 = lanes[18], a43 = lanes[19];
    uint64_t a04 = lanes[20], a14 = lanes[21], a24 = lanes[22], a34 = lanes[23], a44 = lanes[24];

    for (uint64_t constant : kRoundConstants) {
        // theta: the parity of two neighbouring columns goes into each lane
        const uint64_t c0 = a00 ^ a01 ^ a02 ^ a03 ^ a04;
        const uint64_t c1 = a10 ^ a11 ^ a12 ^ a13 ^ a14;
        const uint64_t c2 = a20 ^ a21 ^ a22 ^ a23 ^ a24;
        const uint64_t c3 = a30 ^ a31 ^ a32 ^ a33 ^ a34;
        const uint64_t c4 = a40 ^ a41 ^ a42 ^ a43 ^ a44;
        const uint64_t d0 = c4 ^ rotl(c1, 1);
        const uint64_t d1 = c0 ^ rotl(c2, 1);
        const uint64_t d2 = c1 ^ rotl(c3, 1);
        const uint64_t d3 = c2 ^ rotl(c4, 1);
        const uint64_t d4 = c3 ^ rotl(c0, 1);
        // rho and pi: rotate each lane, move it to (y, 2x + 3y)
        const uint64_t b00 = a00 ^ d0;
        const uint64_t b10 = rotl(a11 ^ d1, 44);
        const uint64_t b20 = rotl(a22 ^ d2, 43);
        const uint64_t b30 = rotl(a33 ^ d3, 21);
        const uint64_t b40 = rotl(a44 ^ d4, 14);
        const uint64_t b01 = rotl(a30 ^ d3, 28);
        const uint64_t b11 = rotl(a41 ^ d4, 20);
        const uint64_t b21 = rotl(a02 ^ d0, 3);
        const uint64_t b31 = rotl(a13 ^ d1, 45);
        const uint64_t b41 = rotl(a24 ^ d2, 61);
        const uint64_t b02 = rotl(a10 ^ d1, 1);
        const uint64_t b12 = rotl(a21 ^ d2, 6);
        const uint64_t b22 = rotl(a32 ^ d3, 25);
        const uint64_t b32 = rotl(a43 ^ d4, 8);
        const uint64_t b42 = rotl(a04 ^ d0, 18);
        const uint64_t b03 = rotl(a40 ^ d4, 27);
        const uint64_t b13 = rotl(a01 ^ d0, 36);
        const uint64_t b23 = rotl(a12 ^ d1, 10);
        const uint64_t b33 = rotl(a23 ^ d2, 15);
        const uint64_t b43 = rotl(a34 ^ d3, 56);
        const uint64_t b04 = rotl(a20 ^ d2, 62);
        const uint64_t b14 = rotl(a31 ^ d3, 55);
        const uint64_t b24 = rotl(a42 ^ d4, 39);
        const uint64_t b34 = rotl(a03 ^ d0, 41);
        const uint64_t b44 = rotl(a14 ^ d1, 2);
        // chi, and iota on the first lane
        a00 = b00 ^ (~b10 & b20) ^ constant;
        a10 = b10 ^ (~b20 & b30);
        a20 = b20 ^ (~b30 & b40);
        a30 = b30 ^ (~b40 & b00);
        a40 = b40 ^ (~b00 & b10);
        a01 = b01 ^ (~b11 & b21);
        a11 = b11 ^ (~b21 & b31);
        a21 = b21 ^ (~b31 & b41);
        a31 = b31 ^ (~b41 & b01);
        a41 = b41 ^ (~b01 & b11);
        a02 = b02 ^ (~b12 & b22);
        a12 = b12 ^ (~b22 & b32);
        a22 = b22 ^ (~b32 & b42);
        a32 = b32 ^ (~b42 & b02);
        a42 = b42 ^ (~b02 & b12);
        a03 = b03 ^ (~b13 & b23);
        a13 = b13 ^ (~b23 & b33);
        a23 = b23 ^ (~b33 & b43);
        a33 = b33 ^ (~b43 & b03);
        a43 = b43 ^ (~b03 & b13);
        a04 = b04 ^ (~b14 & b24);
        a14 = b14 ^ (~b24 & b34);
        a24 = b24 ^ (~b34 & b44);
        a34 = b34 ^ (~b44 & b04);
        a44 = b44 ^ (~b04 & b14);
    }

    lanes = {a00, a10, a20, a30, a40, a01, a11, a21, a31, a41, a02, a12, a22,
             a32, a42, a03, a13, a23, a33, a43, a04, a14, a24, a34, a44};
}

}  // namespace ltn::crypto
