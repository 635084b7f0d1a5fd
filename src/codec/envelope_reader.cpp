#include "codec/envelope_reader.h"

#include <algorithm>

#include "codec/envelope_data_map.h"
#include "codec/envelope_text.h"

namespace ltn::codec {

using msgpack::Item;
using msgpack::Kind;

bool EnvelopeReader::read_bool(bool& out)
{
    Item item;
    if (!cursor_.read(item)) return false;
    if (item.kind != Kind::boolean) return unexpected("a bool", item);
    out = item.bits != 0;
    return true;
}

bool EnvelopeReader::read_u64(uint64_t& out)
{
    Item item;
    if (!cursor_.read(item)) return false;
    if (item.kind != Kind::unsigned_int) return unexpected("an unsigned integer", item);
    out = item.bits;
    return true;
}

bool EnvelopeReader::read_optional_u64(std::optional<uint64_t>& out)
{
    Item item;
    if (!cursor_.read(item)) return false;
    if (item.kind == Kind::nil) {
        out.reset();
        return true;
    }
    if (item.kind != Kind::unsigned_int) return unexpected("an unsigned integer or nil", item);
    out = item.bits;
    return true;
}

bool EnvelopeReader::read_text(std::string_view& out)
{
    Item item;
    return cursor_.read(item) && text_of(item, out);
}

bool EnvelopeReader::read_text(std::string& out)
{
    std::string_view view;
    if (!read_text(view)) return false;
    out = view;
    return true;
}

bool EnvelopeReader::read_optional_text(std::optional<std::string_view>& out)
{
    Item item;
    if (!cursor_.read(item)) return false;
    if (item.kind == Kind::nil) {
        out.reset();
        return true;
    }
    std::string_view view;
    if (!text_of(item, view)) return false;
    out = view;
    return true;
}

bool EnvelopeReader::read_bytes(ByteView& out, Bytes& collected)
{
    Item head;
    if (!cursor_.read(head)) return false;
    if (head.kind == Kind::bin || head.kind == Kind::str) {
        out = head.bytes_of(cursor_.input());
        return true;
    }
    if (head.kind != Kind::array) return unexpected("bin, str or an array of bytes", head);
    collected.reserve(head.size);  // each takes a byte at least, and those have been received
    for (uint32_t i = 0; i < head.size; ++i) {
        Item item;
        if (!cursor_.read(item)) return false;
        if (item.kind != Kind::unsigned_int || item.bits > 0xff) {
            return unexpected("an integer from 0 to 255", item);
        }
        collected.push_back(static_cast<uint8_t>(item.bits));
    }
    out = collected;
    return true;
}

bool EnvelopeReader::read_data(ByteView& out, Bytes& normalised)
{
    return read_data_map(cursor_, out, normalised, problem_);
}

Error EnvelopeReader::error() const
{
    std::string text(envelope_);
    if (!field_.empty()) {
        text += '.';
        text += field_;
    }
    text += ": ";
    text += problem_.empty() ? msgpack::fault_text(cursor_.fault()) : problem_;
    return Error(Code::malformed, Category::serialization, std::move(text));
}

// Frames end below 4 GiB, and offsets of keys are kept in 32 bits.
bool EnvelopeReader::fits_offsets()
{
    if (cursor_.left() <= UINT32_MAX) return true;
    problem_ = "expected a payload below 4 GiB, got " + std::to_string(cursor_.left()) + " bytes";
    return false;
}

// A name, as str or bin, or a position. What is not the name of a field, valid text or not, is an
// entry to skip, and so is a position beyond the last; but an integer with a signed marker is
// refused even if it is not negative, because the original's decoder does so.
bool EnvelopeReader::read_name(const EnvelopeField* fields, size_t count, size_t* index)
{
    Item key;
    if (!cursor_.read(key)) return false;
    if (key.kind == Kind::unsigned_int) {
        const uint8_t marker = cursor_.input()[key.offset];
        if (marker >= 0xd0 && marker <= 0xd3) {
            return unexpected("a field name or position", key);
        }
        *index = static_cast<size_t>(std::min<uint64_t>(key.bits, count));
        return true;
    }
    if (key.kind != Kind::str && key.kind != Kind::bin) {
        return unexpected("a field name or position", key);
    }
    const std::string_view name = as_text(key.bytes_of(cursor_.input()));
    const auto* found = std::find_if(
        fields, fields + count, [name](const EnvelopeField& field) { return field.name == name; });
    *index = static_cast<size_t>(found - fields);
    return true;
}

bool EnvelopeReader::short_form_allowed(const EnvelopeField* fields, size_t count, uint32_t got)
{
    if (got < count && fields[got].optional_by_position) return true;
    problem_ = "expected an array of " + std::to_string(count) + " elements, got " +
               std::to_string(got) + " at byte 0";
    return false;
}

bool EnvelopeReader::too_short(size_t count, uint32_t got)
{
    problem_ = "expected an array of at least " + std::to_string(count) + " elements, got " +
               std::to_string(got);
    return false;
}

bool EnvelopeReader::nothing_missing(const EnvelopeField* fields, size_t count, uint32_t seen)
{
    for (size_t i = 0; i < count; ++i) {
        if ((seen >> i & 1) != 0 || fields[i].optional_by_name) continue;
        field_ = fields[i].name;
        problem_ = "expected the field, got a map without it at byte 0";
        return false;
    }
    return true;
}

bool EnvelopeReader::text_of(const Item& item, std::string_view& out)
{
    if (item.kind != Kind::str && item.kind != Kind::bin) return unexpected("a str", item);
    const ByteView body = item.bytes_of(cursor_.input());
    if (!is_text(body)) {
        problem_ = "expected UTF-8, got other bytes at byte " + std::to_string(item.offset);
        return false;
    }
    out = as_text(body);
    return true;
}

bool EnvelopeReader::repeated()
{
    problem_ =
        "expected the field once, got it again before byte " + std::to_string(cursor_.offset());
    return false;
}

bool EnvelopeReader::unexpected(std::string_view expected, const Item& got)
{
    problem_ = "expected ";
    problem_ += expected;
    problem_ += ", got ";
    problem_ += msgpack::kind_name(got.kind);
    problem_ += " at byte " + std::to_string(got.offset);
    return false;
}

}  // namespace ltn::codec
