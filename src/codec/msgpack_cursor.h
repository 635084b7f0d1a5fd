// The lean inside of the MessagePack reader: one token's head and a walk over whole values. Shared by
// the public Reader and the envelope decoders, which cannot afford a Result per token. Nothing here
// allocates; a failure is three words and becomes text only when somebody wants to read it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "codec/msgpack.h"

namespace ltn::codec::msgpack {

// Why reading stopped: the offset of the marker (or of the missing byte) and two numbers whose
// meaning depends on the reason.
struct Fault {
    enum class Reason : uint8_t {
        none,
        end_of_input,
        short_body,
        count_too_large,
        reserved_marker,
        too_deep,
    };
    Reason reason = Reason::none;
    size_t offset = 0;
    uint64_t wanted = 0;
    uint64_t left = 0;
};

// "expected 5 body bytes, got 3 left at byte 17".
std::string fault_text(const Fault& fault);
Error fault_error(const Fault& fault);

// One token, undressed. Numbers are in `bits`: unsigned value, two's complement, or the IEEE bits.
struct Item {
    Kind kind = Kind::nil;
    int8_t ext_type = 0;
    uint32_t size = 0;  // body bytes of str, bin, ext; elements of array; pairs of map
    uint64_t bits = 0;
    size_t offset = 0;  // of the marker byte
    size_t body = 0;    // offset of the first body byte; for containers of the first element

    ByteView bytes_of(ByteView input) const { return input.subspan(body, size); }
};

// What the markers 0xc0 to 0xdf announce. `width` bytes follow the marker: a big-endian number for
// the fixed-size kinds, a length or count for the others.
struct Form {
    Kind kind;
    uint8_t width;
    uint8_t fixed_size;  // body of fixext
    bool sign;           // the number is two's complement
    bool legal;
};

inline constexpr Form kForms[32] = {
    {Kind::nil, 0, 0, false, true},          {Kind::nil, 0, 0, false, false},
    {Kind::boolean, 0, 0, false, true},      {Kind::boolean, 0, 0, false, true},
    {Kind::bin, 1, 0, false, true},          {Kind::bin, 2, 0, false, true},
    {Kind::bin, 4, 0, false, true},          {Kind::ext, 1, 0, false, true},
    {Kind::ext, 2, 0, false, true},          {Kind::ext, 4, 0, false, true},
    {Kind::float32, 4, 0, false, true},      {Kind::float64, 8, 0, false, true},
    {Kind::unsigned_int, 1, 0, false, true}, {Kind::unsigned_int, 2, 0, false, true},
    {Kind::unsigned_int, 4, 0, false, true}, {Kind::unsigned_int, 8, 0, false, true},
    {Kind::unsigned_int, 1, 0, true, true},  {Kind::unsigned_int, 2, 0, true, true},
    {Kind::unsigned_int, 4, 0, true, true},  {Kind::unsigned_int, 8, 0, true, true},
    {Kind::ext, 0, 1, false, true},          {Kind::ext, 0, 2, false, true},
    {Kind::ext, 0, 4, false, true},          {Kind::ext, 0, 8, false, true},
    {Kind::ext, 0, 16, false, true},         {Kind::str, 1, 0, false, true},
    {Kind::str, 2, 0, false, true},          {Kind::str, 4, 0, false, true},
    {Kind::array, 2, 0, false, true},        {Kind::array, 4, 0, false, true},
    {Kind::map, 2, 0, false, true},          {Kind::map, 4, 0, false, true},
};

// Length of the tokens that are nothing but a marker and a number, 0 for all others.
inline constexpr auto kScalarLen = [] {
    std::array<uint8_t, 256> len{};
    for (unsigned marker = 0; marker < 256; ++marker) {
        if (marker < 0x80 || marker >= 0xe0) len[marker] = 1;
    }
    for (unsigned i = 0; i < 32; ++i) {
        if (kForms[i].legal && kForms[i].kind < Kind::str) {
            len[0xc0 + i] = static_cast<uint8_t>(1 + kForms[i].width);
        }
    }
    return len;
}();

// A place in the input and the first thing that went wrong. After a failure the place is not
// meaningful any more.
class Cursor {
public:
    explicit Cursor(ByteView input, size_t at = 0)
        : data_(input.data()), size_(input.size()), at_(at)
    {
    }

    // Reads one token; bodies are checked to be present and stepped over, elements are not.
    bool read(Item& item)
    {
        if (at_ == size_) return fail(Fault::Reason::end_of_input, at_, 1, 0);
        const uint8_t marker = data_[at_];
        item.offset = at_++;
        item.body = at_;
        if (marker < 0x80) return number(item, Kind::unsigned_int, marker);
        if (marker >= 0xe0) {
            return number(item, Kind::negative_int, ~uint64_t{0xff} | marker);
        }
        if (marker >= 0xc0) return read_form(item, marker);
        if (marker >= 0xa0) return body(item, Kind::str, marker & 0x1f);
        if (marker >= 0x90) return container(item, Kind::array, marker & 0x0f);
        return container(item, Kind::map, marker & 0x0f);
    }

    // Reads past one whole value of at most `depth_max` levels. `on_str` sees every str token and
    // every other token is silent.
    template <class OnStr>
    bool walk(unsigned depth_max, OnStr&& on_str)
    {
        Item item;
        if (!read(item)) return false;
        if (item.kind == Kind::str) on_str(item);
        if (item.kind < Kind::array) return true;
        if (depth_max == 0) return too_deep(item.offset);
        if (item.kind == Kind::ext || item.size == 0) return true;
        return walk_nested(item, depth_max, on_str);
    }

    bool skip(unsigned depth_max)
    {
        return walk(depth_max, [](const Item&) {});
    }

