// Is it text? Nearly all text on this wire is ASCII, so that is tried first, 32 bytes at a time.
#pragma once

#include <cstring>

#include "base/bytes.h"
#include "codec/text.h"

namespace ltn::codec {

inline bool is_text(ByteView bytes)
{
    constexpr uint64_t kHighBits = 0x8080808080808080;
    size_t at = 0;
    for (; bytes.size() - at >= 32; at += 32) {
        uint64_t words[4];
        std::memcpy(words, bytes.data() + at, sizeof words);
        if (((words[0] | words[1] | words[2] | words[3]) & kHighBits) != 0) {
            return is_valid_utf8(bytes.subspan(at));
        }
    }
    for (; at < bytes.size(); ++at) {
        if (bytes[at] >= 0x80) return is_valid_utf8(bytes.subspan(at));
    }
    return true;
}

}  // namespace ltn::codec
