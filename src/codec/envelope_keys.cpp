#include "codec/envelope_keys.h"

#include <algorithm>
#include <cstring>

namespace ltn::codec {

namespace {

template <class Word>
uint64_t load(const uint8_t* from)
{
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
}

struct Ends {
    uint64_t first = 0;
    uint64_t last = 0;
};

// The first and the last bytes of a key, overlapping when it is short. Loads of fixed width: a copy
// of variable length is a call into libc and dearer than all the rest.
Ends ends_of(ByteView key)
{
    const uint8_t* begin = key.data();
    const uint8_t* end = begin + key.size();
    if (key.size() >= 8) return {load<uint64_t>(begin), load<uint64_t>(end - 8)};
    if (key.size() >= 4) return {load<uint32_t>(begin), load<uint32_t>(end - 4)};
    if (key.size() >= 2) return {load<uint16_t>(begin), load<uint16_t>(end - 2)};
    if (key.size() == 1) return {*begin, *begin};
    return {};
}

// Not a defence: who makes tags collide on purpose only sends us to resolve_run, which sorts by the
// bytes themselves. That is why it needs no key.
uint32_t tag_of(ByteView key)
{
    const Ends ends = ends_of(key);
    const uint64_t mixed = (ends.first ^ key.size()) * 0x9e3779b97f4a7c15 ^
                           (ends.last + key.size()) * 0xc2b2ae3d27d4eb4f;
    return static_cast<uint32_t>(mixed >> 32);
}

uint32_t offset_of(uint64_t entry)
{
    return static_cast<uint32_t>(entry);
}

}  // namespace

void KeyIndex::add(const msgpack::Item& key)
{
    const uint64_t entry = static_cast<uint64_t>(tag_of(key.bytes_of(input_))) << 32 |
                           static_cast<uint32_t>(key.offset);
    if (in_few_) {
        few_[few_count_++] = entry;
    } else {
        many_.push_back(entry);
    }
}

bool KeyIndex::few_tags_differ() const
{
    for (size_t i = 1; i < few_count_; ++i) {
        for (size_t k = 0; k < i; ++k) {
            if ((few_[i] ^ few_[k]) >> 32 == 0) return false;
        }
    }
    return true;
}

ByteView KeyIndex::key_at(uint64_t entry) const
{
    msgpack::Cursor cursor(input_, offset_of(entry));
    msgpack::Item item;
    return cursor.read(item) ? item.bytes_of(input_) : ByteView();
}

// One run of equal tags. Sorting by bytes keeps a hostile run at n log n comparisons; comparing each
// with each would be a second of work for one frame of 256 long keys.
void KeyIndex::resolve_run(std::span<uint64_t> run, std::vector<uint32_t>& out) const
{
    std::sort(run.begin(), run.end(), [this](uint64_t a, uint64_t b) {
        const ByteView key_a = key_at(a);
        const ByteView key_b = key_at(b);
        if (key_a.size() != key_b.size()) return key_a.size() < key_b.size();
        const int order = key_a.empty() ? 0 : std::memcmp(key_a.data(), key_b.data(), key_a.size());
        return order != 0 ? order < 0 : offset_of(a) < offset_of(b);
    });
    for (size_t i = 0; i + 1 < run.size(); ++i) {
        if (std::ranges::equal(key_at(run[i]), key_at(run[i + 1]))) {
            out.push_back(offset_of(run[i]));
        }
    }
}

std::vector<uint32_t> KeyIndex::superseded()
{
    std::vector<uint32_t> out;
    if (in_few_ && few_tags_differ()) return out;
    const std::span<uint64_t> entries =
        in_few_ ? std::span<uint64_t>(few_.data(), few_count_) : std::span<uint64_t>(many_);
    std::sort(entries.begin(), entries.end());
    size_t start = 0;
    for (size_t i = 1; i <= entries.size(); ++i) {
        if (i < entries.size() && (entries[i] ^ entries[start]) >> 32 == 0) continue;
        if (i - start > 1) resolve_run(entries.subspan(start, i - start), out);
        start = i;
    }
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace ltn::codec