    size_t offset() const { return at_; }
    void seek(size_t offset) { at_ = offset; }
    size_t left() const { return size_ - at_; }
    ByteView input() const { return {data_, size_}; }
    ByteView from(size_t offset) const { return {data_ + offset, at_ - offset}; }
    const Fault& fault() const { return fault_; }

private:
    static uint64_t big_endian(const uint8_t* bytes, unsigned width)
    {
        // Widths are 0, 1, 2, 4 and 8; spelled out, each becomes one load and one swap.
        switch (width) {
            case 0: return 0;
            case 1: return bytes[0];
            case 2: return static_cast<uint64_t>(bytes[0]) << 8 | bytes[1];
            case 4: return load_u32(bytes);
            default: return load_u32(bytes) << 32 | load_u32(bytes + 4);
        }
    }

    static uint64_t load_u32(const uint8_t* bytes)
    {
        return static_cast<uint64_t>(bytes[0]) << 24 | static_cast<uint64_t>(bytes[1]) << 16 |
               static_cast<uint64_t>(bytes[2]) << 8 | bytes[3];
    }

    static bool number(Item& item, Kind kind, uint64_t bits)
    {
        item.kind = kind;
        item.bits = bits;
        return true;
    }

    bool read_form(Item& item, uint8_t marker)
    {
        const Form form = kForms[marker - 0xc0];
        if (!form.legal) return fail(Fault::Reason::reserved_marker, item.offset, 0, 0);
        if (left() < form.width) {
            return fail(Fault::Reason::short_body, item.offset, form.width, left());
        }
        const uint64_t bits = big_endian(data_ + at_, form.width);
        at_ += form.width;
        item.body = at_;
        switch (form.kind) {
            case Kind::str:
            case Kind::bin: return body(item, form.kind, bits);
            case Kind::array:
            case Kind::map: return container(item, form.kind, bits);
            case Kind::ext: return ext(item, bits + form.fixed_size);
            case Kind::boolean: return number(item, Kind::boolean, marker & 1);
            case Kind::unsigned_int: break;
            default: return number(item, form.kind, bits);
        }
        if (!form.sign || form.width == 0) return number(item, Kind::unsigned_int, bits);
        const unsigned unused = 64 - 8 * form.width;
        const auto value = static_cast<int64_t>(bits << unused) >> unused;
        return number(item, value < 0 ? Kind::negative_int : Kind::unsigned_int,
                      static_cast<uint64_t>(value));
    }

    bool body(Item& item, Kind kind, uint64_t size)
    {
        if (size > left()) return fail(Fault::Reason::short_body, item.offset, size, left());
        item.kind = kind;
        item.size = static_cast<uint32_t>(size);
        at_ += size;
        return true;
    }

    bool ext(Item& item, uint64_t size)
    {
        if (size + 1 > left()) {
            return fail(Fault::Reason::short_body, item.offset, size + 1, left());
        }
        item.ext_type = static_cast<int8_t>(data_[at_++]);
        item.body = at_;
        return body(item, Kind::ext, size);
    }

    // Every element takes at least one byte, so a count beyond the bytes that are left is a lie that
    // needs no further reading.
    bool container(Item& item, Kind kind, uint64_t count)
    {
        const uint64_t elements = kind == Kind::map ? 2 * count : count;
        if (elements > left()) {
            return fail(Fault::Reason::count_too_large, item.offset, elements, left());
        }
        item.kind = kind;
        item.size = static_cast<uint32_t>(count);
        return true;
    }

    static uint64_t elements_of(const Item& item)
    {
        return item.kind == Kind::map ? 2 * static_cast<uint64_t>(item.size) : item.size;
    }

    // Kept apart so that flat values never pay for the 8 KiB of open counts. Deeper than kDepthMax
    // is never asked for.
    template <class OnStr>
    [[gnu::noinline]] bool walk_nested(const Item& first, unsigned depth_max, OnStr&& on_str)
    {
        uint64_t open[kDepthMax];
        unsigned depth = 1;
        uint64_t remaining = elements_of(first);
        open[0] = 0;
        Item item;
        for (;;) {
            remaining = skip_scalars(remaining);
            while (remaining == 0) {
                remaining = open[--depth];
                if (depth == 0) return true;
            }
            if (!read(item)) return false;
            --remaining;
            if (item.kind == Kind::str) {
                on_str(item);
            } else if (item.kind >= Kind::array) {
                if (depth >= depth_max) return too_deep(item.offset);
                if (item.kind == Kind::ext) continue;
                open[depth++] = remaining;
                remaining = elements_of(item);
            }
        }
    }

    // Long arrays of numbers are the bulk of some payloads; undressing each token with read() took
    // twice as long. Stops at whatever read() has to look at, and that includes the end.
    uint64_t skip_scalars(uint64_t remaining)
    {
        for (; remaining > 0 && at_ < size_; --remaining) {
            const size_t len = kScalarLen[data_[at_]];
            if (len == 0 || len > left()) break;
            at_ += len;
        }
        return remaining;
    }

    bool too_deep(size_t offset) { return fail(Fault::Reason::too_deep, offset, kDepthMax, 0); }

    [[gnu::cold, gnu::noinline]] bool fail(Fault::Reason reason, size_t offset, uint64_t wanted,
                                           uint64_t left)
    {
        fault_ = {reason, offset, wanted, left};
        return false;
    }

    const uint8_t* data_;
    size_t size_;
    size_t at_;
    Fault fault_;
};

static_assert(Kind::array > Kind::bin && Kind::map > Kind::array && Kind::ext > Kind::map,
              "walk() takes the kinds from array on for those that use up a level");

}  // namespace ltn::codec::msgpack
