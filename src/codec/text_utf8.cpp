// UTF-8 by the table of well-formed sequences: the first byte fixes the length and the range of the
// second, all others are continuation bytes.
#include "codec/text.h"

namespace ltn::codec {

namespace {

struct Sequence {
    size_t continuation_bytes;  // kIllegal if no sequence starts so
    uint8_t second_min;
    uint8_t second_max;
};

constexpr size_t kIllegal = 4;

Sequence sequence_of(uint8_t first)
{
    if (first < 0x80) return {0, 0x80, 0xbf};
    if (first < 0xc2) return {kIllegal, 0, 0};  // continuation, or an overlong form of ASCII
    if (first < 0xe0) return {1, 0x80, 0xbf};
    if (first == 0xe0) return {2, 0xa0, 0xbf};  // below: overlong
    if (first == 0xed) return {2, 0x80, 0x9f};  // above: surrogates
    if (first < 0xf0) return {2, 0x80, 0xbf};
    if (first == 0xf0) return {3, 0x90, 0xbf};  // below: overlong
    if (first < 0xf4) return {3, 0x80, 0xbf};
    if (first == 0xf4) return {3, 0x80, 0x8f};  // above: beyond U+10FFFF
    return {kIllegal, 0, 0};
}

}  // namespace

bool is_valid_utf8(ByteView bytes)
{
    size_t at = 0;
    while (at < bytes.size()) {
        const Sequence sequence = sequence_of(bytes[at]);
        ++at;
        if (sequence.continuation_bytes == 0) continue;
        if (sequence.continuation_bytes == kIllegal) return false;
        if (bytes.size() - at < sequence.continuation_bytes) return false;
        if (bytes[at] < sequence.second_min || bytes[at] > sequence.second_max) return false;
        for (size_t i = 1; i < sequence.continuation_bytes; ++i) {
            if ((bytes[at + i] & 0xc0) != 0x80) return false;
        }
        at += sequence.continuation_bytes;
    }
    return true;
}

}  // namespace ltn::codec
