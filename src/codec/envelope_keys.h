// Finds repeated keys of one map without comparing every key with every other: eight bytes per key,
// which is at most four times the bytes that a map of that many pairs took on the wire.
#pragma once

#include <array>
#include <vector>

#include "base/bytes.h"
#include "codec/msgpack_cursor.h"

namespace ltn::codec {

class KeyIndex {
public:
    // `input` is what the offsets of the keys refer to, and below 4 GiB. `pairs` has been checked
    // against the bytes that are left.
    KeyIndex(ByteView input, uint32_t pairs) : input_(input)
    {
        if (pairs > kFew) many_.reserve(pairs);
        in_few_ = pairs <= kFew;
    }

    // Keys are str or bin; equal bytes are equal keys, whichever of the two they came as.
    void add(const msgpack::Item& key);

    // Offsets of every key that a later equal one supersedes, ascending. Usually none, and then
    // nothing has been allocated for a map of a few keys.
    std::vector<uint32_t> superseded();

private:
    static constexpr size_t kFew = 16;

    bool few_tags_differ() const;
    ByteView key_at(uint64_t entry) const;
    void resolve_run(std::span<uint64_t> run, std::vector<uint32_t>& out) const;

    ByteView input_;
    bool in_few_;
    size_t few_count_ = 0;
    // A tag of the key's bytes in the upper half, its offset in the lower.
    std::array<uint64_t, kFew> few_;
    std::vector<uint64_t> many_;
};

}  // namespace ltn::codec
